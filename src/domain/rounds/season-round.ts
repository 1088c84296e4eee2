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
import { roundNumbers, type Season } from "./season.ts";

/** What a round must know of its season. */
export interface SeasonSight {
  /** Rows of those whom the plan knows. */
  rows: Uint32Array;
  /** The planned group of each of them in this round. */
  planned: Int32Array;
  /** The same of each round of the season after this one. */
  later: Int32Array[];
  /** How many rounds of the season are published. */
  published: number;
}

export function seasonSight(season: Season, round: number): SeasonSight {
  const published = roundNumbers(season).indexOf(round);
  const [planned, ...later] = season.rounds.slice(published);
  return { rows: season.rows, planned, later, published };
}

/** Returns how often each pair present shares a group in the rounds. */
export function countMeetings(rounds: readonly PastRound[], positions: Int32Array): PairTable {
  return meetingPenalties([...rounds], { positions, halfLifeRounds: Number.POSITIVE_INFINITY, weight: 1 });
}

/** Returns the planned round by position; `positions` are those of the rows of the people present, -1 of other rows. */
export function plannedRound(
  { rows, planned, later, published }: SeasonSight,
  size: number,
  positions: Int32Array,
  pastRounds: readonly PastRound[],
): PlannedRound {
  const positionsOfPlan = Int32Array.from(rows, (row) => positions[row] ?? -1);
  const groups = new Int32Array(size).fill(-1);
  positionsOfPlan.forEach((position, at) => {
    if (position >= 0) groups[position] = planned[at];
  });
  const inSeason = pastRounds.filter(({ age }) => age <= published);
  const laterRounds = later.map((groupOf) => ({ groupOf, age: 0 }));
  return {
    planned: groups,
    met: countMeetings(inSeason, positions),
    metLater: countMeetings(laterRounds, positionsOfPlan),
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
