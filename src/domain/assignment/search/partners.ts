/**
 * For each person the few others most worth sharing a group with: what the annealer for small groups aims at.
 */
import { uniform } from "../../random.ts";
import { createShortlist } from "./shortlist.ts";

/** Of 8, 16, 24, 32, 40 and 64 a person, 32 to 40 gave the best scores at 2,000 people in fours. */
export const PARTNERS_EACH = 32;

/** Others drawn per person where all would be too many. */
const SAMPLED = 1500;
/** Up to here everybody is looked at. */
const EXACT_SIZE_MAX = 4096;

export interface Partners {
  /** size x each, row-major, best first. */
  of: Int32Array;
  each: number;
}

/** Returns the partners of largest weight: exact for small sizes, the best of a random sample of others above. */
export function bestPartners(size: number, weight: (i: number, j: number) => number, seed: number): Partners {
  const each = Math.min(PARTNERS_EACH, size - 1);
  const of = new Int32Array(size * each);
  const next = uniform(seed);
  const everybody = Int32Array.from({ length: size }, (_, i) => i);
  const shortlist = createShortlist(each);
  for (let i = 0; i < size; i++) {
    shortlist.clear();
    if (size <= EXACT_SIZE_MAX) for (const j of everybody) offer(i, j);
    else for (let draw = 0; draw < SAMPLED; draw++) offer(i, Math.floor(next() * size));
    shortlist.copyTo(of, i * each, i);
  }
  return { of, each };

  function offer(i: number, j: number): void {
    if (i !== j) shortlist.offer(j, weight(i, j));
  }
}
