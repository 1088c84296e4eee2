/**
 * What a curious server learns from one upload: which items its sender rated. A dense gradient is nearly an outer product of one
 * slope an item and (x_u, 1), so its strongest direction gives x_u, the public item matrix gives each score, and rated items are
 * those whose slope lies off the line on which the slopes of unrated items lie, or that bear a share of the regularization.
 */
import { readObservedShare } from "./observed-share.ts";

export interface Upload {
  /** Ascending; all items where the upload is dense. */
  rows: Uint32Array;
  /** rows.length x (K+1), row-major. */
  values: Float32Array;
}

export interface Recovery {
  /** The higher the likelier rated, one value an item; 0 for items that the upload leaves out. */
  scores: Float64Array;
  /** The items that the attack takes for rated. */
  rated: Set<number>;
}

export const STRATEGIES = ["outlier", "sign", "share"] as const;
export type Strategy = (typeof STRATEGIES)[number];

const POWER_ITERATIONS = 60;
const CANDIDATES = 40;
const TRIMS = 5;

/** Gain and offset. */
type Line = [number, number];

/** `items` are the item factors that the server itself gave out, `width` = K+1 values a row. */
export function recoverRated(
  upload: Upload,
  items: Float32Array,
  width: number,
  strategy: Strategy,
): Recovery {
  const { rows, values } = upload;
  if (strategy === "share") return byObservedShare(upload, items, width);
  const direction = strongestDirection(values, width);
  const slopes = Float64Array.from(
    rows,
    (_, n) => dot(values, n * width, direction) / dot(direction, 0, direction),
  );
  const expected =
    strategy === "outlier" ? expectedSlopes(slopes, rows, items, direction) : { slopes: null, unit: 0 };
  const offs = slopes.map((slope, n) => (expected.slopes?.[n] ?? 0) - slope);
  const threshold = expected.unit > 0 ? expected.unit : Math.max(...offs) / 3;
  const scores = new Float64Array(items.length / width);
  const rated = new Set<number>();
  rows.forEach((row, n) => {
    scores[row] = offs[n];
    if (offs[n] > threshold) rated.add(row);
  });
  return { scores, rated };
}

/** Whoever bears a share of the regularization was rated. */
function byObservedShare(upload: Upload, items: Float32Array, width: number): Recovery {
  const { ridges, rated } = readObservedShare(upload, items, width);
  const scores = new Float64Array(items.length / width);
  upload.rows.forEach((row, n) => {
    scores[row] = ridges[n];
  });
  return { scores, rated: new Set(upload.rows.filter((_, n) => rated[n])) };
}

/** The first right singular vector of the upload, scaled so that its last value is 1, as in (x_u, 1). */
function strongestDirection(values: Float32Array, width: number): Float64Array {
  const gram = new Float64Array(width * width);
  for (let start = 0; start < values.length; start += width) {
    for (let j = 0; j < width; j++) {
      for (let k = 0; k < width; k++) gram[j * width + k] += values[start + j] * values[start + k];
    }
  }
  let direction = new Float64Array(width).fill(1);
  for (let n = 0; n < POWER_ITERATIONS; n++) {
    const turned = direction.map((_, j) => dot(gram, j * width, direction));
    const norm = Math.sqrt(dot(turned, 0, turned)) || 1;
    direction = turned.map((value) => value / norm);
  }
  const last = direction[width - 1];
  return Math.abs(last) > 1e-9 ? direction.map((value) => value / last) : direction;
}

/**
 * The slopes that the items would have if none were rated: a line through their scores x_u.y_i + b_i. It starts at the line
 * through two items from which the others lie least far in the median (Rousseeuw 1984), which holds while less than half are
 * rated, and goes on by least squares on the rows near it. A rated item lies off it by (4 - 2 s) / 2 times the gain; `unit` is
 * that for s = 15/8, above which no score of a liked item was seen.
 */
function expectedSlopes(
  slopes: Float64Array,
  rows: Uint32Array,
  items: Float32Array,
  direction: Float64Array,
): { slopes: Float64Array; unit: number } {
  const scores = Float64Array.from(rows, (row) => dot(items, row * direction.length, direction));
  const offsFrom = ([gain, offset]: Line) =>
    slopes.map((slope, i) => Math.abs(slope - gain * scores[i] - offset));
  let best: Line = [0, medianOf(slopes)];
  let least = medianOf(offsFrom(best));
  for (let n = 0; n < CANDIDATES; n++) {
    const [i, j] = [(n * 7919) % rows.length, (n * 104_729 + 1) % rows.length];
    if (scores[i] === scores[j]) continue;
    const gain = (slopes[i] - slopes[j]) / (scores[i] - scores[j]);
    const line: Line = [gain, slopes[i] - gain * scores[i]];
    const median = medianOf(offsFrom(line));
    if (median < least) [best, least] = [line, median];
  }
  for (let n = 0; n < TRIMS; n++) {
    const off = offsFrom(best);
    const near = 3 * medianOf(off) + 1e-12;
    const kept = Array.from(rows.keys()).filter((i) => off[i] <= near);
    best = lineThrough(kept, scores, slopes);
  }
  const [gain, offset] = best;
  return { slopes: scores.map((score) => gain * score + offset), unit: gain / 8 };
}

function medianOf(values: Float64Array): number {
  return values.toSorted()[Math.floor(values.length / 2)];
}

function lineThrough(kept: number[], xs: Float64Array, ys: Float64Array): Line {
  const mean = (of: Float64Array) => kept.reduce((sum, i) => sum + of[i], 0) / kept.length;
  const [x, y] = [mean(xs), mean(ys)];
  let covariance = 0;
  let variance = 0;
  for (const i of kept) {
    covariance += (xs[i] - x) * (ys[i] - y);
    variance += (xs[i] - x) ** 2;
  }
  const gain = variance > 0 ? covariance / variance : 0;
  return [gain, y - gain * x];
}

/** The product of `b` with as many values of `a` from `start`. */
function dot(a: ArrayLike<number>, start: number, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < b.length; k++) sum += a[start + k] * b[k];
  return sum;
}
