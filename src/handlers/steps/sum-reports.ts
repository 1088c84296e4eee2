/**
 * What the reports of a sealed sum come to: the helper tells the sum of their masks, and with their shares
 * that is the sum of the gradients. All follows from the sealed pages and the helper's one answer, so whoever
 * does it again has the same.
 */
import type { Report } from "../../domain/messages/report.ts";
import type { ReportSum } from "../../domain/model/apply-batch.ts";
import { REJECTIONS, type Rejection } from "../../domain/model/judging.ts";
import type { SumEntry } from "../../domain/model/sum.ts";
import { addTo } from "../../domain/secure/masks.ts";
import { isPlausible, readSum } from "../../domain/secure/quantization.ts";
import { type SumTerms, termsHash, valueCountOf } from "../../domain/secure/terms.ts";
import { afterSum, setAside, type Trial } from "../../domain/secure/trial.ts";
import { askForMasks } from "../../infra/helper.ts";
import { sendersOfTags } from "../../infra/sender-tags.ts";
import { readTrial } from "../../infra/trial-store.ts";
import { logEvent } from "./log.ts";

/**
 * `refused`: reports that the helper does not take, or of suspects, by their ids. `trial`: the search for a
 * saboteur, where it went on. `unreachable` is no outcome of the sum: it waits.
 */
export type SummedReports =
  | { outcome: "summed"; sum: ReportSum; refused: Map<string, Rejection>; trial?: Trial }
  | { outcome: "void"; reason: Rejection; refused: Map<string, Rejection>; trial?: Trial }
  | { outcome: "unreachable" };

const rejectionOf = (verdict: string): Rejection =>
  REJECTIONS.find((rejection) => rejection === verdict) ?? "unreadable";

function gradientOf(values: Float32Array<ArrayBuffer>, { rowCount, factors }: SumTerms) {
  const rows = Uint32Array.from({ length: rowCount }, (_, row) => row);
  return { id: "", modelVersion: 0, rows, width: factors + 1, data: { kind: "f32", values } as const };
}

/** Of a sealed sum with terms: its reports that count, as `entries` of its pages say. */
export async function sumReports(
  community: string,
  { terms, firstPageAtMs }: { terms: SumTerms; firstPageAtMs: number },
  entries: readonly SumEntry[],
  reports: readonly Report[],
): Promise<SummedReports> {
  const tagOf = new Map(entries.map(({ id, senderTag }) => [id, senderTag]));
  const tags = reports.map(({ id }) => tagOf.get(id)!);
  const senders = await sendersOfTags(tags, community, terms.sum);
  const senderOf = new Map(reports.map(({ id }, n) => [id, senders[n]]));
  const trial = await readTrial(community);
  // By the sum's own time: whoever does it again must ask for the same set.
  const aside = setAside(trial, senders, terms.sumMembersMin, firstPageAtMs);
  const isTried = ({ id }: Report) => !aside.has(senderOf.get(id)!);
  const [tried, untried] = [reports.filter(isTried), reports.filter((report) => !isTried(report))];
  const refused = new Map<string, Rejection>(untried.map(({ id }) => [id, "set-aside"]));
  const tooFew = { outcome: "void", reason: "too-few", refused } as const;
  if (tried.length < terms.sumMembersMin) return tooFew;

  const valueCount = valueCountOf(terms);
  const hash = await termsHash(terms);
  const answer = await askForMasks({
    community,
    sum: terms.sum,
    valueCount,
    termsHash: hash,
    reports: tried,
  });
  if (answer.outcome === "unreachable") {
    logEvent("helper-unreachable", { community, sum: terms.sum, reason: answer.reason });
    return { outcome: "unreachable" };
  }
  if (answer.outcome === "never") return { outcome: "void", reason: "lost", refused };
  for (const [at, verdict] of answer.refused) refused.set(tried[at]?.id, rejectionOf(verdict));
  const accepted = tried.filter(({ id }) => !refused.has(id));
  // The helper's own floor may be lower; no version is made of fewer members than the sum says.
  if (answer.outcome === "too-few" || accepted.length < terms.sumMembersMin) return tooFew;
  const values = openSum(answer.masks, accepted, terms);
  const isGood = isPlausible(values, terms, accepted.length);
  const members = accepted.map(({ id }) => senderOf.get(id)!);
  const isCalm = isGood && trial.suspects.length === 0;
  const after = isCalm ? undefined : afterSum(trial, members, isGood, firstPageAtMs);
  if (after && !isGood) logSpoiled(community, terms.sum, after);
  if (!isGood) return { outcome: "void", reason: "norm", refused, trial: after };
  const sum = { gradient: gradientOf(values, terms), members: accepted.length };
  return { outcome: "summed", sum, refused, trial: after };
}

function logSpoiled(community: string, sum: number, { suspects, leftOut }: Trial): void {
  logEvent("sum-spoiled", { community, sum, suspects: suspects.flat().length, leftOut: leftOut.length });
}

function openSum(masks: Uint16Array, reports: readonly Report[], terms: SumTerms) {
  for (const { share } of reports) addTo(masks, share);
  return readSum(masks, terms);
}
