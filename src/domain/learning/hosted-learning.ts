/** What the server does for a hosted member: the learner's work, from the stored model to a queued gradient. */
import { hostedGradientRowsMax } from "../limits.ts";
import type { Gradient } from "../messages/messages.ts";
import { quantizeRows } from "../messages/value-encoding.ts";
import type { Model } from "../model/apply-batch.ts";
import { readMatrix } from "../model/item-matrix.ts";
import { type ItemKind, ItemSet } from "./item-set.ts";
import { type LearningModel, sampledGradient } from "./learner.ts";
import type { Ratings } from "./weights.ts";

/**
 * `kindOf` says what kind of item each row is; `values` is the matrix where it is
 * another than the model's own.
 */
export function learningModel(
  { modelVersion, settings, factors, ...model }: Model,
  kindOf: (row: number) => ItemKind,
  values = readMatrix({ ...model, factors }, model.blocks),
): LearningModel {
  return { modelVersion, rule: settings, items: new ItemSet(values, factors, kindOf) };
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
