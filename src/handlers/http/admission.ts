/** Lets people in, for who joins by themselves and for operators who approve them. */
import { randomBytes } from "node:crypto";
import type * as z from "zod/mini";
import { attendanceAfter, attendanceBody } from "../../domain/community/attendance.ts";
import { MEMBER_ID_PREFIX, type memberBodySchema } from "../../domain/messages/messages.ts";
import type { Status } from "../../domain/messages/people-messages.ts";
import type { Head } from "../../infra/head-store.ts";
import { inviteUse } from "../../infra/invite-store.ts";
import { addMember, type Member } from "../../infra/member-store.ts";
import { dayOf } from "../../infra/seen-store.ts";
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

function newMember(head: Head, { userId, memberId = newMemberId() }: Newcomer, wish: Wish, nowMs: number) {
  const member: Member = {
    userId,
    memberId,
    row: head.rowCount,
    learning: wish.learning ?? "local",
    ratings: wish.learning === "hosted" ? { key: newHandle(), version: 0 } : undefined,
    ...attendanceAfter({ paused: false }, wish, head.round),
    tags: {},
    blockedRows: [],
    gradients: { hourStartMs: 0, count: 0 },
    joinedAtMs: nowMs,
    lastSeenDay: dayOf(nowMs),
  };
  return member;
}

/**
 * One attempt to give somebody the next row, by an invitation if there is one; null when somebody else was faster, they are not
 * what they were, or the invitation is no longer good.
 */
export async function admit(
  head: Head,
  newcomer: Newcomer,
  wish: Wish,
  nowMs: number,
  invite?: string,
): Promise<Member | null> {
  requireFreeRow(head);
  const member = newMember(head, newcomer, wish, nowMs);
  const use = invite === undefined ? [] : [inviteUse(head.community, invite, nowMs)];
  const { outcome } = await addMember(head, member, newcomer.status, use);
  return outcome === "committed" ? member : null;
}

/** A member as they see themselves. */
export function memberBody(member: Member, { round }: Head, nowMs: number) {
  const { memberId, row, learning } = member;
  return { status: "member", memberId, row, learning, ...attendanceBody(member, round, nowMs) };
}
