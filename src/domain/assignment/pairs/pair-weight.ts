/**
 * What a pair costs besides its affinity: past meetings and mixed tags, which count in the score, and broken wishes,
 * which do not but outweigh any affinity in the search, so that a partition that cannot keep them all still keeps as
 * many as it can, blocks before the rest.
 */

import type { AssignmentProblem } from "../problem.ts";
import { pairAffinity } from "./affinity.ts";
import { sharesSlot } from "./common-slots.ts";
import { addToPair, createPairTable, type PairTable, pairValue } from "./pair-table.ts";

export type PairFunction = (i: number, j: number) => number;

/** Pairs looked at to learn how large scores are. */
const SAMPLED_PAIRS = 4096;

/** A rematch or a mismatch outweighs what an exchange can gain elsewhere; a block outweighs many of them. */
const WISHES_PER_BLOCK = 64;

/** Returns the pair's affinity less its penalty and its tag costs, as a function. */
export function scoreOfPair(problem: AssignmentProblem): PairFunction {
  return less(pairAffinity(problem.affinity), softCostOfPair(problem));
}

/** Returns the score less the cost of broken wishes, as a function: what the search maximizes. */
export function weightOfPair(problem: AssignmentProblem): PairFunction {
  return less(pairAffinity(problem.affinity), costOfPair(problem));
}

/** Returns all costs of a pair as one function, never negative; undefined if the problem has none. */
export function costOfPair(problem: AssignmentProblem): PairFunction | undefined {
  const soft = softCostOfPair(problem);
  const hasMatch = (problem.tags ?? []).some((tag) => tag.kind === "match");
  const { slots } = problem;
  if (!problem.blocked?.length && !problem.rematch?.length && !hasMatch && !slots) return soft;
  const wishCost = wishCostOf(problem);
  const broken = createPairTable();
  addPairs(broken, problem.blocked, wishCost * WISHES_PER_BLOCK);
  addPairs(broken, problem.rematch, wishCost);
  return (i, j) => {
    let cost = pairValue(broken, i, j) + (soft ? soft(i, j) : 0);
    if (hasMatch && isMismatched(problem, i, j)) cost += wishCost;
    return slots && !sharesSlot(slots, i, j) ? cost + wishCost : cost;
  };
}

/** What a rematch or a mismatch costs in the search. */
export function wishCostOf(problem: AssignmentProblem): number {
  return 4 * problem.groupSize * largestScore(problem.affinity.size, scoreOfPair(problem));
}

/** Says whether a `match` tag sets the two apart. */
export function isMismatched(problem: AssignmentProblem, i: number, j: number): boolean {
  for (const { kind, codes } of problem.tags ?? [])
    if (kind === "match" && codes[i] >= 0 && codes[j] >= 0 && codes[i] !== codes[j]) return true;
  return false;
}

function softCostOfPair({ penalty, tags = [], priors = [] }: AssignmentProblem): PairFunction | undefined {
  const mixTags = tags.filter((tag) => tag.kind === "mix");
  if (mixTags.length === 0 && priors.length === 0) return penalty && ((i, j) => pairValue(penalty, i, j));
  return (i, j) => {
    let cost = penalty ? pairValue(penalty, i, j) : 0;
    for (const { codes, weight = 0 } of mixTags) if (codes[i] >= 0 && codes[i] === codes[j]) cost += weight;
    for (const { codes, newcomers, worth } of priors) {
      const isEqual = codes[i] >= 0 && codes[i] === codes[j];
      if ((newcomers[i] === 1 || newcomers[j] === 1) && isEqual !== worth > 0) cost += Math.abs(worth);
    }
    return cost;
  };
}

function less(value: PairFunction, cost: PairFunction | undefined): PairFunction {
  return cost ? (i, j) => value(i, j) - cost(i, j) : value;
}

function addPairs(table: PairTable, pairs: Int32Array | undefined, cost: number): void {
  for (let p = 0; pairs && p < pairs.length; p += 2) addToPair(table, pairs[p], pairs[p + 1], cost);
}

/** Largest absolute score among pairs at a fixed stride; at least a small positive number. */
export function largestScore(size: number, score: PairFunction): number {
  let largest = 1e-6;
  if (size < 2) return largest;
  for (let sample = 0; sample < SAMPLED_PAIRS; sample++) {
    const i = sample % size;
    const j = (i + 1 + ((Math.imul(sample, 7919) >>> 0) % (size - 1))) % size;
    largest = Math.max(largest, Math.abs(score(i, j)));
  }
  return largest;
}
