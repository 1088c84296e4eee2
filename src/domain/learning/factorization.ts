/**
 * The client half of federated collaborative filtering (Ammad-ud-din et al., arXiv 1901.09888) on Hu-Koren implicit
 * feedback, with biases. A device that holds one member's ratings and the public item matrix solves that member's
 * factors and makes the gradients the server may see.
 *
 * Symbols: K = factors; y_i, b_i = factors and receiver bias of item i; x_u, c_u = factors and rater bias of member u;
 * r_ui = a rating; w_ui = the weight of u's answer about i, or of the silence; p_ui = [r_ui > 0] the preference;
 * s_ui = x_u.y_i + b_i + c_u; y_u = the member's own row, which says who likes u; d_u = the part of lambda_u that draws to it.
 * Loss: J = sum_ui w_ui (p_ui - s_ui)^2 + sum_u d_u |x_u - y_u|^2 + (lambda_u - d_u) |x_u|^2 + lambda_u (c_u - 1/2)^2
 * + sum_i lambda_i (|y_i|^2 + b_i^2). Whoever is liked by the same people is likely to like the same people, so y_u is where
 * x_u starts; on Newcomb's students that raises the match AUC of members who do not share x_u from .81 to .91. The rater
 * bias is drawn to 1/2, since a member without ratings is neutral.
 *
 * Item matrices are row-major Float32Arrays of rows (y_i, b_i), K+1 wide; user factors are (x_u, c_u), K+1 long.
 */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { CONTENT, type ItemSet, NOBODY, PERSON } from "./item-set.ts";
import { confidenceOf, type LearningRule, type Ratings, weigh } from "./weights.ts";

/** On people rating people the match AUC is .7604 with this prior and .7575 with one of 0. */
export const RATER_BIAS_PRIOR = 0.5;

/**
 * Solves min J over (x_u, c_u): with q_i = (y_i, 1), (sum w q q' + lambda I) (x_u, c_u) = sum w q (p - b) + (d y_u, lambda/2).
 * Returns K+1 values, the rater bias last. Throws RangeError on shapes that do not fit.
 */
export function solveUserFactors(
  items: ItemSet,
  ratings: Ratings,
  rule: LearningRule,
): Float32Array<ArrayBuffer> {
  const { factors, values } = items;
  checkRatings(ratings, items.rowCount);
  const weights = weigh(items, ratings, rule);
  const { silence, regularization } = weights;
  const width = factors + 1;
  const { left, right } = silentPart(items, silence);
  for (let j = 0; j < width; j++) left[j * width + j] += regularization;
  right[factors] += regularization * RATER_BIAS_PRIOR;
  // The Gram matrices hold every item as silence, p = 0; each rated item moves from there to its own weight and preference.
  const observe = (row: number, confidence: number, preference: number) => {
    const start = row * width;
    const extra = confidence - silence[items.kinds[row]];
    const target = confidence * preference - extra * values[start + factors];
    for (let j = 0; j < width; j++) {
      const q = j < factors ? values[start + j] : 1;
      const scaled = extra * q;
      const end = Math.min(j + 1, factors);
      for (let k = 0; k < end; k++) left[j * width + k] += scaled * values[start + k];
      right[j] += target * q;
    }
    left[width * width - 1] += extra;
  };
  for (let n = 0; n < ratings.rows.length; n++) {
    const row = ratings.rows[n];
    if (row !== ratings.ownRow && items.kinds[row] !== NOBODY) {
      observe(row, confidenceOf(ratings.values[n], rule), preferenceOf(ratings.values[n]));
    }
  }
  if (ratings.ownRow !== undefined) {
    observe(ratings.ownRow, 0, 0);
    for (let k = 0; k < factors; k++) right[k] += weights.drawToOwnRow * values[ratings.ownRow * width + k];
  }
  return Float32Array.from(solveSymmetric(left, right));
}

/** Both sides of the solve as they are for a member who has rated nothing: the lower triangle, and the right side. */
function silentPart({ factors, people, content }: ItemSet, silence: readonly number[]) {
  const width = factors + 1;
  const size = factors + 2;
  // Index of unknown j in z = (y, b, 1): the factors keep theirs, the rater bias stands at the 1.
  const at = (j: number) => (j < factors ? j : factors + 1);
  const sum = (n: number) => silence[PERSON] * people[n] + silence[CONTENT] * content[n];
  const left = new Float64Array(width * width);
  const right = new Float64Array(width);
  for (let j = 0; j < width; j++) {
    for (let k = 0; k <= j; k++) left[j * width + k] = sum(at(j) * size + at(k));
    right[j] = -sum(at(j) * size + factors);
  }
  return { left, right };
}

/**
 * One member's part of dJ/d(y_i, b_i) for the given items: -2 w_ui (p_ui - s_ui) (x_u, 1), and for a rated item its share of
 * the observed regularization, 2 c w_ui (y_i, b_i). The server adds the rest, which it alone knows how to share out. The pull
 * of x_u on the member's own row is left out: nobody moves their own row. `rows` strictly ascending.
 * Returns rows.length x (K+1) values, row-major.
 */
export function itemGradients(
  items: ItemSet,
  ratings: Ratings,
  rule: LearningRule,
  userFactors: Float32Array,
  rows: Uint32Array,
): Float32Array<ArrayBuffer> {
  const { values, kinds, factors } = items;
  const width = factors + 1;
  checkRatings(ratings, items.rowCount);
  if (userFactors.length !== width) {
    throw new RangeError(`got ${userFactors.length} user factors, expected ${width}`);
  }
  checkAscending(rows, items.rowCount);
  const { silence, observed } = weigh(items, ratings, rule);
  const gradients = new Float32Array(rows.length * width);
  let rated = 0;
  for (let n = 0; n < rows.length; n++) {
    const row = rows[n];
    if (row === ratings.ownRow || kinds[row] === NOBODY) continue;
    while (rated < ratings.rows.length && ratings.rows[rated] < row) rated++;
    const value = ratings.rows[rated] === row ? ratings.values[rated] : undefined;
    const weight = value === undefined ? silence[kinds[row]] : confidenceOf(value, rule);
    const preference = value === undefined ? 0 : preferenceOf(value);
    const ridge = value === undefined ? 0 : 2 * observed[kinds[row]] * weight;
    const start = row * width;
    const slope = -2 * weight * (preference - scoreAt(values, start, userFactors));
    for (let k = 0; k < factors; k++)
      gradients[n * width + k] = slope * userFactors[k] + ridge * values[start + k];
    gradients[n * width + factors] = slope + ridge * values[start + factors];
  }
  return gradients;
}

/** s_ui of every item, one value a row. Scores estimate a preference in [0, 1] by least squares, so they may leave it. */
export function predictScores(items: Float32Array, userFactors: Float32Array): Float32Array<ArrayBuffer> {
  const width = userFactors.length;
  if (items.length % width !== 0) {
    throw new RangeError(`${items.length} item values are no whole rows of ${width}`);
  }
  const scores = new Float32Array(items.length / width);
  for (let row = 0; row < scores.length; row++) scores[row] = scoreAt(items, row * width, userFactors);
  return scores;
}

/**
 * The probability that a score stands for: the logistic curve through (1/2, 1/2) with slope 1 there, 1 / (1 + e^(2 - 4s)).
 * It follows a least-squares score where that is trustworthy and bends it into (0, 1) where it is not, so that the
 * predictions of two members can be merged as probabilities.
 */
export function probability(score: number): number {
  return 1 / (1 + Math.exp(2 - 4 * score));
}

function scoreAt(items: Float32Array, start: number, userFactors: Float32Array): number {
  const factors = userFactors.length - 1;
  let score = items[start + factors] + userFactors[factors];
  for (let k = 0; k < factors; k++) score += items[start + k] * userFactors[k];
  return score;
}

function preferenceOf(value: number): number {
  return value > 0 ? 1 : 0;
}

/** Solves left * x = right by Cholesky; of the symmetric left side the lower triangle is given. */
function solveSymmetric(left: Float64Array, right: Float64Array): number[] {
  const size = right.length;
  const matrix = new Matrix(size, size);
  for (let j = 0; j < size; j++) {
    for (let k = 0; k <= j; k++) {
      matrix.set(j, k, left[j * size + k]);
      matrix.set(k, j, left[j * size + k]);
    }
  }
  return new CholeskyDecomposition(matrix).solve(Matrix.columnVector(Array.from(right))).to1DArray();
}

function checkRatings(ratings: Ratings, rowCount: number): void {
  if (ratings.rows.length !== ratings.values.length) {
    throw new RangeError(`got ${ratings.values.length} values for ${ratings.rows.length} rated rows`);
  }
  checkAscending(ratings.rows, rowCount);
  if (ratings.ownRow !== undefined) checkAscending([ratings.ownRow], rowCount);
}

function checkAscending(rows: ArrayLike<number>, rowCount: number): void {
  for (let n = 0; n < rows.length; n++) {
    if (rows[n] >= rowCount) throw new RangeError(`row ${rows[n]} of a matrix of ${rowCount} rows`);
    if (n > 0 && rows[n] <= rows[n - 1]) throw new RangeError(`row ${rows[n]} after row ${rows[n - 1]}`);
  }
}
