/**
 * Plans rounds ahead for people who stay, so that as few as possible meet twice. A schedule made at once avoids repeats
 * that deciding one round at a time runs into: see the bench's `online-repeats`.
 */

import { groupMembers } from "../assignment/quality.ts";
import { balancedGroupSizes, type SizeLimits } from "../assignment/sizes.ts";
import { completeRounds } from "./completion.ts";
import { developRounds, searchCyclicDesign } from "./cyclic-design.ts";
import { createDesignSource, type DesignSource, type Rounds, withinLevels } from "./designs.ts";
import { extendRounds } from "./extension.ts";
import { searchStarter } from "./known-starters.ts";
import { searchLines } from "./line-search.ts";
import { truncateRounds } from "./truncation.ts";

export interface RoundPlanOptions extends SizeLimits {
  size: number;
  groupSize: number;
  roundCount: number;
  seed: number;
  /** Bound on each search where no construction applies. */
  evaluationsMax: number;
  /** Ends a search early; what it has found so far counts. */
  shouldStop?: () => boolean;
}

export interface RoundPlan {
  /** The group of each place, round after round; see relabel.ts for who gets which place. */
  rounds: Int32Array[];
  /** Meetings beyond a pair's first. */
  repeats: number;
  /** What the rounds come from: a construction or a search. */
  origin: string;
}

/** What a method is asked for. */
interface Schedule {
  /** Smaller ones first; they differ by one at most. */
  groupSizes: Int32Array;
  size: number;
  roundCount: number;
  designs: DesignSource;
  options: RoundPlanOptions;
}

type Method = (schedule: Schedule) => { rounds: Rounds; origin: string } | undefined;

/** Quick and sure ones first. None of them leaves a repeat; each is in its own file, with its source. */
const METHODS: Method[] = [
  truncatedDesign,
  extendedDesign(10_000),
  truncatedLines,
  extendedDesign(1_000_000),
  truncatedStarter,
];

/** Returns a plan of `roundCount` rounds for at least one person. */
export function planRounds(options: RoundPlanOptions): RoundPlan {
  const groupSizes = balancedGroupSizes(options.size, options.groupSize, options);
  const { size, roundCount } = options;
  const schedule = { groupSizes, size, roundCount, designs: createDesignSource(), options };
  for (const method of METHODS) {
    const found = method(schedule);
    if (found) return { ...found, repeats: 0 };
  }
  const completed = completedDesign(schedule);
  if (groupSizes.length === 1) return completed;
  const searched = searchedRotation(schedule);
  return searched.repeats <= completed.repeats ? searched : completed;
}

/** A design of the larger groups, less the people who are missing in the smaller ones. */
function truncatedDesign({ groupSizes, size, roundCount, designs }: Schedule) {
  const groupSize = groupSizes[groupSizes.length - 1];
  for (const { origin, rounds } of designs(groupSizes.length, groupSize)) {
    const truncated = truncateRounds(rounds, groupSizes.length * groupSize - size, roundCount);
    if (truncated) return { rounds: truncated, origin };
  }
  return undefined;
}

/** A design of the smaller groups, with people added to it. */
function extendedDesign(nodesMax: number): Method {
  return ({ groupSizes, size, roundCount, designs, options }) => {
    const [groupSize] = groupSizes;
    const added = size - groupSizes.length * groupSize;
    if (added === 0) return undefined;
    const nodes = Math.min(options.evaluationsMax, nodesMax);
    for (const { origin, rounds } of designs(groupSizes.length, groupSize)) {
      const extended = extendRounds(rounds, added, roundCount, nodes, options.shouldStop);
      if (extended) return { rounds: extended, origin: `${origin}, extended` };
    }
    return undefined;
  };
}

/** Lines and starters are found within these or hardly ever. */
const LINE_EVALUATIONS_MAX = 6_000_000;
const STARTER_EVALUATIONS_MAX = 150_000_000;

function truncatedLines({ groupSizes, size, roundCount, designs, options }: Schedule) {
  const groupCount = groupSizes.length;
  const groupSize = groupSizes[groupCount - 1];
  const isEven = size === groupCount * groupSize;
  const within = isEven && groupCount % groupSize === 0 ? withinLevels(groupCount, groupSize, designs) : [];
  const { seed, evaluationsMax, shouldStop } = options;
  const lines = searchLines({
    groupCount,
    groupSize,
    roundCount: Math.max(1, roundCount - within.length),
    seed,
    evaluationsMax: Math.min(evaluationsMax, LINE_EVALUATIONS_MAX),
    shouldStop,
  });
  const rounds = lines && [...lines, ...within].slice(0, roundCount).map((round) => round.slice(0, size));
  return rounds && { rounds, origin: "line search" };
}

function truncatedStarter({ groupSizes, size, roundCount, options }: Schedule) {
  const groupCount = groupSizes.length;
  const groupSize = groupSizes[groupCount - 1];
  const { seed, shouldStop } = options;
  const evaluationsMax = Math.min(options.evaluationsMax, STARTER_EVALUATIONS_MAX);
  const found = searchStarter(groupCount, groupSize, { seed, evaluationsMax, shouldStop });
  const rounds = found && truncateRounds(found, groupCount * groupSize - size, roundCount);
  return rounds && { rounds, origin: "starter search" };
}

/** As many rounds of the design as can be had, then rounds with as few repeats as possible. */
function completedDesign({ groupSizes, size, roundCount, designs, options }: Schedule): RoundPlan {
  const groupSize = groupSizes[groupSizes.length - 1];
  const [{ origin, rounds }] = designs(groupSizes.length, groupSize);
  const absent = groupSizes.length * groupSize - size;
  let kept: Rounds | undefined;
  for (let count = Math.min(rounds.length, roundCount); !kept; count--)
    kept = truncateRounds(rounds, absent, count);
  const completed = completeRounds(kept, { ...options, roundCount });
  return { rounds: completed, repeats: countRepeats(completed), origin: `${origin}, completed` };
}

/** The rounds with the fewest repeats that the rotations tried lead to. */
function searchedRotation({ groupSizes, size, roundCount, options }: Schedule): RoundPlan {
  const { seed, evaluationsMax, shouldStop } = options;
  const rotations = rotationsFor(size, roundCount);
  let best: RoundPlan | undefined;
  for (const rotation of rotations) {
    const cyclic = searchCyclicDesign({
      groupSizes,
      rotation,
      baseRounds: Math.ceil(roundCount / rotation),
      seed,
      evaluationsMax: Math.floor(evaluationsMax / rotations.length),
      shouldStop,
    });
    const rounds = developRounds(cyclic.baseRounds, rotation).slice(0, roundCount);
    const repeats = countRepeats(rounds);
    if (!best || repeats < best.repeats) best = { rounds, repeats, origin: "rotation search" };
    if (repeats === 0) break;
  }
  return best!;
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
