/**
 * Fewer rows in a gradient, the same sum on average: threshold sampling (Duffield, Lund, Thorup 2005). A row goes out with
 * probability min(1, norm / tau) and is divided by it, so that each row is right in expectation; of all independent choices
 * of as many rows this one has the least variance. What a member rated weighs most and stands among decoys, items that
 * the model thinks they might rate.
 */

export interface SampledRows {
  /** Ascending positions of the chosen rows within the given gradient. */
  rows: Uint32Array<ArrayBuffer>;
  /** Weighted values of those rows, row-major. */
  values: Float32Array<ArrayBuffer>;
}

/**
 * Samples about `rowsAim` rows of a row-major gradient of `width` values a row. `random` gives uniform numbers in [0, 1).
 * Rows of zeros never go out. With `rowsAim` at or above the number of other rows, those all go out as they are.
 */
export function sampleRows(
  gradients: Float32Array,
  width: number,
  rowsAim: number,
  random: () => number,
): SampledRows {
  const norms = rowNorms(gradients, width);
  const threshold = samplingThreshold(norms, rowsAim);
  const rows: number[] = [];
  for (let row = 0; row < norms.length; row++) {
    if (norms[row] > 0 && random() * threshold < norms[row]) rows.push(row);
  }
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, n) => {
    const weight = Math.max(1, threshold / norms[row]);
    for (let k = 0; k < width; k++) values[n * width + k] = weight * gradients[row * width + k];
  });
  return { rows: Uint32Array.from(rows), values };
}

/** tau with sum min(1, norm / tau) = rowsAim, or 0 where there are no more rows than that. */
function samplingThreshold(norms: Float64Array, rowsAim: number): number {
  const sorted = norms.filter((norm) => norm > 0);
  if (sorted.length <= rowsAim) return 0;
  sorted.sort();
  let rest = sorted.reduce((sum, norm) => sum + norm, 0);
  // Take the largest rows as certain, one after the other, until the next one no longer is.
  for (let certain = 0; certain < rowsAim; certain++) {
    const threshold = rest / (rowsAim - certain);
    const largest = sorted[sorted.length - 1 - certain];
    if (largest <= threshold) return threshold;
    rest -= largest;
  }
  return sorted[sorted.length - rowsAim];
}

function rowNorms(gradients: Float32Array, width: number): Float64Array {
  const norms = new Float64Array(gradients.length / width);
  for (let row = 0; row < norms.length; row++) {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) sum += gradients[i] * gradients[i];
    norms[row] = Math.sqrt(sum);
  }
  return norms;
}
