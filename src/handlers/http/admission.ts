/** Lets people in, for who joins by themselves and for operators who approve them. */
import { randomBytes } from "node:crypto";
import type * as z from "zod/mini";
import { attendanceAfter, attendanceBody } from "../../domain/community/attendance.ts";
import { MEMBER_ID_PREFIX, type memberBodySchema } from "../../domain/messages/messages.ts";
import type { Status } from "../../domain/messages/people-messages.ts";
import { readFormer } from "../../infra/former-store.ts";
import type { Head } from "../../infra/head-store.ts";
import { inviteUse } from "../../infra/invite-store.ts";
import { addMember, type HourCount, type Member, type Standing } from "../../infra/member-store.ts";
import { noticePut } from "../../infra/notice-store.ts";
import { dayOf } from "../../infra/seen-store.ts";
import { rejoin } from "../steps/rejoin.ts";
import { banned } from "./caller.ts";
import { requireFreeRow } from "./row-race.ts";

export type Wish = z.infer<typeof memberBodySchema>;

/** 16 characters that nobody guesses. */
export function newHandle(): string {
  return randomBytes(12).toString("base64url");
}

export const newMemberId = (): string => MEMBER_ID_PREFIX + newHandle().slice(1);

/** Somebody who is no member yet. */
export interface Newcomer {
  userId: string;
  status: Status | null;
  /** Whoever awaited approval, or was banned, has one. */
  memberId?: string;
}

type Joined = Pick<Member, "userId" | "memberId"> & Standing;

function newMember(joined: Joined, { round }: Head, wish: Wish, nowMs: number): Member {
  return {
    learning: wish.learning ?? "local",
    ratings: wish.learning === "hosted" ? { key: newHandle(), version: 0 } : undefined,
    ...attendanceAfter({ paused: false }, wish, round),
    tags: {},
    joinedAtMs: nowMs,
    lastSeenDay: dayOf(nowMs),
    ...joined,
  };
}

const NO_COUNT: HourCount = { hourStartMs: 0, count: 0 };

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
  const counts = { gradients: NO_COUNT, changes: NO_COUNT, modelReads: NO_COUNT };
  const fresh = { row, blockedRows: [], isBanned: false, ...counts };
  const standing = former?.standing ?? fresh;
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
  const { memberId, row, learning } = member;
  return { status: "member", memberId, row, learning, ...attendanceBody(member, head, nowMs) };
}
