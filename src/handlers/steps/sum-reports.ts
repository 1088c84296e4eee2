/**
 * What the reports of a sealed sum come to: the helper tells the sum of their masks, and with their shares
 * that is the sum of the gradients. All follows from the sealed pages and the helper's one answer, so whoever
 * does it again has the same.
 */
import type { Report } from "../../domain/messages/report.ts";
import type { ReportSum } from "../../domain/model/apply-batch.ts";
import { REJECTIONS, type Rejection } from "../../domain/model/judging.ts";
import { addTo } from "../../domain/secure/masks.ts";
import { isPlausible, readSum } from "../../domain/secure/quantization.ts";
import { type SumTerms, termsHash, valueCountOf } from "../../domain/secure/terms.ts";
import { askForMasks } from "../../infra/helper.ts";
import { logEvent } from "./log.ts";

/**
 * `refused`: reports that the helper does not take, by their ids. `unreachable` is no outcome of the sum: it
 * waits.
 */
export type SummedReports =
  | { outcome: "summed"; sum: ReportSum; refused: Map<string, Rejection> }
  | { outcome: "void"; reason: Rejection; refused: Map<string, Rejection> }
  | { outcome: "unreachable" };

const rejectionOf = (verdict: string): Rejection =>
  REJECTIONS.find((rejection) => rejection === verdict) ?? "unreadable";

function gradientOf(values: Float32Array<ArrayBuffer>, { rowCount, factors }: SumTerms) {
  const rows = Uint32Array.from({ length: rowCount }, (_, row) => row);
  return { id: "", modelVersion: 0, rows, width: factors + 1, data: { kind: "f32", values } as const };
}

export async function sumReports(
  community: string,
  terms: SumTerms,
  reports: readonly Report[],
): Promise<SummedReports> {
  const valueCount = valueCountOf(terms);
  const hash = await termsHash(terms);
  const answer = await askForMasks({ community, sum: terms.sum, valueCount, termsHash: hash, reports });
  if (answer.outcome === "unreachable") {
    logEvent("helper-unreachable", { community, sum: terms.sum, reason: answer.reason });
    return { outcome: "unreachable" };
  }
  if (answer.outcome === "never") return { outcome: "void", reason: "lost", refused: new Map() };
  const refused = new Map(
    [...answer.refused].map(([at, verdict]) => [reports[at]?.id, rejectionOf(verdict)]),
  );
  if (answer.outcome === "too-few") return { outcome: "void", reason: "too-few", refused };
  const accepted = reports.filter(({ id }) => !refused.has(id));
  // The helper's own floor may be lower; no version is made of fewer members than the sum says.
  if (accepted.length < terms.sumMembersMin) return { outcome: "void", reason: "too-few", refused };
  const total = answer.masks;
  for (const { share } of accepted) addTo(total, share);
  const values = readSum(total, terms);
  if (!isPlausible(values, terms, accepted.length)) return { outcome: "void", reason: "norm", refused };
  return {
    outcome: "summed",
    sum: { gradient: gradientOf(values, terms), members: accepted.length },
    refused,
  };
}
