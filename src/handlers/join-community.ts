import { randomBytes } from "node:crypto";
import type * as z from "zod/mini";
import { Problem } from "../domain/errors.ts";
import { COMMIT_ATTEMPTS_MAX, rowsMax } from "../domain/limits.ts";
import { memberBodySchema, parse } from "../domain/messages.ts";
import type { Head } from "../infra/head-store.ts";
import { addMember, type Member, readMembership, setMemberState } from "../infra/member-store.ts";
import { backOff } from "../infra/transaction.ts";
import { type Answer, endpoint, jsonBody, readRequest, unknownCommunity, valid } from "./http.ts";

type Wish = z.infer<typeof memberBodySchema>;

function memberBody({ memberId, row, learning, paused }: Member) {
  return { memberId, row, learning, paused };
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
    paused: wish.paused ?? false,
    blockedRows: [],
    gradients: { hourStartMs: 0, count: 0 },
  };
}

/** One attempt: the answer, or null when somebody else changed the community in between. */
async function joinOrChange(community: string, userId: string, wish: Wish): Promise<Answer | null> {
  const { head, member } = await readMembership(community, userId);
  if (!head) throw unknownCommunity(community);
  if (!member) {
    const joined = newMember(head, userId, wish);
    const { outcome } = await addMember(head, joined);
    return outcome === "committed" ? { status: 201, body: memberBody(joined) } : null;
  }
  const { learning = member.learning, paused = member.paused } = wish;
  const changed = { ...member, learning, paused };
  if (learning === member.learning && paused === member.paused)
    return { status: 200, body: memberBody(member) };
  const { outcome } = await setMemberState(community, changed);
  return outcome === "committed" ? { status: 200, body: memberBody(changed) } : null;
}

/** Joins race for the next row, and each race has one winner: more attempts than a commit needs. */
const JOIN_ATTEMPTS_MAX = 4 * COMMIT_ATTEMPTS_MAX;
const BACK_OFF_STEPS_MAX = 5;

/** `PUT C/members/me`: joins, once; a member's own learning mode and pause. */
export const handler = endpoint(async (event) => {
  const { community, userId } = readRequest(event);
  const wish = event.body ? valid(parse(memberBodySchema, jsonBody(event))) : {};
  for (let attempt = 0; attempt < JOIN_ATTEMPTS_MAX; attempt++) {
    const answer = await joinOrChange(community, userId, wish);
    if (answer) return answer;
    await backOff(Math.min(attempt, BACK_OFF_STEPS_MAX));
  }
  throw new Problem("try-again", "Too many are joining at once.", { retryAfterSeconds: 1 });
});
