/** The floor: everybody is shown what most like. */
import type { Dataset } from "./dataset.ts";

/** Likings an item received. */
export function popularityScores(train: Dataset): Float32Array {
  const counts = new Float32Array(train.itemCount);
  for (const { rows, values } of train.users) {
    rows.forEach((row, n) => {
      if (values[n] > 0) counts[row]++;
    });
  }
  return counts;
}
