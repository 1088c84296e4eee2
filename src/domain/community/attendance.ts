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
  /** Rounds that they missed before this one no longer pause them. */
  missesFrom?: number;
}

/**
 * The rounds of a community: the one in draft, and the latest published. A withdrawn one between
 * them counts as never made.
 */
export interface RoundsNow {
  round: number;
  latestRound: number;
}

/** The round in question, and the time at which the question is asked. */
export interface Occasion extends RoundsNow {
  participation: Settings["participation"];
  nowMs: number;
}

/**
 * Whether what was wished for a round alone is for the one in draft: also a wish for a
 * round that was withdrawn.
 */
const isForDraft = (wish: number | undefined, { latestRound }: RoundsNow): boolean =>
  wish !== undefined && wish > latestRound;

/** Whether the member takes part, a pause with an end apart. */
function wantsToAttend(member: Attendance, occasion: Occasion): boolean {
  if (member.paused || isForDraft(member.skippedRound, occasion)) return false;
  return occasion.participation === "everyone" || isForDraft(member.optedInRound, occasion);
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

/**
 * A member's attendance after their wish. `paused: false` also ends a pause with an end that the wish does
 * not speak of, and, where the member is one who `isAbsent`, the pause for missed rounds.
 */
export function attendanceAfter(
  member: Attendance,
  wish: AttendanceWish,
  round: number,
  isAbsent = false,
): Attendance {
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
    missesFrom: isAbsent && wish.paused === false ? round : member.missesFrom,
  };
}

/** A member's attendance in the terms in which it is wished for. */
export function attendanceBody(member: Attendance, now: RoundsNow, nowMs: number) {
  const { paused, pausedUntilMs = 0, skippedRound, optedInRound } = member;
  return {
    paused,
    pausedUntil: pausedUntilMs > nowMs ? new Date(pausedUntilMs).toISOString() : null,
    skipNextRound: isForDraft(skippedRound, now),
    optIn: isForDraft(optedInRound, now),
  };
}
