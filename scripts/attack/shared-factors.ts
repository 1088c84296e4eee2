/**
 * What shared user factors tell of a member's ratings, beside what the public item matrix tells of anybody's. The readings
 * score every item, the higher the likelier liked; the attack is as good as its best reading.
 */
import { Matrix, solve } from "ml-matrix";
import { type ItemSet, NOBODY } from "../../src/domain/learning/item-set.ts";
import type { Weights } from "../../src/domain/learning/weights.ts";

export interface Readings {
  popularity: Float64Array;
  score: Float64Array;
  taste: Float64Array;
  equations?: Float64Array;
}

/** In multiples of the spread of the factors. */
export const SHARE_NOISES = [0, 0.1, 0.3, 1, 3];

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
/** What an answer weighs, about, and the square of what it pulls. */
const ANSWER_WEIGHT = 4;
const PULL_SQUARED = 4;

/**
 * The solve read backwards. With z = (x_u, c_u), q_i = (y_i, 1) and s_i = q_i.z + b_i its solution fulfils
 * sum_i e_i q_i = r, where e_i = w_ui (p_ui - s_i) is what item i pulls and r = lambda_u z - (d_u y_u, lambda_u/2). Of all e that
 * do, the likeliest is e_i = q_i' (sum q q' + n/v lambda_u^2)^-1 r, where v is the variance of a pull and n that of the noise on z.
 * Then p_ui is s_i + e_i / w_ui. In a community of no more than K+1 others r tells every e_i.
 */
function readEquations(
  items: ItemSet,
  userFactors: Float32Array,
  score: Float64Array,
  { weights, ownRow, noiseStdDev }: Knowledge,
): Float64Array {
  const width = items.factors + 1;
  const { regularization, drawToOwnRow } = weights;
  const rows = Array.from(items.kinds.keys()).filter((row) => row !== ownRow && items.kinds[row] !== NOBODY);
  const q = new Matrix(rows.map((row) => [...items.values.subarray(row * width, (row + 1) * width - 1), 1]));
  const right = Array.from(userFactors, (value, k) => {
    const ownFactor = ownRow === undefined ? 0 : items.values[ownRow * width + k];
    const drawn = k === width - 1 ? regularization / 2 : drawToOwnRow * ownFactor;
    return regularization * value - drawn;
  });
  const left = q.transpose().mmul(q);
  const noise = (noiseStdDev * regularization) ** 2 / PULL_SQUARED;
  left.add(Matrix.eye(width).mul(noise + RIDGE * left.trace()));
  const pulls = q.mmul(solve(left, Matrix.columnVector(right)));
  const found = new Float64Array(items.rowCount).fill(Number.NEGATIVE_INFINITY);
  rows.forEach((row, n) => {
    found[row] = score[row] + pulls.get(n, 0) / ANSWER_WEIGHT;
  });
  return found;
}
