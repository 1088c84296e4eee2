/**
 * Plans rounds ahead for people who stay, so that as few as possible meet twice. A schedule made at once avoids repeats
 * that deciding one round at a time runs into: see the bench's `online-repeats`.
 */

import { groupMembers } from "../assignment/quality.ts";
import { balancedGroupSizes, type SizeLimits } from "../assignment/sizes.ts";
import { developRounds, searchCyclicDesign } from "./cyclic-design.ts";
import { createDesignSource } from "./designs.ts";
import { truncateRounds } from "./truncation.ts";

export interface RoundPlanOptions extends SizeLimits {
  size: number;
  groupSize: number;
  roundCount: number;
  seed: number;
  /** Bound on the search where no construction applies. */
  evaluationsMax: number;
}

export interface RoundPlan {
  /** The group of each place, round after round; see relabel.ts for who gets which place. */
  rounds: Int32Array[];
  /** Meetings beyond a pair's first. */
  repeats: number;
  /** The construction the rounds come from, or "search". */
  origin: string;
}

/** Returns a plan of `roundCount` rounds (fewer only if everybody is in one group anyway). */
export function planRounds(options: RoundPlanOptions): RoundPlan {
  const { size, groupSize, roundCount } = options;
  const groupSizes = balancedGroupSizes(size, groupSize, options);
  const constructed = constructRounds(groupSizes, roundCount);
  if (constructed) return constructed;
  const rotations = rotationsFor(size, roundCount);
  let best: RoundPlan | undefined;
  for (const rotation of rotations) {
    const cyclic = searchCyclicDesign({
      groupSizes,
      rotation,
      baseRounds: Math.ceil(roundCount / rotation),
      seed: options.seed,
      evaluationsMax: Math.floor(options.evaluationsMax / rotations.length),
    });
    const rounds = developRounds(cyclic.baseRounds, rotation).slice(0, roundCount);
    const repeats = countRepeats(rounds);
    if (!best || repeats < best.repeats) best = { rounds, repeats, origin: "search" };
    if (repeats === 0) break;
  }
  return best!;
}

/** Rounds of a known design, less the people who are missing in its smaller groups. */
function constructRounds(groupSizes: Int32Array, roundCount: number): RoundPlan | undefined {
  const groupCount = groupSizes.length;
  const size = groupSizes.reduce((a, b) => a + b, 0);
  const largest = groupSizes[groupCount - 1];
  const design = createDesignSource()(groupCount, largest);
  const rounds = truncateRounds(design.rounds, groupCount * largest - size, roundCount);
  return rounds && { rounds, repeats: 0, origin: design.origin };
}

/** Rotations worth trying: one base round for all rounds, or several shorter ones. */
function rotationsFor(size: number, roundCount: number): number[] {
  const rotations = new Set<number>();
  for (const baseRounds of [1, 2]) {
    const rotation = Math.ceil(roundCount / baseRounds);
    if (rotation > 1 && rotation <= size) rotations.add(rotation);
  }
  // halves of an even rotation meet twice; one more turn may cost nothing
  if (roundCount % 2 === 0 && roundCount + 1 <= size) rotations.add(roundCount + 1);
  return rotations.size ? [...rotations] : [Math.max(1, Math.min(size, roundCount))];
}

/** Returns the number of meetings beyond each pair's first. */
export function countRepeats(rounds: Int32Array[]): number {
  const size = rounds[0]?.length ?? 0;
  const met = new Uint8Array(size * size);
  let repeats = 0;
  for (const round of rounds)
    for (const members of groupMembers(round))
      for (let a = 0; a < members.length; a++)
        for (let b = a + 1; b < members.length; b++) {
          const pair = members[a] * size + members[b];
          if (met[pair]) repeats++;
          met[pair] = 1;
        }
  return repeats;
}
