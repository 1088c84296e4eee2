/**
 * The client half of federated collaborative filtering (Ammad-ud-din et al., arXiv 1901.09888) on Hu-Koren implicit
 * feedback, with biases. A device that holds one member's ratings and the public item matrix solves that member's
 * factors and makes the gradients the server may see.
 *
 * Symbols: K = factors; y_i, b_i = factors and receiver bias of item i; x_u, c_u = factors and rater bias of member u;
 * r_ui = a rating; w_ui = 1 + alpha |r_ui| its confidence; p_ui = [r_ui > 0] the preference; s_ui = x_u.y_i + b_i + c_u.
 * Loss: J = sum_ui w_ui (p_ui - s_ui)^2 + lambda (|x_u|^2 + (c_u - 1/2)^2 + |y_i|^2 + b_i^2). Unrated items count as p = 0,
 * w = 1. The rater bias is drawn towards 1/2, since nothing is known of whom nothing is known of.
 *
 * Item matrices are row-major Float32Arrays of rows (y_i, b_i), K+1 wide; user factors are (x_u, c_u), K+1 long.
 */
import { CholeskyDecomposition, Matrix } from "ml-matrix";

export interface LearningRule {
  /** K, without the bias. */
  factors: number;
  alpha: number;
  /** lambda */
  regularization: number;
}

/** What one device holds: `values[n]` is the rating of item `rows[n]`; rows strictly ascending. */
export interface Ratings {
  rows: Uint32Array;
  /** Above 0 a liking, below 0 an aversion, its size the strength. */
  values: Float32Array;
  /** The member's own row among the items. Nobody rates themselves, so it counts neither way. */
  ownRow?: number;
}

/** On people rating people the match AUC is .7604 with this prior and .7575 with one of 0. */
const RATER_BIAS_PRIOR = 0.5;

/** Keeps a solve definite where a community sets lambda = 0; far below anything float32 factors can tell. */
const REGULARIZATION_MIN = 1e-6;

/**
 * Z'Z of the rows z_i = (y_i, b_i, 1), (K+2) x (K+2): all that a solve needs of the items nobody rated. It depends on the
 * model alone, so a device keeps it and moves it by `addToGramMatrix` when a row changes.
 */
export function gramMatrix(items: Float32Array, factors: number): Float64Array {
  const width = factors + 1;
  if (items.length % width !== 0) {
    throw new RangeError(`${items.length} item values are no whole rows of ${width}`);
  }
  const gram = new Float64Array((factors + 2) ** 2);
  for (let start = 0; start < items.length; start += width) addToGramMatrix(gram, items, start, width, 1);
  return gram;
}

/** Adds `weight` times the outer product of the row of `width` values at `start`: -1 with the old row, +1 with the new. */
export function addToGramMatrix(
  gram: Float64Array,
  items: Float32Array,
  start: number,
  width: number,
  weight: number,
): void {
  const size = width + 1;
  for (let j = 0; j < width; j++) {
    const scaled = weight * items[start + j];
    for (let k = 0; k < width; k++) gram[j * size + k] += scaled * items[start + k];
    gram[j * size + width] += scaled;
    gram[width * size + j] += scaled;
  }
  gram[width * size + width] += weight;
}

/**
 * Solves min J over (x_u, c_u): with q_i = (y_i, 1), (sum w q q' + lambda I) (x_u, c_u) = sum w q (p - b) + (0, lambda/2).
 * Returns K+1 values, the rater bias last. Throws RangeError on shapes that do not fit.
 */
export function solveUserFactors(
  items: Float32Array,
  ratings: Ratings,
  rule: LearningRule,
  gram: Float64Array = gramMatrix(items, rule.factors),
): Float32Array<ArrayBuffer> {
  const { factors } = rule;
  const regularization = Math.max(rule.regularization, REGULARIZATION_MIN);
  checkRatings(ratings, items.length / (factors + 1));
  const width = factors + 1;
  const size = factors + 2;
  // Index of unknown j in z = (y, b, 1): the factors keep theirs, the rater bias stands at the 1.
  const at = (j: number) => (j < factors ? j : factors + 1);
  const left = new Float64Array(width * width);
  const right = new Float64Array(width);
  for (let j = 0; j < width; j++) {
    for (let k = 0; k <= j; k++) left[j * width + k] = gram[at(j) * size + at(k)];
    left[j * width + j] += regularization;
    right[j] = -gram[at(j) * size + factors];
  }
  right[factors] += regularization * RATER_BIAS_PRIOR;
  // The Gram matrix holds every item as (w, p) = (1, 0); each rated item moves from there to its own (w, p).
  const observe = (row: number, confidence: number, preference: number) => {
    const start = row * width;
    const extra = confidence - 1;
    const target = confidence * preference - extra * items[start + factors];
    for (let j = 0; j < width; j++) {
      const q = j < factors ? items[start + j] : 1;
      const scaled = extra * q;
      const end = Math.min(j + 1, factors);
      for (let k = 0; k < end; k++) left[j * width + k] += scaled * items[start + k];
      right[j] += target * q;
    }
    left[width * width - 1] += extra;
  };
  for (let n = 0; n < ratings.rows.length; n++) {
    if (ratings.rows[n] !== ratings.ownRow) {
      observe(ratings.rows[n], confidenceOf(ratings.values[n], rule), preferenceOf(ratings.values[n]));
    }
  }
  if (ratings.ownRow !== undefined) observe(ratings.ownRow, 0, 0);
  return Float32Array.from(solveSymmetric(left, right));
}

/**
 * One member's part of dJ/d(y_i, b_i) for the given items: -2 w_ui (p_ui - s_ui) (x_u, 1), the data term alone; the server
 * adds the regularization, because it alone knows how many members share an item. `rows` strictly ascending.
 * Returns rows.length x (K+1) values, row-major.
 */
export function itemGradients(
  items: Float32Array,
  ratings: Ratings,
  rule: LearningRule,
  userFactors: Float32Array,
  rows: Uint32Array,
): Float32Array<ArrayBuffer> {
  const slopes = itemSlopes(items, ratings, rule, userFactors, rows);
  const direction = gradientDirection(userFactors);
  const width = direction.length;
  const gradients = new Float32Array(rows.length * width);
  for (let n = 0; n < rows.length; n++) {
    for (let k = 0; k < width; k++) gradients[n * width + k] = slopes[n] * direction[k];
  }
  return gradients;
}

/** (x_u, 1): every row of a member's gradient is a multiple of it, so a gradient tells who they are but for their scale. */
export function gradientDirection(userFactors: Float32Array): Float32Array<ArrayBuffer> {
  const direction = Float32Array.from(userFactors);
  direction[direction.length - 1] = 1;
  return direction;
}

/** How much of `gradientDirection` the gradient of each item is: -2 w_ui (p_ui - s_ui). */
export function itemSlopes(
  items: Float32Array,
  ratings: Ratings,
  rule: LearningRule,
  userFactors: Float32Array,
  rows: Uint32Array,
): Float32Array<ArrayBuffer> {
  const width = rule.factors + 1;
  checkRatings(ratings, items.length / width);
  if (userFactors.length !== width) {
    throw new RangeError(`got ${userFactors.length} user factors, expected ${width}`);
  }
  checkAscending(rows, items.length / width);
  const slopes = new Float32Array(rows.length);
  let rated = 0;
  for (let n = 0; n < rows.length; n++) {
    const row = rows[n];
    if (row === ratings.ownRow) continue;
    while (rated < ratings.rows.length && ratings.rows[rated] < row) rated++;
    const isRated = rated < ratings.rows.length && ratings.rows[rated] === row;
    const confidence = isRated ? confidenceOf(ratings.values[rated], rule) : 1;
    const preference = isRated ? preferenceOf(ratings.values[rated]) : 0;
    slopes[n] = -2 * confidence * (preference - scoreAt(items, row * width, userFactors));
  }
  return slopes;
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

function confidenceOf(value: number, rule: LearningRule): number {
  return 1 + rule.alpha * Math.abs(value);
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
  if (!Number.isInteger(rowCount)) throw new RangeError("the item values are no whole rows");
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
