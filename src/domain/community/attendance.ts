/**
 * Who takes part in a round. What a member wishes for one round alone is kept as that round's number, so publishing uses it
 * up without a write, and a pause with an end is over when the clock says so.
 */
import type { Settings } from "./settings.ts";

export interface Attendance {
  /** Until further notice. */
  paused: boolean;
  pausedUntilMs?: number;
  skippedRound?: number;
  optedInRound?: number;
}

/** The round in question, and the time at which the question is asked. */
export interface Occasion {
  round: number;
  participation: Settings["participation"];
  nowMs: number;
}

/** Whether the member takes part, a pause with an end apart. */
function wantsToAttend(member: Attendance, { round, participation }: Occasion): boolean {
  if (member.paused || member.skippedRound === round) return false;
  return participation === "everyone" || member.optedInRound === round;
}

/** Whether the member is to be grouped. */
export function attends(member: Attendance, occasion: Occasion): boolean {
  return wantsToAttend(member, occasion) && (member.pausedUntilMs ?? 0) <= occasion.nowMs;
}

/** When the first pause of these members ends that keeps somebody out of the round; undefined if none will. */
export function nextReturnMs(members: readonly Attendance[], occasion: Occasion): number | undefined {
  const returns = members
    .filter((member) => wantsToAttend(member, occasion) && !attends(member, occasion))
    .map((member) => member.pausedUntilMs ?? Number.POSITIVE_INFINITY);
  return returns.length === 0 ? undefined : returns.reduce((a, b) => Math.min(a, b));
}

export interface AttendanceWish {
  paused?: boolean;
  /** ISO 8601 with its offset; null ends the pause. */
  pausedUntil?: string | null;
  skipNextRound?: boolean;
  optIn?: boolean;
}

/** A member's attendance after their wish. `paused: false` also ends a pause with an end that the wish does not speak of. */
export function attendanceAfter(member: Attendance, wish: AttendanceWish, round: number): Attendance {
  const { paused = member.paused, pausedUntil, skipNextRound, optIn } = wish;
  const untilMs = wish.paused === false ? undefined : member.pausedUntilMs;
  const forRound = (wanted: boolean | undefined, before: number | undefined) =>
    wanted === undefined ? before : wanted ? round : undefined;
  return {
    paused,
    pausedUntilMs:
      pausedUntil === undefined ? untilMs : pausedUntil === null ? undefined : Date.parse(pausedUntil),
    skippedRound: forRound(skipNextRound, member.skippedRound),
    optedInRound: forRound(optIn, member.optedInRound),
  };
}

/** A member's attendance in the terms in which it is wished for. */
export function attendanceBody(member: Attendance, round: number, nowMs: number) {
  const { paused, pausedUntilMs = 0, skippedRound, optedInRound } = member;
  return {
    paused,
    pausedUntil: pausedUntilMs > nowMs ? new Date(pausedUntilMs).toISOString() : null,
    skipNextRound: skippedRound === round,
    optIn: optedInRound === round,
  };
}
