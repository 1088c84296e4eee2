/**
 * The assignment engine's front door: people, their affinities and their wishes in, groups out.
 */
import { uniform } from "../random.ts";
import { constructGreedily, repairPartition } from "./construction.ts";
import { weightOfPair } from "./pair-weight.ts";
import type { Assignment, AssignmentOptions, AssignmentProblem } from "./problem.ts";
import { measureQuality } from "./quality.ts";
import { balancedGroupSizes } from "./sizes.ts";
import { improveBySwaps } from "./swap-search.ts";

/**
 * Partitions the people of `problem` into balanced groups of high total score.
 *
 * The same problem, options and seed give the same answer on every machine, as long as `shouldStop` does not end the
 * search early. Throws RangeError if an array has the wrong length.
 */
export function assignGroups(problem: AssignmentProblem, options: AssignmentOptions): Assignment {
  const { size } = problem.affinity;
  const groupSizes = balancedGroupSizes(size, problem.groupSize, problem);
  const weight = weightOfPair(problem);
  const { warmStart } = options;
  if (warmStart && warmStart.length !== size)
    throw new RangeError(`warmStart has ${warmStart.length} values, expected ${size}`);
  const start = warmStart ? repairPartition(groupSizes, warmStart) : undefined;
  const groupOf = start?.slice() ?? constructGreedily(groupSizes, shuffled(size, options.seed), weight);
  const evaluations = improveBySwaps(groupOf, groupSizes, weight, options);
  const assignment = {
    groupOf,
    groupCount: groupSizes.length,
    evaluations,
    ...measureQuality(problem, groupOf),
  };
  return warmStart ? { ...assignment, moved: countMoved(warmStart, groupOf) } : assignment;
}

/** Fisher-Yates. */
function shuffled(size: number, seed: number): Int32Array {
  const next = uniform(seed);
  const order = Int32Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** People who had a group and are not with most of that group's people any more: labels may differ, company counts. */
function countMoved(previous: Int32Array, groupOf: Int32Array): number {
  const overlaps = new Map<string, number>();
  for (let i = 0; i < groupOf.length; i++) {
    if (previous[i] < 0) continue;
    const key = `${previous[i]} ${groupOf[i]}`;
    overlaps.set(key, (overlaps.get(key) ?? 0) + 1);
  }
  const matchedOld = new Set<string>();
  const matchedNew = new Set<string>();
  let had = 0;
  let stayed = 0;
  for (const count of overlaps.values()) had += count;
  for (const [key, count] of [...overlaps].sort((a, b) => b[1] - a[1])) {
    const [before, after] = key.split(" ");
    if (matchedOld.has(before) || matchedNew.has(after)) continue;
    matchedOld.add(before);
    matchedNew.add(after);
    stayed += count;
  }
  return had - stayed;
}
