/** Which items people like who like a given one: the cosine of the angle between y_i and y_j. Popularity has no part in it. */
import type { ItemSet } from "./item-set.ts";

/** The similarity of every row to one, from -1 to 1; 0 to rows without a direction. */
export function similaritiesTo(
  { values, factors, rowCount }: ItemSet,
  row: number,
): Float32Array<ArrayBuffer> {
  const width = factors + 1;
  const own = values.subarray(row * width, row * width + factors);
  const ownNorm = Math.hypot(...own);
  const similarities = new Float32Array(rowCount);
  for (let other = 0; other < rowCount; other++) {
    let product = 0;
    let squares = 0;
    for (let k = 0; k < factors; k++) {
      const value = values[other * width + k];
      product += own[k] * value;
      squares += value * value;
    }
    const norms = ownNorm * Math.sqrt(squares);
    if (norms > 0) similarities[other] = product / norms;
  }
  return similarities;
}
