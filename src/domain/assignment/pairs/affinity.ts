/**
 * Reads any form of affinity as a function of a pair.
 */
import type { Affinity, LowRankAffinity } from "../problem.ts";

/** Returns a(i, j) as a function. Throws RangeError if an array does not have the size it claims. */
export function pairAffinity(affinity: Affinity): (i: number, j: number) => number {
  checkShape(affinity);
  if (affinity.kind === "pairwise") return affinity.value;
  if (affinity.kind === "low-rank") return (i, j) => lowRankAffinity(affinity, i, j);
  const { size, values } = affinity;
  return (i, j) => values[i * size + j];
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
