import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type * as z from "zod/mini";
import { attendanceAfter, attendanceBody } from "../domain/attendance.ts";
import { Problem } from "../domain/errors.ts";
import { COMMIT_ATTEMPTS_MAX, rowsMax } from "../domain/limits.ts";
import { memberBodySchema, parse } from "../domain/messages.ts";
import type { Head } from "../infra/head-store.ts";
import { addMember, type Member, setMemberState } from "../infra/member-store.ts";
import { readMembership } from "../infra/membership.ts";
import { backOff } from "../infra/transaction.ts";
import {
  type Answer,
  endpoint,
  jsonBody,
  type Request,
  readRequest,
  unknownCommunity,
  valid,
} from "./http.ts";

type Wish = z.infer<typeof memberBodySchema>;

function memberBody(member: Member, { round }: Head, nowMs: number) {
  const { memberId, row, learning } = member;
  return { memberId, row, learning, ...attendanceBody(member, round, nowMs) };
}

function newMember(head: Head, userId: string, wish: Wish): Member {
  if (head.rowCount >= rowsMax(head.settings.factors)) {
    throw new Problem("community-full", `The community has used all of its ${head.rowCount} rows.`);
  }
  return {
    userId,
    memberId: randomBytes(12).toString("base64url"),
    row: head.rowCount,
    learning: wish.learning ?? "local",
    ...attendanceAfter({ paused: false }, wish, head.round),
    tags: {},
    blockedRows: [],
    gradients: { hourStartMs: 0, count: 0 },
  };
}

/** One attempt: the answer, or null when somebody else changed the community in between. */
async function joinOrChange({ community, userId, nowMs }: Request, wish: Wish): Promise<Answer | null> {
  const { head, member } = await readMembership(community, userId);
  if (!head) throw unknownCommunity(community);
  const answer = (status: number, of: Member) => ({ status, body: memberBody(of, head, nowMs) });
  if (!member) {
    const joined = newMember(head, userId, wish);
    const { outcome } = await addMember(head, joined);
    return outcome === "committed" ? answer(201, joined) : null;
  }
  const { learning = member.learning } = wish;
  const changed = { ...member, learning, ...attendanceAfter(member, wish, head.round) };
  const after = answer(200, changed);
  if (isDeepStrictEqual(after, answer(200, member))) return after;
  const { outcome } = await setMemberState(head, changed);
  return outcome === "committed" ? after : null;
}

/** Joins race for the next row, and each race has one winner: more attempts than a commit needs. */
const JOIN_ATTEMPTS_MAX = 4 * COMMIT_ATTEMPTS_MAX;
const BACK_OFF_STEPS_MAX = 5;

/** `PUT C/members/me`: joins, once; a member's own learning mode, pause, and wish for the round in draft. */
export const handler = endpoint(async (event) => {
  const request = readRequest(event);
  const wish = event.body ? valid(parse(memberBodySchema, jsonBody(event))) : {};
  for (let attempt = 0; attempt < JOIN_ATTEMPTS_MAX; attempt++) {
    const answer = await joinOrChange(request, wish);
    if (answer) return answer;
    await backOff(Math.min(attempt, BACK_OFF_STEPS_MAX));
  }
  throw new Problem("try-again", "Too many are joining at once.", { retryAfterSeconds: 1 });
});
