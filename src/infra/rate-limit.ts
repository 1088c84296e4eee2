/**
 * Gradients and ratings a member may post in a clock hour. An instance counts in memory and writes every twentieth of the limit, so
 * that the write, which would be the dearest part of a gradient, is paid once for several: 12 at the default of 240. One
 * instance counts exactly; with several a member may pass the limit by less than a twentieth of it for each.
 */
import { RATE_WINDOW_MS } from "../domain/limits.ts";
import { countGradients, type Member } from "./member-store.ts";

const WRITES_PER_LIMIT = 20;

interface Tally {
  hourStartMs: number;
  /** The most that was ever known to be stored. */
  stored: number;
  unwritten: number;
}

const tallies = new Map<string, Tally>();
let talliesHourMs = 0;

function tallyOf(community: string, member: Member, hourStartMs: number): Tally {
  if (talliesHourMs !== hourStartMs) tallies.clear();
  talliesHourMs = hourStartMs;
  const key = JSON.stringify([community, member.memberId]);
  const stored = member.gradients.hourStartMs === hourStartMs ? member.gradients.count : 0;
  const tally = tallies.get(key) ?? { hourStartMs, stored, unwritten: 0 };
  tally.stored = Math.max(tally.stored, stored);
  tallies.set(key, tally);
  return tally;
}

/** Counts one gradient of the member, or returns the seconds until the next is allowed. `limit` null = off. */
export async function takeFromRate(
  community: string,
  member: Member,
  limit: number | null,
  nowMs: number,
): Promise<{ retryAfterSeconds: number } | null> {
  if (limit === null) return null;
  const hourStartMs = nowMs - (nowMs % RATE_WINDOW_MS);
  const tally = tallyOf(community, member, hourStartMs);
  if (tally.stored + tally.unwritten >= limit) {
    return { retryAfterSeconds: Math.ceil((hourStartMs + RATE_WINDOW_MS - nowMs) / 1000) };
  }
  tally.unwritten++;
  if (tally.unwritten < limit / WRITES_PER_LIMIT) return null;
  const count = tally.unwritten;
  tally.unwritten = 0;
  tally.stored += count;
  const stored = await countGradients(community, member.userId, hourStartMs, count);
  tally.stored = Math.max(tally.stored, stored);
  return null;
}
