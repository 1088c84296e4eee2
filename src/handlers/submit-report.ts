import { invalidRequest, Problem } from "../domain/errors.ts";
import { MESSAGE_BYTES_MAX } from "../domain/limits.ts";
import { idErrors, parse, versionNumberSchema } from "../domain/messages/messages.ts";
import { decodeReport, type Report } from "../domain/messages/report.ts";
import { openTerms, type SumTerms, valueCountOf } from "../domain/secure/terms.ts";
import { enqueueGradient, reportMessageBody } from "../infra/gradient-queue.ts";
import { fixedTerms, fixTerms, type Head, readHead } from "../infra/head-store.ts";
import { takeFromRate } from "../infra/rate-limit.ts";
import { noteSeen } from "../infra/seen-store.ts";
import { senderOf } from "../infra/sender-tags.ts";
import { readMemberRequest } from "./http/caller.ts";
import { bytesBody, endpoint, valid } from "./http/http.ts";

function sumClosed(sum: number): Problem {
  return new Problem("sum-closed", `Sum ${sum} is not the open one, or has other terms; GET C tells which.`);
}

/** What is wrong with a report that answers to the terms of its sum. */
function check(report: Report, sum: number, head: Head, terms: SumTerms): void {
  if (report.sum !== sum)
    throw invalidRequest([{ pointer: "#/sum", detail: `is not ${sum}, as in the path` }]);
  if (report.share.length !== valueCountOf(terms) || valueCountOf(terms) === 0) throw sumClosed(sum);
  if (report.modelVersion > head.modelVersion) {
    const detail = `is ahead of the model, which is at version ${head.modelVersion}`;
    throw invalidRequest([{ pointer: "#/modelVersion", detail }]);
  }
}

/** Has the sum's terms fixed, by this report if it is the first. */
async function requireFixed(head: Head, terms: SumTerms): Promise<void> {
  if (fixedTerms(head) || (await fixTerms(head.community, terms))) return;
  const now = await readHead(head.community); // another was first
  const fixed = now && fixedTerms(now);
  if (JSON.stringify(fixed) !== JSON.stringify(terms)) throw sumClosed(terms.sum);
}

/** `POST C/sums/{sum}/reports`: queues a report for the open sum, by a keyed hash of who sent it. */
export const handler = endpoint(async (event) => {
  const { request, head, member } = await readMemberRequest(event);
  const { community, userId, nowMs } = request;
  const sum = Number(valid(parse(versionNumberSchema, event.pathParameters?.sum, ["sum"])));
  const bytes = bytesBody(event);
  const report = decodeReport(bytes);
  if (!report) throw invalidRequest([{ pointer: "#", detail: "is no report of this version" }]);
  if (head.settings.sums !== "secure")
    throw new Problem("sums-are-plain", "Sums of this community are plain: POST gradients takes gradients.");
  if (member.learning === "hosted")
    throw new Problem("learning-is-hosted", "Your learning is hosted: the server makes your gradients.");
  const badId = idErrors(report.id, nowMs);
  if (badId.length > 0) throw invalidRequest(badId);
  if (sum !== head.openSum) throw sumClosed(sum);
  const terms = openTerms(head, fixedTerms(head));
  check(report, sum, head, terms);
  const message = reportMessageBody(community, await senderOf(community, userId), bytes);
  if (!message)
    throw new Problem(
      "body-too-large",
      `The report takes more than ${MESSAGE_BYTES_MAX} bytes as a message.`,
    );
  const limit = head.settings.gradientsPerHourMax;
  const full = await takeFromRate(community, member, "gradients", limit, nowMs);
  if (full) throw new Problem("too-many-gradients", `At most ${limit} gradients an hour.`, full);
  await requireFixed(head, terms);
  await Promise.all([enqueueGradient(message), noteSeen(community, member, nowMs)]);
  const location = `/communities/${community}/gradients/${report.id}`;
  return { status: 202, headers: { location }, body: { id: report.id, status: "queued" } };
});
