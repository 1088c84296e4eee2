/** When contributions come: all at once, or at random times over the week, gathered into commits of a few senders. */
import { shuffle } from "../../../src/domain/random.ts";

export const SPREADS = ["once", "week"] as const;
export type Spread = (typeof SPREADS)[number];

const SENDERS = { min: 5, max: 10 };

/** Who contributes together in one wave, in order of time: everybody `contributions` times. */
export function contributionsOf(
  size: number,
  { contributions, spread }: { contributions: number; spread: Spread },
  random: () => number,
): number[][] {
  return Array.from({ length: contributions }, () => everybodyOnce(size, spread, random)).flat();
}

function everybodyOnce(size: number, spread: Spread, random: () => number): number[][] {
  const everybody = Int32Array.from({ length: size }, (_, i) => i);
  if (spread === "once") return [Array.from(everybody)];
  const left = Array.from(shuffle(everybody, random));
  const commits: number[][] = [];
  while (left.length > SENDERS.max) {
    const drawn = SENDERS.min + Math.floor(random() * (SENDERS.max - SENDERS.min + 1));
    // The last commit needs its senders too.
    commits.push(left.splice(0, Math.min(drawn, left.length - SENDERS.min)));
  }
  return [...commits, left];
}
