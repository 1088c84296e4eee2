/**
 * Plans a season: as many rounds as asked for, in which nobody meets twice as far as that can be, with the people put on
 * the places of the schedule for affinity. Blocks, matched tags and the rematch window outweigh both.
 */
import { assignGroups } from "../assignment/assign-groups.ts";
import { rematchPairs } from "../assignment/pairs/meeting-penalties.ts";
import { forEachPair, type PairTable } from "../assignment/pairs/pair-table.ts";
import { costOfPair } from "../assignment/pairs/pair-weight.ts";
import type { AssignmentProblem } from "../assignment/problem.ts";
import { measureQuality } from "../assignment/quality.ts";
import { brokenWishes } from "../assignment/reassign.ts";
import { separateBlocked } from "../assignment/separate-blocked.ts";
import { countRepeats, planRounds } from "../planning/plan-rounds.ts";
import { relabelRounds } from "../planning/relabel.ts";
import { repairRound } from "../planning/repair-round.ts";
import { type GroupingState, positionsOf, problemOf } from "./compose-draft.ts";
import { countMeetings } from "./season-round.ts";

/** How good a plan is, over all of its rounds. */
export interface PlanQuality {
  /** Meetings in the season beyond a pair's first. */
  repeats: number;
  /** Meetings in the season of pairs that had met before it. */
  metBefore: number;
  /** Of the pairs in one group. */
  affinity: number;
  /** The same if every round were the one of highest affinity, whoever meets again. */
  freeAffinity: number;
}

export interface SeasonPlan {
  /** The group of each person by position, round after round. */
  rounds: Int32Array[];
  quality: PlanQuality;
}

const FREE_EVALUATIONS_PER_PERSON = 20_000;
const FREE_EVALUATIONS_MAX = 10_000_000;
const PLAN_EVALUATIONS_MAX = 60_000_000;
/** One costs time with the number of people: together some 4 s of a Lambda's CPU, and 2 million for up to 250 people. */
const RELABEL_PAIRS_MAX = 500_000_000;
const RELABEL_EVALUATIONS_MAX = 2_000_000;
/** Shared by the rounds that have to be repaired. */
const REPAIR_EVALUATIONS_MAX = 20_000_000;

/** Plans `roundCount` rounds for the people of `state`. `shouldStop` ends the search for a schedule with the best by then. */
export function planSeason(state: GroupingState, roundCount: number, shouldStop?: () => boolean): SeasonPlan {
  const { seed, settings, pastRounds } = state;
  const size = state.people.length;
  const { problem, value } = problemOf(state);
  const positions = positionsOf(state);
  const { groupSize, groupSizeMin, groupSizeMax, blocked, tags } = problem;
  const sizes = { groupSize, groupSizeMin, groupSizeMax };
  const metBefore = countMeetings(pastRounds, positions);
  const schedule = { size, ...sizes, roundCount, seed, evaluationsMax: PLAN_EVALUATIONS_MAX, shouldStop };
  const everMet = rematchPairs(pastRounds, Number.POSITIVE_INFINITY, positions);
  const labelled = relabelRounds(planRounds(schedule).rounds, value, {
    seed,
    evaluationsMax: Math.min(RELABEL_EVALUATIONS_MAX, Math.floor(RELABEL_PAIRS_MAX / size)),
    cost: costOfPair({ ...problem, penalty: undefined, rematch: everMet }),
  });
  const problemOfRound = (at: number): AssignmentProblem => ({
    ...problem,
    rematch: rematchPairs(pastRounds, settings.rematchWindowRounds - at, positions),
  });
  const rounds = keepWishes(labelled, problemOfRound, seed);
  const plain: AssignmentProblem = { affinity: { kind: "pairwise", size, value }, groupSize };
  const affinityOf = (groupOf: Int32Array) => measureQuality(plain, groupOf).score;
  const free = assignGroups(
    { affinity: problem.affinity, ...sizes, blocked, tags },
    { seed, evaluationsMax: Math.min(FREE_EVALUATIONS_MAX, FREE_EVALUATIONS_PER_PERSON * size) },
  );
  const quality: PlanQuality = {
    repeats: countRepeats(rounds),
    metBefore: rounds.reduce((sum, groupOf) => sum + pairsIn(metBefore, groupOf), 0),
    affinity: rounds.reduce((sum, groupOf) => sum + affinityOf(groupOf), 0),
    freeAffinity: rounds.length * affinityOf(free.groupOf),
  };
  return { rounds, quality };
}

/** Repairs the rounds that break a hard wish, as they would be when they are drafted, each with the others as they are by then. */
function keepWishes(
  planned: Int32Array[],
  problemOfRound: (at: number) => AssignmentProblem,
  seed: number,
): Int32Array[] {
  const rounds = planned.slice();
  const isBroken = rounds.map((groupOf, at) => brokenWishes(measureQuality(problemOfRound(at), groupOf)) > 0);
  const evaluationsMax = Math.floor(REPAIR_EVALUATIONS_MAX / Math.max(1, isBroken.filter(Boolean).length));
  const everybody = Int32Array.from(rounds[0] ?? [], (_, position) => position);
  const meetingsOf = (some: Int32Array[]) =>
    countMeetings(
      some.map((groupOf) => ({ groupOf, age: 0 })),
      everybody,
    );
  rounds.forEach((round, at) => {
    if (!isBroken[at]) return;
    const [met, metLater] = [meetingsOf(rounds.slice(0, at)), meetingsOf(rounds.slice(at + 1))];
    const problem = problemOfRound(at);
    const options = { seed: seed + at, evaluationsMax };
    const { groupOf, groupCount } = repairRound(problem, { planned: round, met, metLater }, options);
    separateBlocked(groupOf, groupCount, problem.blocked ?? new Int32Array());
    rounds[at] = groupOf;
  });
  return rounds;
}

function pairsIn(pairs: PairTable, groupOf: Int32Array): number {
  let count = 0;
  forEachPair(pairs, (i, j) => {
    if (groupOf[i] === groupOf[j]) count++;
  });
  return count;
}
