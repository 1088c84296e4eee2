/** What two people would give each other: the merge of the two one-way predictions, as an affinity for the engine. */

import type { Affinity } from "../assignment/problem.ts";
import type { Availability } from "../community/hours.ts";
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
  availability?: Availability;
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

/** What two people would give each other by their own factors, whatever others wish. */
export function pairAffinityOf(items: ItemFactors): (one: Person, other: Person) => number {
  return (one, other) => harmonicMean(oneWay(items, one, other), oneWay(items, other, one));
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

/** The same bound for many people, of whom not all pairs are looked at: x_u is no longer than the median of what stands for x_u. */
function temperedTastes(people: readonly Person[], { values, factors }: ItemFactors): Person[] {
  const lengthOf = ({ row, userFactors }: Person): number => {
    const taste = userFactors ?? values.subarray(row * (factors + 1));
    let squares = 0;
    for (let k = 0; k < factors; k++) squares += taste[k] * taste[k];
    return Math.sqrt(squares);
  };
  const lengths = Float32Array.from(people, lengthOf);
  const most = medianOf(lengths);
  return people.map((person, i) => {
    const { userFactors } = person;
    if (!userFactors || lengths[i] <= most) return person;
    const share = most / lengths[i];
    return { ...person, userFactors: userFactors.map((value, k) => (k < factors ? value * share : value)) };
  });
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

/** The median of what the members do most, or least: half of them would have to lie together to move it far. */
function medianOf(values: Float32Array): number {
  return values.toSorted()[values.length >> 1];
}

/**
 * p(i -> j) of all pairs, row by row. Nobody wishes more strongly than the typical member: each row is drawn together so that
 * it spans no more than from the median of the members' lowest predictions to the median of their highest. So whatever
 * factors somebody shares, their wish for one person counts no more than that of an honest member who likes that person most.
 */
function temperedWishes(people: readonly Person[], items: ItemFactors): Float32Array {
  const size = people.length;
  const wishes = new Float32Array(size * size);
  const lows = new Float32Array(size).fill(1);
  const highs = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (i === j) continue;
      const wish = oneWay(items, people[i], people[j]);
      wishes[i * size + j] = wish;
      if (wish < lows[i]) lows[i] = wish;
      if (wish > highs[i]) highs[i] = wish;
    }
  }
  const lowest = medianOf(lows);
  const highest = medianOf(highs);
  for (let i = 0; i < size; i++) {
    const low = Math.max(lows[i], lowest);
    const high = Math.max(low, Math.min(highs[i], highest));
    const span = highs[i] - lows[i];
    const share = span > 0 ? (high - low) / span : 0;
    for (let j = 0; j < size; j++)
      if (i !== j) wishes[i * size + j] = low + (wishes[i * size + j] - lows[i]) * share;
  }
  return wishes;
}

/** Returns the mutual affinity of all `people`. */
export function mutualAffinity(people: readonly Person[], items: ItemFactors): MutualAffinity {
  const size = people.length;
  if (size > DENSE_PEOPLE_MAX) {
    const tempered = temperedTastes(people, items);
    const value = (i: number, j: number) =>
      harmonicMean(oneWay(items, tempered[i], tempered[j]), oneWay(items, tempered[j], tempered[i]));
    return { value, affinity: firstOrder(tempered, items) };
  }
  const wishes = temperedWishes(people, items);
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const mutual = harmonicMean(wishes[i * size + j], wishes[j * size + i]);
      values[i * size + j] = values[j * size + i] = mutual;
    }
  }
  return { value: (i, j) => values[i * size + j], affinity: { kind: "dense", size, values } };
}
