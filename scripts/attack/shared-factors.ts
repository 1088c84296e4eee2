/**
 * What shared user factors tell of a member's ratings, beside what the public item matrix tells of anybody's. The readings
 * score every item, the higher the likelier liked; the attack is as good as its best reading.
 */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { type ItemSet, NOBODY } from "../../src/domain/learning/item-set.ts";
import type { Weights } from "../../src/domain/learning/weights.ts";

export interface Readings {
  popularity: Float64Array;
  score: Float64Array;
  taste: Float64Array;
  equations?: Float64Array;
}

/** In multiples of the spread of the factors. */
export const SHARE_NOISES = [0, 0.1, 0.3, 1];

export const nameOfSharing = (noise: number | null): string =>
  noise === null ? "not shared (stand-in)" : `shared, noise x${noise}`;

/** What the equations need besides the factors. The weights are more than a server knows: this is the worst case. */
export interface Knowledge {
  weights: Weights;
  ownRow?: number;
  noiseStdDev: number;
}

/** The popularity of each item, whoever the member is. */
export function popularityOf({ values, factors, rowCount }: ItemSet): Float64Array {
  return Float64Array.from({ length: rowCount }, (_, row) => values[row * (factors + 1) + factors]);
}

/**
 * Readings of `userFactors`, K+1 values: popularity b_i, which needs none; score x_u.y_i + b_i; taste x_u.y_i; and with
 * `knowledge` of how they were solved, the equations.
 */
export function readFactors(items: ItemSet, userFactors: Float32Array, knowledge?: Knowledge): Readings {
  const { values, factors, rowCount } = items;
  const popularity = popularityOf(items);
  const taste = Float64Array.from({ length: rowCount }, (_, row) => {
    let sum = 0;
    for (let k = 0; k < factors; k++) sum += userFactors[k] * values[row * (factors + 1) + k];
    return sum;
  });
  const score = taste.map((value, row) => value + popularity[row]);
  const equations = knowledge && { equations: readEquations(items, userFactors, score, knowledge) };
  return { popularity, score, taste, ...equations };
}

/** Keeps the equations definite where there are fewer items than factors; far below what float32 factors can tell. */
const RIDGE = 1e-9;
/** Expected square of a_i; answers weigh from 1 to some 6. */
const PULL_VARIANCE = 4;

/**
 * The solve read backwards. With z = (x_u, c_u), q_i = (y_i, 1), s_i = q_i.z + b_i, its solution fulfils
 * sum_i a_i q_i = sum_i w_i s_i q_i + lambda z - (d y_u, lambda/2): the right side r is known, w_i are the weights of silence,
 * and a_i = w_ui (p_ui - s_i) + w_i s_i is 0 for what the member did not rate, above 0 for most of what they liked. Of all a the
 * likeliest is taken, if each has the same variance v, and noise on z of variance n moves r by H z, H = sum_i w_i q_i q_i' + lambda:
 * a_i = q_i' (sum q q' + n/v H H')^-1 r. In a community of no more than K+1 others r tells every a.
 */
function readEquations(
  items: ItemSet,
  userFactors: Float32Array,
  score: Float64Array,
  { weights, ownRow, noiseStdDev }: Knowledge,
): Float64Array {
  const width = items.factors + 1;
  const { silence, regularization, drawToOwnRow } = weights;
  const rows = Array.from(items.kinds.keys()).filter((row) => row !== ownRow && items.kinds[row] !== NOBODY);
  const q = new Matrix(rows.map((row) => [...items.values.subarray(row * width, (row + 1) * width - 1), 1]));
  const silences = rows.map((row) => silence[items.kinds[row]]);
  const weighted = q.clone().mulColumnVector(silences);
  const known = Matrix.columnVector(rows.map((row) => score[row] + userFactors[width - 1]));
  const right = weighted.transpose().mmul(known);
  for (let k = 0; k < width; k++) {
    const prior = k === width - 1 ? regularization / 2 : drawToOwnRow * ownFactor(items, ownRow, k);
    right.set(k, 0, right.get(k, 0) + regularization * userFactors[k] - prior);
  }
  const moved = weighted.transpose().mmul(q).add(Matrix.eye(width).mul(regularization));
  const spread = q.transpose().mmul(q);
  const left = spread.clone().add(moved.mmul(moved).mul(noiseStdDev ** 2 / PULL_VARIANCE));
  left.add(Matrix.eye(width).mul(RIDGE * spread.trace()));
  const pulls = q.mmul(new CholeskyDecomposition(left).solve(right));
  const found = new Float64Array(items.rowCount).fill(Number.NEGATIVE_INFINITY);
  rows.forEach((row, n) => {
    found[row] = pulls.get(n, 0);
  });
  return found;
}

const ownFactor = ({ values, factors }: ItemSet, ownRow: number | undefined, k: number): number =>
  ownRow === undefined ? 0 : values[ownRow * (factors + 1) + k];
