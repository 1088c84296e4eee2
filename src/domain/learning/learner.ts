/**
 * The learner: from the item matrix and one member's ratings to their user factors and their gradient.
 * A device does this for a local member, the server for a hosted one.
 */
import { itemGradients, solveUserFactors } from "./factorization.ts";
import type { ItemSet } from "./item-set.ts";
import { type SampledRows, sampleRows } from "./row-sampling.ts";
import type { LearningRule, Ratings } from "./weights.ts";

/** A model laid out for solving: once, for all members who learn from it. */
export interface LearningModel {
  modelVersion: number;
  rule: LearningRule;
  items: ItemSet;
}

/**
 * Ratings as the factorization takes them. One of 0 is none; those of rows that the model does not have yet
 * wait for the next one.
 */
export function ratingsIn(
  { items }: LearningModel,
  rated: readonly { row: number; value: number }[],
  ownRow: number | undefined,
): Ratings {
  const known = rated
    .filter(({ row, value }) => row < items.rowCount && value !== 0)
    .sort((a, b) => a.row - b.row);
  return {
    rows: Uint32Array.from(known, ({ row }) => row),
    values: Float32Array.from(known, ({ value }) => value),
    ownRow: ownRow !== undefined && ownRow < items.rowCount ? ownRow : undefined,
  };
}

/** x_u with the rater bias last; zeros, which say nothing, where settings and values are too extreme for a finite one. */
export function learnUserFactors(
  { items, rule }: LearningModel,
  ratings: Ratings,
): Float32Array<ArrayBuffer> {
  const nothing = new Float32Array(rule.factors + 1);
  try {
    const userFactors = solveUserFactors(items, ratings, rule);
    return userFactors.every(Number.isFinite) ? userFactors : nothing;
  } catch {
    return nothing; // Cholesky: the matrix has lost its definiteness in rounding
  }
}

/** The member's gradient of every row, row-major, K+1 values a row. */
export function gradientOf(
  { items, rule }: LearningModel,
  ratings: Ratings,
  userFactors: Float32Array,
): Float32Array {
  const everyRow = Uint32Array.from(items.kinds.keys());
  return itemGradients(items, ratings, rule, userFactors, everyRow);
}

/** About `rowsAim` rows of the member's gradient, whose sum is right on average. `random` gives uniform numbers in [0, 1). */
export function sampledGradient(
  model: LearningModel,
  ratings: Ratings,
  userFactors: Float32Array,
  rowsAim: number,
  random: () => number,
): SampledRows {
  return sampleRows(gradientOf(model, ratings, userFactors), model.rule.factors + 1, rowsAim, random);
}
