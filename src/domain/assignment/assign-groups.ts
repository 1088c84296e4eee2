/**
 * The assignment engine's front door: people, their affinities and their wishes in, groups out.
 */
import { shuffle, uniform } from "../random.ts";
import { weightOfPair } from "./pairs/pair-weight.ts";
import type { AssignmentOptions, AssignmentProblem, Partition } from "./problem.ts";
import { measureQuality } from "./quality.ts";
import { constructGreedily, repairPartition } from "./search/construction.ts";
import { search } from "./search/search.ts";
import { balancedGroupSizes } from "./sizes.ts";
import { countMoved } from "./stability.ts";

/**
 * Partitions the people of `problem` into balanced groups of high total score.
 *
 * The same problem, options and seed give the same answer on every machine, as long as `shouldStop` does not end the
 * search early. Throws RangeError if an array has the wrong length.
 */
export function assignGroups(problem: AssignmentProblem, options: AssignmentOptions): Partition {
  const { size } = problem.affinity;
  const { warmStart, seed } = options;
  if (warmStart && warmStart.length !== size)
    throw new RangeError(`warmStart has ${warmStart.length} values, expected ${size}`);
  const groupSizes = balancedGroupSizes(size, problem.groupSize, problem);
  const everybody = Int32Array.from({ length: size }, (_, i) => i);
  const groupOf = warmStart
    ? repairPartition(groupSizes, warmStart)
    : constructGreedily(groupSizes, shuffle(everybody, uniform(seed)), weightOfPair(problem));
  const evaluations = search(problem, groupOf, groupSizes.length, options);
  const assignment = {
    groupOf,
    groupCount: groupSizes.length,
    evaluations,
    ...measureQuality(problem, groupOf),
  };
  return warmStart ? { ...assignment, moved: countMoved(warmStart, groupOf) } : assignment;
}
