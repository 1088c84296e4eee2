/**
 * The helper as the leader asks it: one signed call a sum, the same bytes each time, so that asking again
 * changes nothing.
 */
import { decodeBase64, encodeBase64 } from "../domain/messages/base64.ts";
import type { SealedSeed } from "../domain/messages/report.ts";
import type { MaskSumBody, ReportSetBody } from "../domain/secure/helper-messages.ts";
import { helperUrl, names } from "./aws.ts";
import { SIGNATURE_HEADER, signatureOf, TIME_HEADER } from "./leader-signature.ts";

const ANSWER_TIME_MAX_MS = 15_000;

export interface MaskQuestion {
  community: string;
  sum: number;
  valueCount: number;
  termsHash: Uint8Array;
  reports: readonly SealedSeed[];
}

/** `refused`: what is wrong with reports, by their places in the question. */
export type MaskAnswer =
  | { outcome: "summed"; masks: Uint16Array<ArrayBuffer>; refused: Map<number, string> }
  | { outcome: "too-few"; refused: Map<number, string> }
  /** Another set of this sum was answered, or its seals can no longer be opened. */
  | { outcome: "never" }
  | { outcome: "unreachable"; reason: string };

function bodyOf({ valueCount, termsHash, reports }: MaskQuestion): string {
  const body: ReportSetBody = {
    valueCount,
    termsHash: encodeBase64(termsHash),
    reports: reports.map(({ id, enc, ct }) => ({ id, enc: encodeBase64(enc), ct: encodeBase64(ct) })),
  };
  return JSON.stringify(body);
}

async function put(path: string, body: string): Promise<{ status: number; text: string } | Error> {
  const timeMs = String(Date.now());
  const signature = signatureOf(names.helperKey, { method: "PUT", path, body, timeMs });
  const headers = {
    "content-type": "application/json",
    [TIME_HEADER]: timeMs,
    [SIGNATURE_HEADER]: signature,
  };
  const signal = AbortSignal.timeout(ANSWER_TIME_MAX_MS);
  try {
    const response = await fetch(helperUrl() + path, { method: "PUT", headers, body, signal });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return error as Error;
  }
}

interface Problem {
  type: string;
  errors?: { pointer: string; detail: string }[];
}

function refusedIn({ errors = [] }: Problem): Map<number, string> {
  return new Map(errors.map(({ pointer, detail }) => [Number(pointer.split("/").at(-1)), detail]));
}

function readSummed(text: string, { valueCount }: MaskQuestion): MaskAnswer {
  const { masks, refused } = JSON.parse(text) as MaskSumBody;
  const bytes = decodeBase64(masks);
  if (bytes?.length !== 2 * valueCount)
    return { outcome: "unreachable", reason: "its answer is of another length" };
  const verdicts = new Map(refused.map(({ at, verdict }) => [at, verdict]));
  return { outcome: "summed", masks: new Uint16Array(bytes.buffer), refused: verdicts };
}

/**
 * Asks for the sum of the masks of a set of reports. Whatever is no answer to it is a helper that cannot be
 * reached now.
 */
export async function askForMasks(question: MaskQuestion): Promise<MaskAnswer> {
  if (helperUrl() === "") return { outcome: "unreachable", reason: "helperUrl is not set" };
  const path = `/communities/${question.community}/sums/${question.sum}`;
  const answer = await put(path, bodyOf(question));
  if (answer instanceof Error) return { outcome: "unreachable", reason: answer.message };
  try {
    if (answer.status === 200) return readSummed(answer.text, question);
    const problem = JSON.parse(answer.text) as Problem;
    if (problem.type === "too-few-reports") return { outcome: "too-few", refused: refusedIn(problem) };
    if (["sum-taken", "seals-expired"].includes(problem.type)) return { outcome: "never" };
  } catch {
    // Some page of something between.
  }
  return { outcome: "unreachable", reason: `it answered ${answer.status}` };
}
