/**
 * One optimizer step of one row: sgd, adam (Kingma & Ba, arXiv 1412.6980, algorithm 1, bias-corrected) and adagrad
 * (Duchi et al. 2011). Rows step on their own: a row that no gradient touched keeps its state and its step count.
 */

import type { Settings } from "../community/settings.ts";
import { ROW_VALUE_MAX } from "../limits.ts";
import { fromFloat16, toFloat16 } from "./float16.ts";

export type Optimizer = Settings["optimizer"];

/** Short memories: .9 and .99 hold back the first steps, and one wild gradient would count for hundreds of steps. */
const BETA1 = 0.5;
const BETA2 = 0.9;
const EPSILON = 1e-8;

/**
 * Optimizer state of the rows of a block, row-major like the values.
 * Adam keeps m and sqrt(v) in the bits of float16: the root halves the exponent range, both have the gradient's own scale,
 * and their quotient decides the step, which saturation at 65,504 leaves bounded by the learning rate. 4 bytes a value
 * instead of 8.
 * Adagrad's sum only grows, and would stall in float16, so it has float32.
 */
export type OptimizerState =
  | { optimizer: "sgd" }
  | { optimizer: "adam"; mean: Uint16Array; rootOfSquares: Uint16Array }
  | { optimizer: "adagrad"; sumOfSquares: Float32Array };

/** A row that grew past this would overflow in whatever a device computes from it. */
const bounded = (value: number): number => Math.max(-ROW_VALUE_MAX, Math.min(ROW_VALUE_MAX, value));

/**
 * A gradient counts as this many times what the row is used to, at most, and as this at first: the honest sum of a row is below
 * 10. So one wild commit cannot make the next ones small: the root grows to 3.3 times what it was, which is forgotten in 23.
 */
const SURPRISE_MAX = 10;

function unsurprising(gradient: number, usual: number): number {
  const most = SURPRISE_MAX * Math.max(1, usual);
  return Math.max(-most, Math.min(most, gradient));
}

/** lambda where the community sets none: what every row bears, however little is said about it. */
export const REGULARIZATION_BASE = 0.1;

const RATE_AT_FIRST = 0.1;
const RATE_FALLS_AFTER_STEPS = 20;
/** Where the rate stops falling, so that a community that changes is followed. */
const RATE_SHARE_LEAST = 0.2;

/**
 * The learning rate where the community sets none. It falls with the row's steps, as noise asks for, and is smaller for a
 * batch that holds few of the members, by the root of their share: then as many contributions move a row as far, in few
 * steps or in many.
 */
export function learningRateAt(step: number, memberShare: number): number {
  const fallen = Math.max(RATE_SHARE_LEAST, 1 / Math.sqrt(1 + step / RATE_FALLS_AFTER_STEPS));
  return RATE_AT_FIRST * fallen * Math.sqrt(Math.min(1, memberShare));
}

/**
 * Moves values[at .. at+width) against `gradient[from .. from+width)` and updates the state in place.
 * `step` is the row's step count, this one included (1 on the first).
 */
export function stepRow(
  state: OptimizerState,
  learningRate: number,
  step: number,
  values: Float32Array,
  at: number,
  gradient: Float64Array,
  from: number,
  width: number,
): void {
  if (state.optimizer === "sgd") {
    for (let i = 0; i < width; i++)
      values[at + i] = bounded(values[at + i] - learningRate * gradient[from + i]);
    return;
  }
  if (state.optimizer === "adagrad") {
    for (let i = 0; i < width; i++) {
      const before = state.sumOfSquares[at + i];
      const g = unsurprising(gradient[from + i], Math.sqrt(before / Math.max(1, step - 1)));
      const sum = before + g * g;
      state.sumOfSquares[at + i] = sum;
      values[at + i] = bounded(values[at + i] - (learningRate * g) / (Math.sqrt(sum) + EPSILON));
    }
    return;
  }
  const { mean, rootOfSquares } = state;
  const rate = learningRate / (1 - BETA1 ** step);
  const rootCorrection = Math.sqrt(1 / (1 - BETA2 ** step));
  for (let i = 0; i < width; i++) {
    const before = fromFloat16(rootOfSquares[at + i]);
    const g = unsurprising(gradient[from + i], before);
    const m = BETA1 * fromFloat16(mean[at + i]) + (1 - BETA1) * g;
    const root = Math.sqrt(BETA2 * before * before + (1 - BETA2) * g * g);
    mean[at + i] = toFloat16(m);
    rootOfSquares[at + i] = toFloat16(root);
    values[at + i] = bounded(values[at + i] - (rate * m) / (root * rootCorrection + EPSILON));
  }
}
