/** What the server does for a hosted member: the learner's work, from the stored model to a queued gradient. */
import { hostedGradientRowsMax } from "../limits.ts";
import type { Gradient } from "../messages/messages.ts";
import { quantizeRows } from "../messages/value-encoding.ts";
import type { Model } from "../model/apply-batch.ts";
import { readMatrix } from "../model/item-matrix.ts";
import { type ItemKind, ItemSet } from "./item-set.ts";
import { type LearningModel, sampledGradient } from "./learner.ts";
import type { Ratings } from "./weights.ts";

/** `kindOf` says what kind of item each row is. */
export function learningModel(model: Model, kindOf: (row: number) => ItemKind): LearningModel {
  const { modelVersion, settings, factors } = model;
  return {
    modelVersion,
    rule: settings,
    items: new ItemSet(readMatrix(model, model.blocks), factors, kindOf),
  };
}

/**
 * The member's gradient over all rows, int8. Where they are more than one message is billed for, a sample of them; it hides
 * nothing here, it keeps messages and commits small.
 */
export function hostedGradient(
  model: LearningModel,
  ratings: Ratings,
  userFactors: Float32Array,
  { id, random }: { id: string; random: () => number },
): Gradient {
  const { factors } = model.rule;
  const width = factors + 1;
  const rowsAim = hostedGradientRowsMax(factors);
  const { rows, values } = sampledGradient(model, ratings, userFactors, rowsAim, random);
  return { id, modelVersion: model.modelVersion, rows, width, data: quantizeRows(values, width) };
}
