/**
 * What a member may do in a clock hour. An instance counts gradients, ratings, shared factors and reads of the model in memory and
 * writes every twentieth of the limit, so that the write, which would be the dearest part of a call, is paid once for several:
 * 12 where the limit is 240. One instance counts exactly; with several a member may pass the limit by less than a twentieth of it for
 * each. Changes of a member's own entry in the roster are few, and each is counted in the store.
 */
import { RATE_WINDOW_MS, ROSTER_CHANGES_PER_HOUR_MAX } from "../domain/limits.ts";
import { countInHour } from "./hour-counts.ts";
import type { Counted, HourCount, Member } from "./member-store.ts";

const WRITES_PER_LIMIT = 20;

interface Tally {
  hourStartMs: number;
  /** The most that was ever known to be stored. */
  stored: number;
  unwritten: number;
}

const tallies = new Map<string, Tally>();
let talliesHourMs = 0;

/** What a caller is told who has done too much. */
export interface TooMany {
  retryAfterSeconds: number;
}

const hourOf = (nowMs: number): number => nowMs - (nowMs % RATE_WINDOW_MS);
const countOf = (of: HourCount, hourStartMs: number): number =>
  of.hourStartMs === hourStartMs ? of.count : 0;
const untilNextHour = (nowMs: number): TooMany => ({
  retryAfterSeconds: Math.ceil((hourOf(nowMs) + RATE_WINDOW_MS - nowMs) / 1000),
});

function tallyOf(community: string, member: Member, counted: Counted, hourStartMs: number): Tally {
  if (talliesHourMs !== hourStartMs) tallies.clear();
  talliesHourMs = hourStartMs;
  const key = JSON.stringify([community, member.userId, counted]); // who leaves and joins again has another memberId
  const stored = countOf(member[counted], hourStartMs);
  const tally = tallies.get(key) ?? { hourStartMs, stored, unwritten: 0 };
  tally.stored = Math.max(tally.stored, stored);
  tallies.set(key, tally);
  return tally;
}

/** Counts one call of the member, or returns the seconds until the next is allowed. `limit` null = off. */
export async function takeFromRate(
  community: string,
  member: Member,
  counted: Counted,
  limit: number | null,
  nowMs: number,
): Promise<TooMany | null> {
  if (limit === null) return null;
  const hourStartMs = hourOf(nowMs);
  const tally = tallyOf(community, member, counted, hourStartMs);
  if (tally.stored + tally.unwritten >= limit) return untilNextHour(nowMs);
  tally.unwritten++;
  if (tally.unwritten < limit / WRITES_PER_LIMIT) return null;
  const count = tally.unwritten;
  tally.unwritten = 0;
  tally.stored += count;
  const stored = await countInHour(community, member.userId, counted, { hourStartMs, count });
  tally.stored = Math.max(tally.stored, stored);
  return null;
}

/** Counts a change of the member's own entry in the roster, exactly, or returns the seconds until the next is allowed. */
export async function takeRosterChange(
  community: string,
  { userId, changes }: Member,
  nowMs: number,
): Promise<TooMany | null> {
  const hourStartMs = hourOf(nowMs);
  const isFull = countOf(changes, hourStartMs) >= ROSTER_CHANGES_PER_HOUR_MAX;
  if (isFull) return untilNextHour(nowMs);
  const count = await countInHour(community, userId, "changes", { hourStartMs, count: 1 });
  return count > ROSTER_CHANGES_PER_HOUR_MAX ? untilNextHour(nowMs) : null;
}

/** The count of changes with which a user joins, or the seconds until they may. */
export function countJoin(changes: HourCount, nowMs: number): HourCount | TooMany {
  const hourStartMs = hourOf(nowMs);
  const count = countOf(changes, hourStartMs) + 1;
  return count > ROSTER_CHANGES_PER_HOUR_MAX ? untilNextHour(nowMs) : { hourStartMs, count };
}
