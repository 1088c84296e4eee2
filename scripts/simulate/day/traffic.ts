/** A stretch of a community's day: which call comes when. */
import type { RandomSource } from "../../../tests/simulation/random-source.ts";

/** Of the real day, compressed into its stretch of minutes. */
export const HOURS = 8;
export const MINUTES = 10;
/** A device syncs, and contributes what it learned, as often a day. */
const SESSIONS_PER_DAY = 3;
/** Joins, leaves, blocks and pauses: each of one in a hundred members in eight hours. */
const CHANGES_SHARE = 0.01;

export const KINDS = ["session", "join", "leave", "block", "pause", "round"] as const;
export type Kind = (typeof KINDS)[number];

export interface Arrival {
  atMs: number;
  kind: Kind;
}

/** How many of each kind come in so many minutes. */
export function countsOf(members: number, minutes: number): Record<Kind, number> {
  const hours = (HOURS * minutes) / MINUTES;
  const changes = Math.round((members * CHANGES_SHARE * hours) / HOURS);
  return {
    session: Math.round((members * SESSIONS_PER_DAY * hours) / 24),
    ...{ join: changes, leave: changes, block: changes, pause: changes },
    round: Math.max(1, Math.floor(hours)),
  };
}

/** Sessions and changes come at random times, rounds at even ones. */
export function arrivalsOf(counts: Record<Kind, number>, minutes: number, random: RandomSource): Arrival[] {
  const totalMs = minutes * 60_000;
  const arrivals = KINDS.flatMap((kind) =>
    Array.from({ length: counts[kind] }, (_, n) => {
      const share = kind === "round" ? (n + 0.5) / counts.round : random.next();
      return { atMs: share * totalMs, kind };
    }),
  );
  return arrivals.sort((a, b) => a.atMs - b.atMs);
}
