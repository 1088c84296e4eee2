/** Lets people in, for who joins by themselves and for operators who approve them. */
import { attendanceBody } from "../../domain/community/attendance.ts";
import type { Status } from "../../domain/messages/people-messages.ts";
import { readFormer } from "../../infra/former-store.ts";
import type { Head } from "../../infra/head-store.ts";
import { inviteUse } from "../../infra/invite-store.ts";
import { addMember, type HourCount, type Member } from "../../infra/member-store.ts";
import { noticePut } from "../../infra/notice-store.ts";
import { freshStanding, newMember, newMemberId, type Wish } from "../steps/newcomers.ts";
import { rejoin } from "../steps/rejoin.ts";
import { banned } from "./caller.ts";
import { requireFreeRow } from "./row-race.ts";

/** Somebody who is no member yet. */
export interface Newcomer {
  userId: string;
  status: Status | null;
  /** Whoever awaited approval, or was banned, has one. */
  memberId?: string;
}

/** How somebody comes in. */
export interface Entry {
  /** The code that lets them in, if it is still good. */
  invite?: string;
  /** Counts a join by the caller's own wish, or throws the 429. */
  count?: (changes: HourCount) => HourCount;
}

/**
 * One attempt to let somebody in, at a new row, or at the row of before with what a leave has kept; null when somebody else was
 * faster, they are not what they were, or the invitation is no longer good.
 */
export async function admit(
  head: Head,
  newcomer: Newcomer,
  wish: Wish,
  nowMs: number,
  { invite, count = (changes) => changes }: Entry = {},
): Promise<Member | null> {
  const { community, rowCount: row } = head;
  const { userId, status, memberId = newMemberId() } = newcomer;
  const former = await readFormer(community, userId, nowMs);
  if (former?.standing.isBanned) throw banned(community);
  if (!former) requireFreeRow(head);
  const standing = former?.standing ?? freshStanding(row);
  const changes = count(standing.changes);
  const member = newMember({ userId, memberId, ...standing, changes }, head, wish, nowMs);
  const joined = noticePut(community, { event: "member.joined", facts: { userId, memberId } }, nowMs);
  const also = [...(invite === undefined ? [] : [inviteUse(community, invite, nowMs)]), joined];
  const { outcome } = former
    ? await rejoin(head, member, former, { nowMs, before: status, also })
    : await addMember(head, member, status, also);
  return outcome === "committed" ? member : null;
}

/** A member as they see themselves. */
export function memberBody(member: Member, head: Head, nowMs: number) {
  const { memberId, row, learning, displayName } = member;
  const named = displayName === undefined ? {} : { displayName };
  return { status: "member", memberId, row, learning, ...named, ...attendanceBody(member, head, nowMs) };
}
