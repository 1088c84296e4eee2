/**
 * Keeps a planned round as people come, go and block each other: whoever can stay with the planned company stays, and the
 * rest go where fewest pairs meet twice in the season, then where affinity is highest.
 */
import { assignGroups } from "../assignment/assign-groups.ts";
import { pairAffinity } from "../assignment/pairs/affinity.ts";
import { addToPair, createPairTable, forEachPair, type PairTable } from "../assignment/pairs/pair-table.ts";
import { largestScore, scoreOfPair } from "../assignment/pairs/pair-weight.ts";
import type { AssignmentOptions, AssignmentProblem, Partition } from "../assignment/problem.ts";
import { brokenWishes } from "../assignment/reassign.ts";

export interface PlannedRound {
  /** The planned group of each position, -1 for people without one. */
  planned: Int32Array;
  /** Pairs that have met in the season. */
  met: PairTable;
  /** Pairs that meet in a later round of the plan: that round can still be repaired, so they cost half. */
  metLater: PairTable;
}

/** What it is worth to keep a planned pair together, in largest scores of a pair: affinity alone parts nobody. */
const PLANNED_PAIR_WORTH = 2;
/** What a second meeting costs, in planned pairs of one person: about what it takes to exchange two people. */
const REPEAT_COST = 2;

/** Returns the planned round with as few changes as today's people, sizes, hard wishes and meetings ask for. */
export function repairRound(
  problem: AssignmentProblem,
  { planned, met, metLater }: PlannedRound,
  options: Omit<AssignmentOptions, "warmStart" | "objective">,
): Partition {
  const { size } = problem.affinity;
  const value = pairAffinity(problem.affinity);
  const together = PLANNED_PAIR_WORTH * largestScore(size, scoreOfPair(problem));
  const repeat = REPEAT_COST * problem.groupSize * together;
  const penalty = createPairTable(met.count + metLater.count);
  const addAll = (table: PairTable, cost: (value: number) => number) =>
    forEachPair(table, (i, j, amount) => addToPair(penalty, i, j, cost(amount)));
  if (problem.penalty) addAll(problem.penalty, (amount) => amount);
  addAll(met, () => repeat);
  addAll(metLater, () => repeat / 2);
  const wanted: AssignmentProblem = {
    ...problem,
    penalty,
    affinity: {
      kind: "pairwise",
      size,
      value: (i, j) => value(i, j) + (planned[i] >= 0 && planned[i] === planned[j] ? together : 0),
    },
  };
  const kept = assignGroups(wanted, { ...options, warmStart: planned });
  if (options.shouldStop?.()) return kept;
  const fresh = assignGroups(wanted, options);
  const isBetter =
    brokenWishes(fresh) === brokenWishes(kept)
      ? fresh.score > kept.score
      : brokenWishes(fresh) < brokenWishes(kept);
  return { ...(isBetter ? fresh : kept), evaluations: kept.evaluations + fresh.evaluations };
}
