/**
 * What a member may do in a clock hour: post gradients and ratings, read the model. An instance counts in memory and writes every twentieth of the limit, so
 * that the write, which would be the dearest part of a call, is paid once for several: 12 where the limit is 240. One
 * instance counts exactly; with several a member may pass the limit by less than a twentieth of it for each.
 */
import { RATE_WINDOW_MS } from "../domain/limits.ts";
import { addToCount, type Counted, type Member } from "./member-store.ts";

const WRITES_PER_LIMIT = 20;

interface Tally {
  hourStartMs: number;
  /** The most that was ever known to be stored. */
  stored: number;
  unwritten: number;
}

const tallies = new Map<string, Tally>();
let talliesHourMs = 0;

function tallyOf(community: string, member: Member, counted: Counted, hourStartMs: number): Tally {
  if (talliesHourMs !== hourStartMs) tallies.clear();
  talliesHourMs = hourStartMs;
  const key = JSON.stringify([community, member.memberId, counted]);
  const known = member[counted];
  const stored = known.hourStartMs === hourStartMs ? known.count : 0;
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
): Promise<{ retryAfterSeconds: number } | null> {
  if (limit === null) return null;
  const hourStartMs = nowMs - (nowMs % RATE_WINDOW_MS);
  const tally = tallyOf(community, member, counted, hourStartMs);
  if (tally.stored + tally.unwritten >= limit) {
    return { retryAfterSeconds: Math.ceil((hourStartMs + RATE_WINDOW_MS - nowMs) / 1000) };
  }
  tally.unwritten++;
  if (tally.unwritten < limit / WRITES_PER_LIMIT) return null;
  const count = tally.unwritten;
  tally.unwritten = 0;
  tally.stored += count;
  const stored = await addToCount(community, member.userId, counted, hourStartMs, count);
  tally.stored = Math.max(tally.stored, stored);
  return null;
}
