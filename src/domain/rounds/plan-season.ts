/**
 * Plans a season: as many rounds as asked for, in which nobody meets twice as far as that can be, and of high affinity
 * within that. Blocks, matched tags and the rematch window outweigh both.
 */
import { assignGroups } from "../assignment/assign-groups.ts";
import { rematchPairs } from "../assignment/pairs/meeting-penalties.ts";
import { forEachPair, type PairTable } from "../assignment/pairs/pair-table.ts";
import { costOfPair } from "../assignment/pairs/pair-weight.ts";
import type { AssignmentProblem } from "../assignment/problem.ts";
import { groupMembers, measureQuality } from "../assignment/quality.ts";
import { brokenWishes } from "../assignment/reassign.ts";
import { separateBlocked } from "../assignment/separate-blocked.ts";
import { countRepeats, planRounds } from "../planning/plan-rounds.ts";
import { groupInTurn, type RefineOptions, refineRounds } from "../planning/refine-rounds.ts";
import { relabelRounds } from "../planning/relabel.ts";
import { type GroupingState, positionsOf, problemOf } from "./compose-draft.ts";
import type { PlanQuality } from "./season.ts";
import { countMeetings } from "./season-round.ts";

export interface SeasonPlan {
  /** The group of each person by position, round after round. */
  rounds: Int32Array[];
  quality: PlanQuality;
}

/** Of one grouping of one round; four times as many gain less than 1%. */
const ROUND_EVALUATIONS_PER_PERSON = 5_000;
/** Shared by the rounds, once each. */
const ROUNDS_EVALUATIONS_MAX = 20_000_000;
const FREE_EVALUATIONS_PER_PERSON = 20_000;
const FREE_EVALUATIONS_MAX = 2_000_000;
/** A larger schedule takes more to find; where none is free of repeats, all of it is spent: some 9 s from 77 people on. */
const SCHEDULE_EVALUATIONS_PER_PAIR = 20_000;
const SCHEDULE_EVALUATIONS_MAX = 60_000_000;
const RELABEL_EVALUATIONS_PER_PERSON = 20_000;
/** An evaluation of relabelling costs time with the number of people: together some 2 s. */
const RELABEL_PAIRS_MAX = 200_000_000;
const SWEEPS_MAX = 6;

interface Planning {
  state: GroupingState;
  /** Without a penalty, which is of single rounds. */
  problem: AssignmentProblem;
  value: (i: number, j: number) => number;
  metBefore: PairTable;
  refining: RefineOptions;
}

function planningOf(state: GroupingState, roundCount: number, shouldStop?: () => boolean): Planning {
  const { seed, settings, pastRounds, people } = state;
  const asked = problemOf(state);
  const problem = { ...asked.problem, penalty: undefined };
  const positions = positionsOf(state);
  const metBefore = countMeetings(pastRounds, positions);
  const problemOfRound = (at: number) => ({
    ...problem,
    rematch: rematchPairs(pastRounds, settings.rematchWindowRounds - at, positions),
  });
  const evaluationsMax = Math.min(
    Math.floor(ROUNDS_EVALUATIONS_MAX / roundCount),
    ROUND_EVALUATIONS_PER_PERSON * people.length,
  );
  const refining = { problemOfRound, metBefore, seed, evaluationsMax, shouldStop };
  return { state, problem, value: asked.value, metBefore, refining };
}

/**
 * Plans `roundCount` rounds for the people of `state`. Rounds grouped in turn have the highest affinity; where they run into
 * repeats, a schedule of all rounds at once has fewer. `shouldStop` ends each search with the best by then.
 */
export function planSeason(state: GroupingState, roundCount: number, shouldStop?: () => boolean): SeasonPlan {
  const season = planningOf(state, roundCount, shouldStop);
  const inTurn = groupInTurn(roundCount, season.refining);
  const isFaultless = inTurn && faultsOf(inTurn, season).every((count) => count === 0);
  const found = isFaultless ? inTurn : bestRounds(inTurn, scheduleRounds(roundCount, season), season);
  const { problem } = season;
  const rounds = found.map((groupOf) => separated(groupOf, problem));
  const { seed } = state;
  const evaluationsMax = Math.min(FREE_EVALUATIONS_MAX, FREE_EVALUATIONS_PER_PERSON * state.people.length);
  const free = assignGroups({ ...problem, rematch: undefined }, { seed, evaluationsMax });
  const [, repeats, metBefore] = faultsOf(rounds, season);
  const quality: PlanQuality = {
    repeats,
    metBefore,
    affinity: affinityOf(rounds, season),
    freeAffinity: rounds.length * affinityOf([separated(free.groupOf, problem)], season),
  };
  return { rounds, quality };
}

/** A schedule with as few repeats as can be found, with people on the places of highest affinity. */
function scheduleRounds(roundCount: number, { state, problem, value, refining }: Planning): Int32Array[] {
  const { seed, pastRounds, people } = state;
  const { groupSize, groupSizeMin, groupSizeMax } = problem;
  const { shouldStop } = refining;
  const size = people.length;
  const options = { size, groupSize, groupSizeMin, groupSizeMax, roundCount, seed, shouldStop };
  const evaluationsMax = Math.min(
    SCHEDULE_EVALUATIONS_MAX,
    (SCHEDULE_EVALUATIONS_PER_PAIR * (size * (size - 1))) / 2,
  );
  const { rounds } = planRounds({ ...options, evaluationsMax });
  const everMet = rematchPairs(pastRounds, Number.POSITIVE_INFINITY, positionsOf(state));
  return relabelRounds(rounds, value, {
    seed,
    evaluationsMax: Math.min(RELABEL_EVALUATIONS_PER_PERSON * size, Math.floor(RELABEL_PAIRS_MAX / size)),
    cost: costOfPair({ ...problem, rematch: everMet }),
  });
}

/** Broken wishes, meetings beyond a pair's first, meetings of pairs that had met before the season: what is worse comes first. */
function faultsOf(rounds: Int32Array[], { refining, metBefore }: Planning): number[] {
  const broken = rounds.map((groupOf, at) =>
    brokenWishes(measureQuality(refining.problemOfRound(at), groupOf)),
  );
  const again = rounds.map((groupOf) => pairsIn(metBefore, groupOf));
  const sum = (counts: number[]) => counts.reduce((a, b) => a + b, 0);
  return [sum(broken), countRepeats(rounds), sum(again)];
}

/** The better of two plans when each round is grouped anew beside the others. */
function bestRounds(
  inTurn: Int32Array[] | undefined,
  scheduled: Int32Array[],
  season: Planning,
): Int32Array[] {
  const [best, other] = [scheduled, inTurn].map(
    (rounds) => rounds && refineRounds(rounds, SWEEPS_MAX, season.refining),
  );
  if (!best || !other) return best ?? scheduled;
  const faultsOfOther = faultsOf(other, season);
  const differences = faultsOf(best, season).map((count, at) => count - faultsOfOther[at]);
  const decisive = differences.find((difference) => difference !== 0);
  const isOtherBetter =
    decisive === undefined ? affinityOf(other, season) > affinityOf(best, season) : decisive > 0;
  return isOtherBetter ? other : best;
}

function affinityOf(rounds: Int32Array[], { state, problem, value }: Planning): number {
  const affinity = { kind: "pairwise" as const, size: state.people.length, value };
  const { groupSize } = problem;
  return rounds.reduce((sum, groupOf) => sum + measureQuality({ affinity, groupSize }, groupOf).score, 0);
}

function pairsIn(pairs: PairTable, groupOf: Int32Array): number {
  let count = 0;
  forEachPair(pairs, (i, j) => {
    if (groupOf[i] === groupOf[j]) count++;
  });
  return count;
}

function separated(groupOf: Int32Array, { blocked = new Int32Array() }: AssignmentProblem): Int32Array {
  const apart = groupOf.slice();
  separateBlocked(apart, groupMembers(groupOf).length, blocked);
  return apart;
}
