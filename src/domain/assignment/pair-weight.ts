/**
 * The one number the search sees for a pair: its score, with hard wishes turned into costs that outweigh any affinity,
 * so that a partition that cannot keep them all still keeps as many as it can, blocks before the rest.
 */
import { addToPair, createPairTable, pairValue } from "./pair-table.ts";
import type { AssignmentProblem } from "./problem.ts";
import { isMismatched, scoreOfPair } from "./quality.ts";

/** Pairs looked at to learn how large scores are. */
const SAMPLED_PAIRS = 4096;

/** A wish for a rematch or a match outweighs what a swap can gain elsewhere; a block outweighs many wishes. */
const BLOCKS_PER_WISH = 64;

/** Returns the pair's weight as a function: score less the cost of broken wishes. */
export function weightOfPair(problem: AssignmentProblem): (i: number, j: number) => number {
  const score = scoreOfPair(problem);
  const hasMatch = (problem.tags ?? []).some((tag) => tag.kind === "match");
  if (!problem.blocked?.length && !problem.rematch?.length && !hasMatch) return score;
  const wishCost = 4 * problem.groupSize * largestScore(problem.affinity.size, score);
  const broken = createPairTable();
  addPairs(broken, problem.blocked, wishCost * BLOCKS_PER_WISH);
  addPairs(broken, problem.rematch, wishCost);
  return (i, j) => {
    const value = score(i, j) - pairValue(broken, i, j);
    return hasMatch && isMismatched(problem, i, j) ? value - wishCost : value;
  };
}

function addPairs(
  table: ReturnType<typeof createPairTable>,
  pairs: Int32Array | undefined,
  cost: number,
): void {
  for (let p = 0; pairs && p < pairs.length; p += 2) addToPair(table, pairs[p], pairs[p + 1], cost);
}

/** Largest absolute score among pairs at a fixed stride; at least a small positive number. */
function largestScore(size: number, score: (i: number, j: number) => number): number {
  let largest = 1e-6;
  if (size < 2) return largest;
  for (let sample = 0; sample < SAMPLED_PAIRS; sample++) {
    const i = sample % size;
    const j = (i + 1 + ((Math.imul(sample, 7919) >>> 0) % (size - 1))) % size;
    largest = Math.max(largest, Math.abs(score(i, j)));
  }
  return largest;
}
