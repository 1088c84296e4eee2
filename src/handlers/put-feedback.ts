import { isDeepStrictEqual } from "node:util";
import { invalidRequest, Problem } from "../domain/errors.ts";
import { DAY_MS, FEEDBACK_AGE_MAX_MS, FEEDBACK_ROUNDS_MAX } from "../domain/limits.ts";
import { parse } from "../domain/messages/messages.ts";
import { feedbackBodySchema } from "../domain/messages/round-messages.ts";
import { type Answer, absencesOf } from "../domain/rounds/feedback.ts";
import { type Round, rowsWith } from "../domain/rounds/round.ts";
import { readItemIds } from "../infra/directory-store.ts";
import { readAnswers, storeAnswers } from "../infra/feedback-store.ts";
import type { Head } from "../infra/head-store.ts";
import type { Member } from "../infra/member-store.ts";
import { retry } from "../infra/retry.ts";
import { readRound } from "../infra/round-store.ts";
import { readMemberRequest } from "./http/caller.ts";
import { endpoint, jsonBody, notAMember, valid } from "./http/http.ts";
import { requireChange } from "./http/roster-rate.ts";
import { roundNumberOf, unknownRound } from "./http/round-body.ts";

/** The round, if it is one of the latest, and the member was in a group of it with others. */
async function requireOwnRound(head: Head, member: Member, number: number, nowMs: number): Promise<Round> {
  const round = number <= head.latestRound ? await readRound(head.community, number) : null;
  if (round?.state !== "published") throw unknownRound(number);
  if (rowsWith(round, member.row).length < 2)
    throw new Problem("unknown-round", `You were in no group with others in round ${number}.`);
  const isOld = head.latestRound - number >= FEEDBACK_ROUNDS_MAX;
  if (isOld || nowMs - round.publishedAtMs! > FEEDBACK_AGE_MAX_MS) {
    const detail = `You may answer for ${FEEDBACK_AGE_MAX_MS / DAY_MS} days, and of the latest ${FEEDBACK_ROUNDS_MAX} rounds.`;
    throw new Problem("round-closed", detail);
  }
  return round;
}

/** The rows of those who are named as missing: of others of one's own group. */
async function missingRows(
  community: string,
  ownRow: number,
  rows: readonly number[],
  missing: readonly string[],
): Promise<number[]> {
  if (missing.length === 0) return [];
  const directory = await readItemIds(community, rows, "strong");
  const named = missing.map((memberId) => directory.find((entry) => entry.itemId === memberId)?.row);
  const errors = named.flatMap((row, at) =>
    row === undefined || row === ownRow
      ? [{ pointer: `#/missing/${at}`, detail: "is nobody else of your group" }]
      : [],
  );
  if (errors.length > 0) throw invalidRequest(errors);
  return [...new Set(named.flatMap((row) => row ?? []))].sort((a, b) => a - b);
}

/** Puts the answer beside those of the others, as often as they come between. */
async function answer(community: string, member: Member, round: Round, own: Answer, nowMs: number) {
  const group = round.groupOf[member.row];
  const rows = rowsWith(round, member.row);
  let isCounted = false;
  const stored = await retry(async () => {
    const before = await readAnswers(community, round.round, group);
    if (isDeepStrictEqual(before.answers.get(member.row), own)) return true;
    if (!isCounted) await requireChange(community, member, nowMs);
    isCounted = true;
    const answers = new Map(before.answers).set(member.row, own);
    const [was, is] = [absencesOf(rows, before.answers), absencesOf(rows, answers)];
    const absences = isDeepStrictEqual(was, is) ? undefined : is;
    const change = { round, group, before, answers, absences };
    const result = await storeAnswers(community, member, change, nowMs);
    if (result.outcome === "condition" && result.failed === 1) throw notAMember(community);
    if (result.outcome === "condition" && result.failed > 1) throw unknownRound(round.round); // withdrawn
    return result.outcome === "committed" ? true : null;
  });
  if (!stored) throw new Problem("try-again", "Others were answering, too.", { retryAfterSeconds: 1 });
}

/** `PUT C/rounds/{round}/feedback`: whether the member has met their group, and who was missing. */
export const handler = endpoint(async (event) => {
  const { request, head, member } = await readMemberRequest(event);
  const { community, nowMs } = request;
  const number = roundNumberOf(event);
  const { met, missing = [] } = valid(parse(feedbackBodySchema, jsonBody(event)));
  const round = await requireOwnRound(head, member, number, nowMs);
  const rows = await missingRows(community, member.row, rowsWith(round, member.row), missing);
  await answer(community, member, round, { met, missing: rows }, nowMs);
  return { status: 200, body: { round: number, met, missing } };
});
