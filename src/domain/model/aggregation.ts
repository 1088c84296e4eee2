/**
 * Folds a batch of gradients into one: drops duplicates, rejects what may not count, clips, and sums row by row.
 * Rejections are outcomes, not errors; their precedence is the order of `rejectionOf`.
 */

import type { Settings } from "../community/settings.ts";
import { CLOCK_SKEW_MAX_MS, GRADIENT_AGE_MAX_MS } from "../limits.ts";
import type { Gradient } from "../messages/messages.ts";
import { timeOfUuidV7 } from "../messages/uuid-v7.ts";

/** Why a gradient does not count: its id is too old, its rows do not fit the model, its model is too old, its values are not finite. */
export const REJECTIONS = ["expired", "shape", "stale", "norm"] as const;
export type Rejection = (typeof REJECTIONS)[number];

export interface BatchContext {
  modelVersion: number;
  rowCount: number;
  settings: Settings;
  nowMs: number;
  /** Whether some commit already holds this id, applied or rejected. */
  isCommitted: (id: string) => boolean;
}

interface SelectedGradients {
  accepted: Gradient[];
  rejected: { id: string; reason: Rejection }[];
}

function rowsFit(gradient: Gradient, context: BatchContext): boolean {
  const { rows, width } = gradient;
  if (width !== context.settings.factors + 1 || rows.length === 0) return false;
  for (let i = 1; i < rows.length; i++) if (rows[i] <= rows[i - 1]) return false;
  return rows[rows.length - 1] < context.rowCount && gradient.modelVersion <= context.modelVersion;
}

/** Sum of squares of the decoded values of the row at position `at` of the gradient; NaN or infinite when a value is. */
function squaredNorm(gradient: Gradient, at: number): number {
  const { width, data } = gradient;
  const { values } = data;
  let sum = 0;
  for (let i = at * width; i < (at + 1) * width; i++) sum += values[i] * values[i];
  return data.kind === "f32" ? sum : sum * data.scales[at] * data.scales[at];
}

/** Int8 values are finite by nature, so of those the scales alone are read. */
function hasFiniteValues({ data }: Gradient): boolean {
  const floats = data.kind === "f32" ? data.values : data.scales;
  let sum = 0;
  for (let i = 0; i < floats.length; i++) sum += Math.abs(floats[i]);
  return Number.isFinite(sum);
}

function rejectionOf(gradient: Gradient, context: BatchContext): Rejection | null {
  const ageMs = context.nowMs - timeOfUuidV7(gradient.id);
  if (ageMs > GRADIENT_AGE_MAX_MS || ageMs < -2 * CLOCK_SKEW_MAX_MS) return "expired";
  if (!rowsFit(gradient, context)) return "shape";
  if (context.modelVersion - gradient.modelVersion > context.settings.stalenessVersionsMax) return "stale";
  return null;
}

/**
 * Parts a batch into what counts, as far as `rejectionOf` knows, and what is rejected; ids that are committed or stand in
 * the batch twice count once.
 */
function selectGradients(batch: readonly Gradient[], context: BatchContext): SelectedGradients {
  const seen = new Set<string>();
  const accepted: Gradient[] = [];
  const rejected: SelectedGradients["rejected"] = [];
  for (const gradient of batch) {
    if (seen.has(gradient.id) || context.isCommitted(gradient.id)) continue;
    seen.add(gradient.id);
    const reason = rejectionOf(gradient, context);
    if (reason) rejected.push({ id: gradient.id, reason });
    else accepted.push(gradient);
  }
  return { accepted, rejected };
}

/** Sums over a batch: `rows` ascending, `sums` row-major, rows.length x width, good until the next batch is folded. */
export interface GradientSum {
  rows: Uint32Array;
  sums: Float64Array;
  width: number;
}

interface SumTarget {
  clipNorm: number | null;
  /** The place of each touched row among the touched ones. */
  slotOf: Uint32Array;
  sums: Float64Array;
}

/** What a row is to be multiplied by so that its norm is `clipNorm` at most; `scale` is what its values stand in. */
function clipFactor(gradient: Gradient, at: number, scale: number, clipNorm: number | null): number {
  if (clipNorm === null) return scale;
  const norm = Math.sqrt(squaredNorm(gradient, at));
  return norm > clipNorm ? (scale * clipNorm) / norm : scale;
}

// One function a kind, the loops within it: with both kinds of array in one loop V8 asks at each element which it is, and a
// call a row costs a third of the time.

function addFloats(gradient: Gradient, values: Float32Array, target: SumTarget): void {
  const { rows, width } = gradient;
  const { clipNorm, slotOf, sums } = target;
  for (let at = 0; at < rows.length; at++) {
    const factor = clipFactor(gradient, at, 1, clipNorm);
    const to = slotOf[rows[at]] * width;
    const from = at * width;
    for (let i = 0; i < width; i++) sums[to + i] += factor * values[from + i];
  }
}

function addBytes(gradient: Gradient, values: Int8Array, scales: Float32Array, target: SumTarget): void {
  const { rows, width } = gradient;
  const { clipNorm, slotOf, sums } = target;
  let from = 0;
  for (let at = 0; at < rows.length; at++) {
    const factor = clipFactor(gradient, at, scales[at], clipNorm);
    let to = slotOf[rows[at]] * width;
    const end = from + width;
    for (; from + 7 < end; from += 8, to += 8) {
      sums[to] += factor * values[from];
      sums[to + 1] += factor * values[from + 1];
      sums[to + 2] += factor * values[from + 2];
      sums[to + 3] += factor * values[from + 3];
      sums[to + 4] += factor * values[from + 4];
      sums[to + 5] += factor * values[from + 5];
      sums[to + 6] += factor * values[from + 6];
      sums[to + 7] += factor * values[from + 7];
    }
    for (; from < end; from++, to++) sums[to] += factor * values[from];
  }
}

function addGradient(gradient: Gradient, target: SumTarget): void {
  const { data } = gradient;
  if (data.kind === "f32") addFloats(gradient, data.values, target);
  else addBytes(gradient, data.values, data.scales, target);
}

/** Kept for the next batch: a fresh array of 300 x 33 sums takes a quarter as long as summing 100 gradients does. */
let scratch = new Float64Array(0);

function zeros(count: number): Float64Array {
  if (scratch.length < count) scratch = new Float64Array(count);
  else scratch.fill(0, 0, count);
  return scratch.subarray(0, count);
}

/** Sums gradients row by row, each row first clipped to `clipNorm` (L2; null = off). Float64, so the order hardly matters. */
function sumGradients(
  gradients: readonly Gradient[],
  rowCount: number,
  width: number,
  clipNorm: number | null,
): GradientSum {
  const isTouched = new Uint8Array(rowCount);
  for (const { rows } of gradients) for (let i = 0; i < rows.length; i++) isTouched[rows[i]] = 1;
  const slotOf = new Uint32Array(rowCount);
  let touchedCount = 0;
  for (let row = 0; row < rowCount; row++) if (isTouched[row]) slotOf[row] = touchedCount++;
  const rows = new Uint32Array(touchedCount);
  for (let row = 0; row < rowCount; row++) if (isTouched[row]) rows[slotOf[row]] = row;
  const sums = zeros(touchedCount * width);
  const target = { clipNorm, slotOf, sums };
  for (const gradient of gradients) addGradient(gradient, target);
  return { rows, sums, width };
}

function isFiniteSum({ sums }: GradientSum): boolean {
  for (let i = 0; i < sums.length; i++) if (!Number.isFinite(sums[i])) return false;
  return true;
}

/** A batch folded: what counts, what is rejected, and the sum of what counts. */
export interface FoldedBatch extends SelectedGradients {
  sum: GradientSum;
}

/**
 * Folds a batch. A value that is not finite makes a sum that is not finite, whatever is added, and finite float32 values
 * cannot: 10,000 x 127 x 3.4e38 is far below 1.8e308. So the sums are looked at, once a batch, and the values of each
 * gradient only when they tell of one (-25% CPU a gradient).
 */
export function foldGradients(batch: readonly Gradient[], context: BatchContext): FoldedBatch {
  const { accepted, rejected } = selectGradients(batch, context);
  const { factors, clipNorm } = context.settings;
  const sumOf = (gradients: readonly Gradient[]) =>
    sumGradients(gradients, context.rowCount, factors + 1, clipNorm);
  const sum = sumOf(accepted);
  if (isFiniteSum(sum)) return { accepted, rejected, sum };
  const finite = accepted.filter(hasFiniteValues);
  const broken = accepted.filter((gradient) => !hasFiniteValues(gradient));
  const reason = "norm" as const;
  return {
    accepted: finite,
    rejected: [...rejected, ...broken.map(({ id }) => ({ id, reason }))],
    sum: sumOf(finite),
  };
}
