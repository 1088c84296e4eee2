/**
 * Chooses the search that fits a problem's size, its group size and its form of affinity.
 */
import { shuffle, uniform } from "../../random.ts";
import { pairAffinity } from "../pairs/affinity.ts";
import {
  costOfPair,
  type PairFunction,
  scoreOfPair,
  weightOfPair,
  wishCostOf,
} from "../pairs/pair-weight.ts";
import type { AssignmentOptions, AssignmentProblem } from "../problem.ts";
import { partOfProgress, type Schedule, swapGainSpread, temperatures } from "./annealing-schedule.ts";
import { annealDense } from "./dense-annealing.ts";
import { EXACT_EVALUATIONS, isExactlySolvable, solveExactly } from "./exact.ts";
import { fairLandscape } from "./fair-landscape.ts";
import { createGrouping } from "./grouping.ts";
import { annealLowRank } from "./low-rank-annealing.ts";
import { pairLandscape } from "./pair-landscape.ts";
import { annealWithPartners, type Landscape } from "./partner-annealing.ts";
import { bestPartners } from "./partners.ts";
import { withSlots } from "./slot-landscape.ts";
import { sparseCosts } from "./sparse-costs.ts";

/** Up to this many people weights are kept as a matrix (64 MB). */
const MATRIX_SIZE_MAX = 4096;
/** The matrix search looks at everybody; beyond this many people small groups are better off aiming at partners. */
const SMALL_GROUP_MAX = 6;
const SMALL_GROUP_MATRIX_SIZE_MAX = 400;
/** Annealings of so many people together, up to so many, each of so many evaluations a person at least. */
const RUNS_PEOPLE = 240;
const RUNS_MAX = 8;
const RUN_EVALUATIONS_PER_PERSON = 2500;
/** The fair objective starts from the best total, found with this share of the budget. */
const TOTAL_SHARE = 0.4;
/** The fair objective is steeper than the total where it is low: annealing starts hotter by this and how much steeper. */
const FAIR_HEAT = 0.5;
const STEEPNESS_SAMPLES = 500;
const WISHES_PER_SLOT = 2;
/** With a warm start an exchange must gain this share of the usual spread: people are not moved for trifles. */
const WARM_GAIN_PER_SPREAD = 0.02;

/** Improves the partition `groupOf` in place. Returns the number of evaluations. */
export function search(
  problem: AssignmentProblem,
  groupOf: Int32Array,
  groupCount: number,
  options: AssignmentOptions,
): number {
  const { size } = problem.affinity;
  if (groupCount < 2 || groupCount >= size) return 0;
  const weight = needsMatrix(problem, options) ? tabulate(size, weightOfPair(problem)) : undefined;
  const schedule = scheduleFor(problem, options);
  if (options.objective !== "fair") return maximizeTotal(problem, groupOf, groupCount, schedule, weight);
  const first = {
    ...schedule,
    evaluationsMax: Math.floor(options.evaluationsMax * TOTAL_SHARE),
    progress: partOfProgress(options.progress, 0, TOTAL_SHARE),
  };
  const spent = maximizeTotal(problem, groupOf, groupCount, first, weight);
  const pairWeight = weight ? lookUp(size, weight) : weightOfPair(problem);
  const fair = fairLandscape(createGrouping(groupOf, groupCount), pairWeight);
  const total = pairLandscape(createGrouping(groupOf.slice(), groupCount), pairWeight);
  const steep = steepness(fair, total, options.seed);
  const heat = FAIR_HEAT * steep;
  const { slots } = problem;
  const landscape = slots ? withSlots(fair, slots, steep * slotCostOf(problem)) : fair;
  const rest = {
    ...schedule,
    temperatureStart: heat * schedule.temperatureStart,
    evaluationsMax: options.evaluationsMax - spent,
    progress: partOfProgress(options.progress, TOTAL_SHARE, 1),
  };
  const best = groupOf.slice();
  const evaluations = annealWithPartners(landscape, bestPartners(size, pairWeight, options.seed), rest);
  // a sum of utilities may cost one member much; who is worst off shall not be worse off for it
  if (worstSum(groupOf, groupCount, pairWeight) < worstSum(best, groupCount, pairWeight)) groupOf.set(best);
  return spent + evaluations;
}

/** The smallest of the members' sums with their groupmates. */
function worstSum(groupOf: Int32Array, groupCount: number, weight: PairFunction): number {
  const { members, start } = createGrouping(groupOf, groupCount);
  let worst = Number.POSITIVE_INFINITY;
  for (let group = 0; group + 1 < start.length; group++) {
    const mates = members.subarray(start[group], start[group + 1]);
    for (const one of mates) {
      const sum = mates.reduce((total, other) => (other === one ? total : total + weight(one, other)), 0);
      worst = Math.min(worst, sum);
    }
  }
  return worst;
}

/** How much more a random exchange changes one landscape than the other. */
function steepness(landscape: Landscape, other: Landscape, seed: number): number {
  const { groupOf } = landscape.grouping;
  const next = uniform(seed);
  let [sum, sumOfOther] = [0, 0];
  for (let sample = 0; sample < STEEPNESS_SAMPLES; sample++) {
    const i = Math.floor(next() * groupOf.length);
    const j = Math.floor(next() * groupOf.length);
    if (groupOf[i] === groupOf[j]) continue;
    sum += Math.abs(landscape.swapGain(i, j, Number.NEGATIVE_INFINITY));
    sumOfOther += Math.abs(other.swapGain(i, j, Number.NEGATIVE_INFINITY));
  }
  return sumOfOther > 0 ? sum / sumOfOther : 1;
}

/** Low rank in small groups is summed faster than it is looked up. */
function needsMatrix(
  { affinity, groupSize, slots }: AssignmentProblem,
  { objective }: AssignmentOptions,
): boolean {
  if (affinity.size > MATRIX_SIZE_MAX) return false;
  if (slots) return true;
  return affinity.kind !== "low-rank" || objective === "fair" || isForMatrixSearch(affinity.size, groupSize);
}

function isForMatrixSearch(size: number, groupSize: number): boolean {
  return groupSize > SMALL_GROUP_MAX || size <= SMALL_GROUP_MATRIX_SIZE_MAX;
}

function maximizeTotal(
  problem: AssignmentProblem,
  groupOf: Int32Array,
  groupCount: number,
  schedule: Schedule,
  matrix: Float32Array | undefined,
): number {
  const { affinity, groupSize, slots } = problem;
  const { size } = affinity;
  if (matrix && !slots && isForMatrixSearch(size, groupSize))
    return maximizeMatrix(matrix, groupOf, groupCount, schedule);
  const grouping = createGrouping(groupOf, groupCount);
  if (affinity.kind === "low-rank" && !slots) {
    const cost = costOfPair(problem);
    const spread = swapGainSpread(size, groupSize, pairAffinity(affinity), schedule.seed);
    return annealLowRank(affinity, grouping, schedule, spread, cost && sparseCosts(grouping, cost));
  }
  const weight = matrix ? lookUp(size, matrix) : weightOfPair(problem);
  const partners = bestPartners(size, weight, schedule.seed);
  const landscape = pairLandscape(grouping, weight);
  const whole = slots ? withSlots(landscape, slots, slotCostOf(problem)) : landscape;
  return annealWithPartners(whole, partners, schedule);
}

/** A group without a time is worse than a few broken wishes, and better than a block. */
function slotCostOf(problem: AssignmentProblem): number {
  return WISHES_PER_SLOT * wishCostOf(problem);
}

/** Few people are better annealed several times, from other groups each: who sits in the larger ones is settled early. */
function annealOften(
  matrix: Float32Array,
  groupOf: Int32Array,
  groupCount: number,
  schedule: Schedule,
): number {
  const size = groupOf.length;
  const { evaluationsMax, temperatureStart, seed, progress } = schedule;
  const affordable = Math.floor(evaluationsMax / (RUN_EVALUATIONS_PER_PERSON * size));
  const runs = Math.max(1, Math.min(RUNS_MAX, affordable, Math.floor(RUNS_PEOPLE / size)));
  if (runs === 1 || temperatureStart === 0) return annealDense(matrix, groupOf, groupCount, schedule);
  const next = uniform(seed);
  const found = groupOf.slice();
  let best = Number.NEGATIVE_INFINITY;
  let evaluations = 0;
  for (let run = 0; run < runs && !(run > 0 && schedule.shouldStop?.()); run++) {
    if (run > 0) shuffle(found, next);
    evaluations += annealDense(matrix, found, groupCount, {
      ...schedule,
      seed: seed + run * 0x9e3779b1,
      evaluationsMax: Math.floor(evaluationsMax / runs),
      progress: partOfProgress(progress, run / runs, (run + 1) / runs),
    });
    const score = scoreOfMatrix(matrix, found);
    if (score <= best) continue;
    best = score;
    groupOf.set(found);
  }
  return evaluations;
}

function scoreOfMatrix(matrix: Float32Array, groupOf: Int32Array): number {
  const size = groupOf.length;
  let score = 0;
  for (let i = 0; i < size; i++)
    for (let j = i + 1; j < size; j++) if (groupOf[i] === groupOf[j]) score += matrix[i * size + j];
  return score;
}

/** Anneals; a few people with budget enough get the proven optimum, for which a short annealing is a good start. */
function maximizeMatrix(
  matrix: Float32Array,
  groupOf: Int32Array,
  groupCount: number,
  schedule: Schedule,
): number {
  const { evaluationsMax, temperatureStart, shouldStop } = schedule;
  const sizes = new Int32Array(groupCount);
  for (const group of groupOf) sizes[group]++;
  if (
    temperatureStart === 0 ||
    evaluationsMax < EXACT_EVALUATIONS ||
    !isExactlySolvable(groupOf.length, sizes)
  )
    return annealOften(matrix, groupOf, groupCount, schedule);
  const start = { ...schedule, evaluationsMax: EXACT_EVALUATIONS / 4 };
  const spent = annealOften(matrix, groupOf, groupCount, start);
  if (shouldStop?.()) return spent;
  // a second pass starts from what the first found, with less left to search
  const isProven = solveExactly(matrix, sizes, groupOf) || solveExactly(matrix, sizes, groupOf);
  const rest = evaluationsMax - EXACT_EVALUATIONS;
  if (isProven || rest < EXACT_EVALUATIONS) return EXACT_EVALUATIONS;
  return EXACT_EVALUATIONS + annealOften(matrix, groupOf, groupCount, { ...schedule, evaluationsMax: rest });
}

function scheduleFor(problem: AssignmentProblem, options: AssignmentOptions): Schedule {
  const { size } = problem.affinity;
  const { seed, evaluationsMax, shouldStop, progress } = options;
  const groupSize = Math.min(problem.groupSize, size - 1);
  const scoreSpread = swapGainSpread(size, groupSize, scoreOfPair(problem), seed);
  const affinitySpread = swapGainSpread(size, groupSize, pairAffinity(problem.affinity), seed);
  // hot enough to trade one broken wish for another; blocks would be hotter than is of use
  const wishes = weightOfPair({ ...problem, blocked: undefined });
  const hottest =
    swapGainSpread(size, groupSize, wishes, seed) ||
    swapGainSpread(size, groupSize, weightOfPair(problem), seed);
  const hot = temperatures(hottest, affinitySpread || scoreSpread);
  const gainMin = 1e-7 * scoreSpread;
  if (!options.warmStart) return { ...hot, gainMin, evaluationsMax, seed, shouldStop, progress };
  const warm = { temperatureStart: 0, temperatureEnd: 0, gainMin: WARM_GAIN_PER_SPREAD * scoreSpread };
  return { ...warm, evaluationsMax, seed, shouldStop, progress };
}

/** Weights as a size x size matrix with a diagonal of 0. */
function tabulate(size: number, weight: PairFunction): Float32Array {
  const matrix = new Float32Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = i + 1; j < size; j++) {
      const value = weight(i, j);
      matrix[i * size + j] = value;
      matrix[j * size + i] = value;
    }
  return matrix;
}

function lookUp(size: number, matrix: Float32Array): PairFunction {
  return (i, j) => matrix[i * size + j];
}
