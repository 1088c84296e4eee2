/**
 * Reads any form of affinity as a function of a pair.
 */
import { uniform } from "../../random.ts";
import type { Affinity, LowRankAffinity } from "../problem.ts";

/** Returns a(i, j) as a function. Throws RangeError if an array does not have the size it claims. */
export function pairAffinity(affinity: Affinity): (i: number, j: number) => number {
  checkShape(affinity);
  if (affinity.kind === "pairwise") return affinity.value;
  if (affinity.kind === "low-rank") return (i, j) => lowRankAffinity(affinity, i, j);
  const { size, values } = affinity;
  return (i, j) => values[i * size + j];
}

/** Pairs looked at where there are more; the spread is then known to about 1%. */
const SPREAD_PAIRS_MAX = 20_000;

/** Returns the standard deviation of affinity over pairs of different people, 0 if there are none; sampled if many. */
export function spreadOfPairs(affinity: Affinity): number {
  const value = pairAffinity(affinity);
  const { size } = affinity;
  const pairs = (size * (size - 1)) / 2;
  let [count, sum, squares] = [0, 0, 0];
  const add = (a: number) => {
    count++;
    sum += a;
    squares += a * a;
  };
  if (pairs <= SPREAD_PAIRS_MAX) {
    for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) add(value(i, j));
  } else {
    const next = uniform(size);
    for (let sample = 0; sample < SPREAD_PAIRS_MAX; sample++) {
      const i = Math.floor(next() * size);
      add(value(i, (i + 1 + Math.floor(next() * (size - 1))) % size));
    }
  }
  return count === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}

function lowRankAffinity({ factors, x, y }: LowRankAffinity, i: number, j: number): number {
  const iStart = i * factors;
  const jStart = j * factors;
  let sum = 0;
  for (let k = 0; k < factors; k++) sum += x[iStart + k] * y[jStart + k] + x[jStart + k] * y[iStart + k];
  return sum;
}

function checkShape(affinity: Affinity): void {
  const { size } = affinity;
  const expect = (name: string, length: number, expected: number) => {
    if (length !== expected) throw new RangeError(`${name} has ${length} values, expected ${expected}`);
  };
  if (affinity.kind === "dense") expect("values", affinity.values.length, size * size);
  if (affinity.kind === "low-rank") {
    expect("x", affinity.x.length, size * affinity.factors);
    expect("y", affinity.y.length, size * affinity.factors);
  }
}
