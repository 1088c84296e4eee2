/** Members as they begin: by their own wish, or by an import. */
import { randomBytes } from "node:crypto";
import type * as z from "zod/mini";
import { attendanceAfter } from "../../domain/community/attendance.ts";
import { MEMBER_ID_PREFIX, type memberBodySchema } from "../../domain/messages/messages.ts";
import type { Head } from "../../infra/head-store.ts";
import type { HourCount, Member, Standing } from "../../infra/member-store.ts";
import { dayOf } from "../../infra/seen-store.ts";

export type Wish = z.infer<typeof memberBodySchema>;

/** 16 characters that nobody guesses. */
export function newHandle(): string {
  return randomBytes(12).toString("base64url");
}

export const newMemberId = (): string => MEMBER_ID_PREFIX + newHandle().slice(1);

const NO_COUNT: HourCount = { hourStartMs: 0, count: 0 };

/** Of whoever was not here before. */
export function freshStanding(row: number): Standing {
  const counts = { gradients: NO_COUNT, changes: NO_COUNT, modelReads: NO_COUNT };
  return { row, blockedRows: [], isBanned: false, ...counts };
}

type Joined = Pick<Member, "userId" | "memberId"> & Standing;

export function newMember(joined: Joined, { round }: Head, wish: Wish, nowMs: number): Member {
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
