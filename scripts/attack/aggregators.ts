/**
 * Ways to make one gradient of a sum that members who collude cannot turn: the mean as it is, rows clipped first (what the server
 * does), the coordinate-wise trimmed mean and the median (Yin et al. 2018, arXiv 1803.01498).
 */
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import type { Gradient } from "../../src/domain/messages/messages.ts";
import { sumGradients } from "../../src/domain/model/aggregation.ts";

/** The mean of dense gradients of `rowCount` rows, row-major. */
export type Aggregator = (batch: readonly Gradient[], rowCount: number) => Float32Array<ArrayBuffer>;

function meanClippedTo(clipNorm: number | null): Aggregator {
  return (batch, rowCount) => {
    const { width } = batch[0];
    const { rows, sums } = sumGradients(batch, rowCount, width, clipNorm);
    const mean = new Float32Array(rowCount * width);
    rows.forEach((row, slot) => {
      for (let i = 0; i < width; i++) mean[row * width + i] = sums[slot * width + i] / batch.length;
    });
    return mean;
  };
}

/** The mean of each coordinate without its `share` largest and smallest, at least one of each. */
function trimmedMean(share: number): Aggregator {
  return (batch, rowCount) => {
    const { width } = batch[0];
    const columns = batch.map((gradient) => meanClippedTo(null)([gradient], rowCount));
    const cut = Math.min(Math.floor((batch.length - 1) / 2), Math.max(1, Math.floor(share * batch.length)));
    const values = new Float32Array(batch.length);
    const kept = batch.length - 2 * cut;
    return Float32Array.from({ length: rowCount * width }, (_, at) => {
      for (let n = 0; n < columns.length; n++) values[n] = columns[n][at];
      values.sort();
      let sum = 0;
      for (let n = cut; n < cut + kept; n++) sum += values[n];
      return sum / kept;
    });
  };
}

export const AGGREGATORS: Record<string, Aggregator> = {
  mean: meanClippedTo(null),
  "clipped mean, 2": meanClippedTo(DEFAULT_SETTINGS.clipNorm),
  "clipped mean, 1": meanClippedTo(1),
  "trimmed mean, 10%": trimmedMean(0.1),
  median: trimmedMean(0.5),
};

/** A batch that a server without bounds makes the given mean of. */
export function batchOfMean(mean: Float32Array<ArrayBuffer>, batch: readonly Gradient[]): Gradient[] {
  const { width } = batch[0];
  const rows = Uint32Array.from({ length: mean.length / width }, (_, row) => row);
  const whole: Gradient = {
    ...batch[0],
    rows,
    data: { kind: "f32", values: mean.map((value) => value * batch.length) },
  };
  const empty: Gradient = {
    ...whole,
    rows: new Uint32Array(0),
    data: { kind: "f32", values: new Float32Array(0) },
  };
  return [whole, ...new Array<Gradient>(batch.length - 1).fill(empty)];
}
