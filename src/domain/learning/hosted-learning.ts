/**
 * What a device does for a local member, done for a hosted one: the same solve and the same gradient, from the ratings that
 * the member has given to the server.
 */

import { hostedGradientRowsMax } from "../limits.ts";
import type { Gradient } from "../messages/messages.ts";
import { quantizeRows } from "../messages/value-encoding.ts";
import type { Model } from "../model/apply-batch.ts";
import { readMatrix } from "../model/item-matrix.ts";
import { itemGradients, solveUserFactors } from "./factorization.ts";
import { type ItemKind, ItemSet } from "./item-set.ts";
import type { Rating } from "./ratings.ts";
import { sampleRows } from "./row-sampling.ts";
import type { LearningRule, Ratings } from "./weights.ts";

/** A model laid out for solving: once, for all members who learn from it. */
export interface LearningModel {
  modelVersion: number;
  rowCount: number;
  rule: LearningRule;
  items: ItemSet;
}

/** `kindOf` says what kind of item each row is. */
export function learningModel(model: Model, kindOf: (row: number) => ItemKind): LearningModel {
  const { modelVersion, rowCount, settings, factors } = model;
  const items = new ItemSet(readMatrix(model, model.blocks), factors, kindOf);
  return { modelVersion, rowCount, rule: settings, items };
}

/** The ratings that count, as the factorization takes them. Rows that the model does not have yet wait for the next one. */
function ratingsIn(model: LearningModel, current: readonly Rating[], ownRow: number): Ratings {
  const known = current.filter((rating) => rating.row < model.rowCount);
  return {
    rows: Uint32Array.from(known, (rating) => rating.row),
    values: Float32Array.from(known, (rating) => rating.value),
    ownRow,
  };
}

/** x_u with the rater bias last; zeros, which say nothing, where settings and values are too extreme for a finite one. */
export function learnUserFactors(
  model: LearningModel,
  current: readonly Rating[],
  ownRow: number,
): Float32Array<ArrayBuffer> {
  const ratings = ratingsIn(model, current, ownRow);
  const nothing = new Float32Array(model.rule.factors + 1);
  try {
    const userFactors = solveUserFactors(model.items, ratings, model.rule);
    return userFactors.every(Number.isFinite) ? userFactors : nothing;
  } catch {
    return nothing; // Cholesky: the matrix has lost its definiteness in rounding
  }
}

/**
 * The member's gradient over all rows, int8. Where they are more than one message is billed for, a sample whose sum is right
 * on average; it hides nothing here, it keeps messages and commits small. `random` gives uniform numbers in [0, 1).
 */
export function hostedGradient(
  model: LearningModel,
  current: readonly Rating[],
  ownRow: number,
  userFactors: Float32Array,
  { id, random }: { id: string; random: () => number },
): Gradient {
  const { factors } = model.rule;
  const width = factors + 1;
  const everyRow = Uint32Array.from({ length: model.rowCount }, (_, row) => row);
  const ratings = ratingsIn(model, current, ownRow);
  const dense = itemGradients(model.items, ratings, model.rule, userFactors, everyRow);
  const { rows, values } = sampleRows(dense, width, hostedGradientRowsMax(factors), random);
  return { id, modelVersion: model.modelVersion, rows, width, data: quantizeRows(values, width) };
}
