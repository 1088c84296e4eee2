/**
 * Biases alone: preference = mean + generosity of the user + appeal of the item, by ridge least squares with the confidences of
 * the full model. What a factor model must beat to have learnt anything about pairs.
 */
import type { Dataset } from "./dataset.ts";

export interface AdditiveModel {
  mean: number;
  userBias: Float64Array;
  itemBias: Float64Array;
}

export interface AdditiveOptions {
  alpha: number;
  regularization: number;
  /** What an unrated item counts as a dislike: 1 as in implicit feedback, 0 where only what was rated is known. */
  unratedWeight: number;
}

const SWEEPS = 15;

export function trainAdditive(train: Dataset, options: AdditiveOptions): AdditiveModel {
  const { alpha, regularization, unratedWeight } = options;
  const { users, itemCount } = train;
  const userBias = new Float64Array(users.length);
  const itemBias = new Float64Array(itemCount);
  const mean = weightedMean(train, options);
  const sumOf = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    // Each cell starts as unrated, preference 0, and rated ones move from there to their own weight and preference.
    const itemTotal = new Float64Array(itemCount).fill(
      -unratedWeight * (users.length * mean + sumOf(userBias)),
    );
    const itemWeight = new Float64Array(itemCount).fill(unratedWeight * users.length);
    const background = -unratedWeight * (itemCount * mean + sumOf(itemBias));
    users.forEach(({ rows, values }, u) => {
      let total = background;
      let weight = unratedWeight * itemCount;
      rows.forEach((row, n) => {
        const confidence = 1 + alpha * Math.abs(values[n]);
        const preference = values[n] > 0 ? 1 : 0;
        total += confidence * (preference - mean - itemBias[row]) + unratedWeight * (mean + itemBias[row]);
        weight += confidence - unratedWeight;
      });
      userBias[u] = total / (weight + regularization);
    });
    itemTotal.fill(-unratedWeight * (users.length * mean + sumOf(userBias)));
    users.forEach(({ rows, values }, u) => {
      rows.forEach((row, n) => {
        const confidence = 1 + alpha * Math.abs(values[n]);
        const preference = values[n] > 0 ? 1 : 0;
        itemTotal[row] +=
          confidence * (preference - mean - userBias[u]) + unratedWeight * (mean + userBias[u]);
        itemWeight[row] += confidence - unratedWeight;
      });
    });
    for (let i = 0; i < itemCount; i++) itemBias[i] = itemTotal[i] / (itemWeight[i] + regularization);
  }
  return { mean, userBias, itemBias };
}

function weightedMean({ users, itemCount }: Dataset, { alpha, unratedWeight }: AdditiveOptions): number {
  let total = 0;
  let weight = unratedWeight * users.length * itemCount;
  for (const { values } of users) {
    for (const value of values) {
      const confidence = 1 + alpha * Math.abs(value);
      weight += confidence - unratedWeight;
      if (value > 0) total += confidence;
    }
  }
  return total / weight;
}
