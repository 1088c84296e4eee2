/** What two people would give each other: the merge of the two one-way predictions, as an affinity for the engine. */
import type { Affinity } from "./assignment/problem.ts";
import { probability } from "./factorization.ts";
import { DENSE_PEOPLE_MAX } from "./limits.ts";

/** A member who can be grouped. */
export interface Person {
  row: number;
  /** x_u with the rater bias last, where the member shares it; else y_u stands in for it. */
  userFactors?: Float32Array;
  /** Rows that this person is never to share a group with, whoever of the two asked for it. */
  blockedRows: readonly number[];
}

/** Item factors, rows x (K+1), bias last. */
export interface ItemFactors {
  values: Float32Array;
  factors: number;
}

/** A probability of 0 on one side would make everybody else's view of that pair count for nothing. */
const PROBABILITY_MIN = 1e-6;

/** The merge of two one-way predictions: high only where both are. */
function harmonicMean(p: number, q: number): number {
  return (2 * p * q) / (p + q);
}

/** p(i -> j): the probability that person i likes person j, from i's own factors or, unshared, from the stand-in y_i. */
function oneWay({ values, factors }: ItemFactors, from: Person, to: Person): number {
  const width = factors + 1;
  const at = to.row * width;
  const shared = from.userFactors;
  let score = values[at + factors] + (shared ? shared[factors] : 0);
  const own = shared ?? values.subarray(from.row * width, from.row * width + factors);
  for (let k = 0; k < factors; k++) score += own[k] * values[at + k];
  return Math.max(PROBABILITY_MIN, probability(score));
}

/** Returns the mutual affinity of all `people`, by position: laid out for a few, worked out pair by pair for many. */
export function mutualAffinity(people: readonly Person[], items: ItemFactors): Affinity {
  const size = people.length;
  const value = (i: number, j: number) =>
    harmonicMean(oneWay(items, people[i], people[j]), oneWay(items, people[j], people[i]));
  if (size > DENSE_PEOPLE_MAX) return { kind: "pairwise", size, value };
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) values[i * size + j] = values[j * size + i] = value(i, j);
  }
  return { kind: "dense", size, values };
}
