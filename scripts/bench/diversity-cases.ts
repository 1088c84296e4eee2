/**
 * Many rounds: the cases whose value is how often people meet again, or how many rounds pass before they must.
 */
import { assignGroups } from "../../src/domain/assignment/assign-groups.ts";
import { meetingPenalties, type PastRound } from "../../src/domain/assignment/pairs/meeting-penalties.ts";
import type { AssignmentProblem } from "../../src/domain/assignment/problem.ts";
import { countRepeats, planRounds } from "../../src/domain/planning/plan-rounds.ts";
import { relabelRounds } from "../../src/domain/planning/relabel.ts";
import { uniform } from "../../src/domain/random.ts";
import { assignForSeconds, cpuSeconds } from "./budget.ts";
import { dense } from "./instances.ts";
import { type BenchOptions, type BenchResult, result } from "./result.ts";

/** Groups, their size, rounds, and repeats of the plain annealer and of good-enough-golfers. */
const REPEAT_CASES = [
  { groups: 8, size: 4, rounds: 10, annealer: 27 },
  { groups: 20, size: 5, rounds: 20, annealer: 52 },
  { groups: 25, size: 4, rounds: 33, annealer: 199 },
];

/** Known maxima of the social golfer problem: groups, size, rounds without a repeat. */
const GOLFER_MAXIMA = [
  [8, 4, 10],
  [8, 3, 11],
  [7, 4, 9],
  [6, 4, 7],
  [5, 3, 7],
  [5, 4, 5],
  [9, 3, 13],
  [10, 3, 14],
  [10, 4, 13],
  [10, 5, 9],
];

const PLAN_EVALUATIONS = 60_000_000;

/** Each case planned ahead, and one round at a time knowing only the past: what a season is for. */
export function* onlineRepeats({ seed, seconds }: BenchOptions): Generator<BenchResult> {
  for (const { groups, size, rounds, annealer } of REPEAT_CASES) {
    const people = groups * size;
    const instance = `${groups}x${size}, ${rounds} rounds`;
    const started = cpuSeconds();
    const plan = planRounds({
      size: people,
      groupSize: size,
      roundCount: rounds,
      seed,
      evaluationsMax: PLAN_EVALUATIONS,
    });
    const planned = {
      case: "online-repeats",
      instance: `${instance}, planned`,
      seed,
      cpuSeconds: cpuSeconds() - started,
    };
    yield result({ ...planned, value: plan.repeats, reference: annealer, goal: 0 }, "lower");
    const online = assignOnline(people, size, rounds, seed, seconds ?? 2);
    const line = {
      case: "online-repeats",
      instance: `${instance}, online`,
      seed,
      cpuSeconds: online.cpuSeconds,
    };
    yield result({ ...line, value: online.repeats, reference: annealer, goal: null }, "lower");
  }
}

/** Rounds one by one; every meeting costs 1 however long ago, and there is no affinity. `cpuSeconds` is a round's mean. */
function assignOnline(people: number, groupSize: number, roundCount: number, seed: number, seconds: number) {
  const rounds: PastRound[] = [];
  const positions = Int32Array.from({ length: people }, (_, i) => i);
  let spent = 0;
  for (let round = 0; round < roundCount; round++) {
    const penalty = meetingPenalties(rounds, {
      positions,
      halfLifeRounds: Number.POSITIVE_INFINITY,
      weight: 1,
    });
    const problem: AssignmentProblem = { ...dense(people, groupSize, () => 0), penalty };
    const assignment = assignForSeconds(problem, { seed: seed + round }, seconds);
    spent += assignment.cpuSeconds;
    rounds.push({ groupOf: assignment.groupOf, age: 1 });
  }
  return { repeats: countRepeats(rounds.map((round) => round.groupOf)), cpuSeconds: spent / roundCount };
}

/** The value is the number of rounds planned without a repeat: the known maximum, or as many as a shorter plan has. */
export function* golfer({ seed }: BenchOptions): Generator<BenchResult> {
  for (const [groups, size, maximum] of GOLFER_MAXIMA) {
    const started = cpuSeconds();
    let reached = maximum;
    for (; reached > 0; reached--) {
      const options = { size: groups * size, groupSize: size, roundCount: reached, seed };
      if (planRounds({ ...options, evaluationsMax: PLAN_EVALUATIONS }).repeats === 0) break;
    }
    const line = { case: "golfer", instance: `${groups}x${size}`, seed, cpuSeconds: cpuSeconds() - started };
    yield result({ ...line, value: reached, reference: maximum, goal: maximum });
  }
}

/**
 * Rounds without a repeat, relabelled for affinity, as a share of what the same number of rounds would reach if repeats
 * cost nothing. Affinities are uniform in 0..1; a random schedule reaches half of what can be had.
 */
export function* designedAffinity({ seed }: BenchOptions): Generator<BenchResult> {
  for (const [groups, size, roundCount] of [
    [8, 4, 3],
    [8, 4, 6],
    [25, 4, 6],
    [20, 5, 10],
  ]) {
    const people = groups * size;
    const next = uniform(seed);
    const problem = dense(people, size, () => next());
    const affinity = (i: number, j: number) =>
      problem.affinity.kind === "dense" ? problem.affinity.values[i * people + j] : 0;
    const free = assignGroups(problem, { seed, evaluationsMax: 20_000_000 }).score * roundCount;
    const started = cpuSeconds();
    const plan = planRounds({
      size: people,
      groupSize: size,
      roundCount,
      seed,
      evaluationsMax: PLAN_EVALUATIONS,
    });
    const rounds = relabelRounds(plan.rounds, affinity, { seed, evaluationsMax: 2_000_000 });
    let kept = 0;
    for (const round of rounds)
      for (let i = 0; i < people; i++)
        for (let j = i + 1; j < people; j++) if (round[i] === round[j]) kept += affinity(i, j);
    const instance = `${groups}x${size}, ${roundCount} rounds, ${countRepeats(rounds)} repeats, share`;
    const line = { case: "designed-affinity", instance, seed, cpuSeconds: cpuSeconds() - started };
    yield result({ ...line, value: kept / free, reference: null, goal: null });
  }
}
