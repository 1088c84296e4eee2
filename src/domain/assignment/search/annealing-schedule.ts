/**
 * Simulated annealing's schedule: how hot to start, how cold to end, and how long in between.
 *
 * The natural unit is the spread of the gain of a random exchange, which needs no knowledge of where affinities come
 * from: what a person brings to every group alike cancels in it.
 */
import { uniform } from "../../random.ts";

export interface Schedule {
  /** 0 accepts gains alone. */
  temperatureStart: number;
  temperatureEnd: number;
  /** An exchange in the closing descent must gain more than this. */
  gainMin: number;
  evaluationsMax: number;
  seed: number;
  shouldStop?: () => boolean;
  progress?: () => number;
}

/** The share of the schedule that is over, by evaluations or by the caller's time; 1 ends it. */
export function elapsedShare(byEvaluations: number, { shouldStop, progress }: Schedule): number {
  if (shouldStop?.()) return 1;
  return progress ? Math.max(byEvaluations, progress()) : byEvaluations;
}

/** The schedule's progress seen from a part of it, between two shares of the whole. */
export function partOfProgress(
  progress: (() => number) | undefined,
  from: number,
  to: number,
): (() => number) | undefined {
  return progress && (() => (progress() - from) / (to - from));
}

/** Measured on MDGPLIB n = 240 and on low-rank instances: above it partitions melt, below it they are frozen. */
const START_PER_SPREAD = 0.14;
const END_PER_SPREAD = 0.04;
const SAMPLES = 4000;

/**
 * Returns the standard deviation of the gain of exchanging two people between random groups: sqrt(groupSize - 1) times
 * that of w(j,k) - w(i,k) + w(i,l) - w(j,l).
 */
export function swapGainSpread(
  size: number,
  groupSize: number,
  weight: (i: number, j: number) => number,
  seed: number,
): number {
  if (size < 4) return 0;
  const next = uniform(seed);
  const pick = () => Math.floor(next() * size);
  let squares = 0;
  let count = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const [i, j, k, l] = [pick(), pick(), pick(), pick()];
    if (i === j || i === k || i === l || j === k || j === l || k === l) continue;
    squares += (weight(j, k) - weight(i, k) + weight(i, l) - weight(j, l)) ** 2;
    count++;
  }
  return Math.sqrt(((groupSize - 1) * squares) / Math.max(1, count));
}

/**
 * Returns the standard deviation of what a pair is worth beyond what each of the two brings to any group: of the residuals
 * of a(i, j) once a term for i and one for j are taken off. It is 0 below 4 people, who make one group.
 */
export function pairSpread(size: number, weight: (i: number, j: number) => number, seed: number): number {
  return swapGainSpread(size, 2, weight, seed) / 2;
}

/**
 * Returns temperatures that start from the spread of everything the search sees and end by that of affinities, where
 * those are what is left to decide.
 */
export function temperatures(
  spread: number,
  affinitySpread: number,
): Pick<Schedule, "temperatureStart" | "temperatureEnd"> {
  const coldest = affinitySpread > 0 ? Math.min(spread, affinitySpread) : spread;
  return { temperatureStart: START_PER_SPREAD * spread, temperatureEnd: END_PER_SPREAD * coldest };
}

/** Fills a table with logarithms of uniform numbers: Metropolis accepts a gain above temperature * log(u). */
export function logUniforms(length: number, next: () => number): Float64Array {
  return Float64Array.from({ length }, () => Math.log(next() + 2 ** -33));
}
