/**
 * `PUT C/sums/{sum}`: the sum of the masks of a set of reports. Of a sum one set is answered, ever; the same
 * set again gets the same answer, so that a leader that died before it read it asks again.
 */
import { createHash } from "node:crypto";
import { Problem } from "../../../src/domain/errors.ts";
import { decodeBase64, encodeBase64 } from "../../../src/domain/messages/base64.ts";
import { parse, versionNumberSchema } from "../../../src/domain/messages/messages.ts";
import { type MaskSumBody, reportSetSchema } from "../../../src/domain/secure/helper-messages.ts";
import {
  hexOf,
  judgeReports,
  type OpenedReport,
  openReports,
  type ReportSet,
  sumMasks,
  type Verdict,
} from "../../../src/domain/secure/open-reports.ts";
import { readOpeningKey } from "../../../src/domain/secure/sealing.ts";
import { communityOf, endpoint, type HttpEvent, jsonBody, valid } from "../../../src/handlers/http/http.ts";
import { isSigned, SIGNATURE_HEADER, TIME_HEADER } from "../../../src/infra/leader-signature.ts";
import { putAnsweredSum, readAnsweredSum } from "../infra/answered-sum-store.ts";
import { readOldKeys } from "../infra/member-key-store.ts";
import { settings } from "../infra/names.ts";
import { readLiveKeys } from "../infra/sealing-key-store.ts";

/** A signed call is good for so long, either way. */
const SIGNATURE_AGE_MAX_MS = 300_000;

const textOf = ({ body = "", isBase64Encoded }: HttpEvent): string =>
  isBase64Encoded ? Buffer.from(body, "base64").toString() : body;

function requireLeader(event: HttpEvent, nowMs: number): void {
  const timeMs = event.headers[TIME_HEADER] ?? "";
  const { community, sum } = event.pathParameters ?? {};
  const path = `/communities/${community}/sums/${sum}`;
  const call = { method: "PUT", path, body: textOf(event), timeMs };
  const isInTime = Math.abs(nowMs - Number(timeMs)) <= SIGNATURE_AGE_MAX_MS;
  if (!isInTime || !isSigned(settings.leaderKey, call, event.headers[SIGNATURE_HEADER] ?? ""))
    throw new Problem("unauthorized", "The call is not signed by the leader, or was signed too long ago.");
}

function readSet(event: HttpEvent): ReportSet {
  const community = communityOf(event);
  const sum = Number(valid(parse(versionNumberSchema, event.pathParameters?.sum, ["sum"])));
  const { valueCount, termsHash, reports } = valid(parse(reportSetSchema, jsonBody(event)));
  const sealed = reports.map(({ id, enc, ct }) => ({ id, enc: decodeBase64(enc)!, ct: decodeBase64(ct)! }));
  return { community, sum, valueCount, termsHash: decodeBase64(termsHash)!, reports: sealed };
}

async function judge({ community }: ReportSet, opened: readonly OpenedReport[], nowMs: number) {
  const keyIds = opened.flatMap(({ opened: seal }) => (seal ? hexOf(seal.keyId) : []));
  return judgeReports(opened, await readOldKeys(community, keyIds, nowMs));
}

const refusedOf = (verdicts: readonly Verdict[]) =>
  verdicts.flatMap((verdict, at) => (verdict === "accepted" ? [] : { at, verdict }));

function requireEnough(verdicts: readonly Verdict[]): void {
  const refused = refusedOf(verdicts);
  const accepted = verdicts.length - refused.length;
  const least = settings.reportsMin;
  if (accepted >= least) return;
  const errors = refused.map(({ at, verdict }) => ({ pointer: `#/reports/${at}`, detail: verdict }));
  throw new Problem("too-few-reports", `Of a sum of ${accepted} nothing is told; it takes ${least}.`, {
    errors,
  });
}

export const handler = endpoint(async (event) => {
  const nowMs = Date.now();
  requireLeader(event, nowMs);
  const set = readSet(event);
  const digest = createHash("sha256").update(textOf(event)).digest("hex");
  const name = { community: set.community, sum: set.sum, termsHash: hexOf(set.termsHash) };
  const [before, live] = await Promise.all([readAnsweredSum(name), readLiveKeys(nowMs)]);
  const taken = new Problem("sum-taken", `Another set of sum ${set.sum} was answered.`);
  if (before && before.digest !== digest) throw taken;
  const keys = await Promise.all(live.map(readOpeningKey));
  const opened = await openReports(keys, set);
  let answered = before;
  if (!answered) {
    const verdicts = await judge(set, opened, nowMs);
    requireEnough(verdicts);
    answered = await putAnsweredSum(name, { digest, verdicts }, nowMs);
    if (answered.digest !== digest) throw taken;
  }
  const masks = await sumMasks(opened, answered.verdicts, set.valueCount);
  if (!masks) throw new Problem("seals-expired", "The keys that the reports are sealed for are destroyed.");
  const body: MaskSumBody = {
    masks: encodeBase64(new Uint8Array(masks.buffer)),
    refused: refusedOf(answered.verdicts),
  };
  return { status: 200, body };
});
