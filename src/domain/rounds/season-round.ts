/**
 * A round of a season: what is planned for those who take part today, and what a partition of them does not keep.
 */
import { meetingPenalties, type PastRound } from "../assignment/pairs/meeting-penalties.ts";
import { forEachPair, type PairTable } from "../assignment/pairs/pair-table.ts";
import type { AssignmentProblem } from "../assignment/problem.ts";
import { groupMembers } from "../assignment/quality.ts";
import { balancedGroupSizes } from "../assignment/sizes.ts";
import { countMoved } from "../assignment/stability.ts";
import type { PlannedRound } from "../planning/repair-round.ts";

/** What a round must know of its season. */
export interface SeasonSight {
  /** The planned group of each row in this round, -1 for those whom the plan does not know. May be shorter than the rows. */
  planned: Int32Array;
  /** The same of each round of the season after this one. */
  later: Int32Array[];
  /** How many rounds of the season are published. */
  published: number;
}

/** Returns how often each pair present shares a group in the rounds. */
export function countMeetings(rounds: readonly PastRound[], positions: Int32Array): PairTable {
  return meetingPenalties([...rounds], { positions, halfLifeRounds: Number.POSITIVE_INFINITY, weight: 1 });
}

/** Returns the planned round by position; `rows` are those of the people present, `positions` the way back. */
export function plannedRound(
  { planned, later, published }: SeasonSight,
  rows: readonly number[],
  positions: Int32Array,
  pastRounds: readonly PastRound[],
): PlannedRound {
  const laterRounds = later.map((groupOf) => ({ groupOf, age: 0 }));
  return {
    planned: Int32Array.from(rows, (row) => planned[row] ?? -1),
    met: countMeetings(
      pastRounds.filter(({ age }) => age <= published),
      positions,
    ),
    metLater: countMeetings(laterRounds, positions),
  };
}

/** What is not as planned in a round of a season; pairs are flat, people positions. */
export interface SeasonChanges {
  /** Pairs in one group that have met in this season already. */
  repeats: Int32Array;
  /** Pairs in one group that the plan has meet again in a later round. */
  again: Int32Array;
  /** Those whom the plan does not know. */
  unplanned: number[];
  /** How many are not with their planned group. */
  moved: number;
  /** How many groups are larger or smaller than sizes in balance allow. */
  outOfSize: number;
}

/** Returns what of the planned round the groups do not keep. */
export function seasonChanges(
  { planned, met, metLater }: PlannedRound,
  problem: AssignmentProblem,
  groupOf: Int32Array,
): SeasonChanges {
  const sizes = balancedGroupSizes(groupOf.length, problem.groupSize, problem);
  const isOutOfSize = ({ length }: number[]) => length < sizes[0] || length > sizes[sizes.length - 1];
  return {
    repeats: pairsTogether(met, groupOf),
    again: pairsTogether(metLater, groupOf),
    unplanned: Array.from(planned.keys()).filter((position) => planned[position] < 0),
    moved: countMoved(planned, groupOf),
    outOfSize: groupMembers(groupOf).filter(isOutOfSize).length,
  };
}

function pairsTogether(pairs: PairTable, groupOf: Int32Array): Int32Array {
  const together: number[] = [];
  forEachPair(pairs, (i, j) => {
    if (groupOf[i] === groupOf[j]) together.push(i, j);
  });
  return Int32Array.from(together);
}
