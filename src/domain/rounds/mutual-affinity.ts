/** What two people would give each other: the merge of the two one-way predictions, as an affinity for the engine. */
import type { Affinity } from "../assignment/problem.ts";
import { probability } from "../learning/factorization.ts";
import { DENSE_PEOPLE_MAX } from "../limits.ts";
import type { Tags } from "./tag-terms.ts";

/** A member who can be grouped. */
export interface Person {
  row: number;
  /** x_u with the rater bias last, where the member shares it; else y_u stands in for it. */
  userFactors?: Float32Array;
  /** Rows that this person is never to share a group with, whoever of the two asked for it. */
  blockedRows: readonly number[];
  tags?: Tags;
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

/** p rises by about 0.5 per unit of s where p is about 1/6, and the merge of two by half of what one rises. */
const SLOPE = 0.25;

/** a(i, j) to first order, x_i.y_j + x_j.y_i; what a person brings to every group alike is left out. */
function firstOrder(people: readonly Person[], { values, factors }: ItemFactors): Affinity {
  const size = people.length;
  const x = new Float32Array(size * factors);
  const y = new Float32Array(size * factors);
  people.forEach(({ row, userFactors }, i) => {
    const own = values.subarray(row * (factors + 1), row * (factors + 1) + factors);
    y.set(own, i * factors);
    x.set(
      (userFactors ?? own).subarray(0, factors).map((value) => SLOPE * value),
      i * factors,
    );
  });
  return { kind: "low-rank", size, factors, x, y };
}

export interface MutualAffinity {
  /** By position: how much two people would give each other, a probability. */
  value: (i: number, j: number) => number;
  /**
   * The same for the engine: laid out for a few people. For many it is the first order alone: 25,000 people pair by pair
   * take more than a minute before the search begins, more than a Lambda is given.
   */
  affinity: Affinity;
}

/** Returns the mutual affinity of all `people`. */
export function mutualAffinity(people: readonly Person[], items: ItemFactors): MutualAffinity {
  const size = people.length;
  const value = (i: number, j: number) =>
    harmonicMean(oneWay(items, people[i], people[j]), oneWay(items, people[j], people[i]));
  if (size > DENSE_PEOPLE_MAX) return { value, affinity: firstOrder(people, items) };
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) values[i * size + j] = values[j * size + i] = value(i, j);
  }
  return { value, affinity: { kind: "dense", size, values } };
}
