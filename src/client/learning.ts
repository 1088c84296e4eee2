/** Learning on the device: the solve, the ranking and the gradient, from the synced model and the ratings kept here. */
import {
  itemGradients,
  predictScores,
  probability,
  solveUserFactors,
} from "../domain/learning/factorization.ts";
import { type PrivacyRule, privatized } from "../domain/learning/privacy.ts";
import { sampleRows } from "../domain/learning/row-sampling.ts";
import type { Ratings } from "../domain/learning/weights.ts";
import { encodeValues } from "../domain/messages/value-encoding.ts";
import type { LocalModel } from "./local-model.ts";
import type { GradientBody } from "./outbox.ts";
import type { RatingsByItem } from "./profile.ts";
import { normalFrom } from "./random.ts";

export interface Recommendation {
  itemId: string;
  /** The probability that the device's owner will like it. */
  score: number;
}

/** The ratings of items that the model has, by row. `ownRow` is left out where the model does not reach it yet. */
export function ratingsIn(model: LocalModel, ratings: RatingsByItem, ownRow: number | undefined): Ratings {
  const rated: [number, number][] = [];
  for (const [itemId, value] of Object.entries(ratings)) {
    const row = model.rowOf.get(itemId);
    if (row !== undefined) rated.push([row, value]);
  }
  rated.sort(([a], [b]) => a - b);
  return {
    rows: Uint32Array.from(rated, ([row]) => row),
    values: Float32Array.from(rated, ([, value]) => value),
    ownRow: ownRow !== undefined && ownRow < model.itemIds.length ? ownRow : undefined,
  };
}

/** K+1 values, the rater bias last. */
export function solve(model: LocalModel, ratings: Ratings): Float32Array<ArrayBuffer> {
  return solveUserFactors(model.items, ratings, model.rule);
}

/** The body of `PUT members/me/user-factors`. */
export interface SharedFactors {
  /** K+1, the rater bias last. */
  values: number[];
  noiseStdDev: number;
}

/**
 * User factors as they are shared: normal noise on each of the K+1 values, `noise` times their spread. The spread is the
 * root mean square of the K values of x_u: a device knows it alone, and it is the same in whatever basis the model stands.
 */
export function noised(userFactors: Float32Array, noise: number, random: () => number): SharedFactors {
  const tastes = userFactors.subarray(0, -1);
  const noiseStdDev = (noise * Math.hypot(...tastes)) / Math.sqrt(tastes.length);
  return {
    values: Array.from(userFactors, (value) => value + noiseStdDev * normalFrom(random)),
    noiseStdDev,
  };
}

/** Every item but the excluded, best first, ties by row. */
export function rank(model: LocalModel, ratings: Ratings, excluded: ReadonlySet<string>): Recommendation[] {
  const scores = predictScores(model.items.values, solve(model, ratings));
  const ranked: Recommendation[] = [];
  model.itemIds.forEach((itemId, row) => {
    if (itemId !== null && !excluded.has(itemId)) ranked.push({ itemId, score: probability(scores[row]) });
  });
  return ranked.sort((a, b) => b.score - a.score);
}

/** The member's gradient of about `rowsAim` rows, in int8; null where there is nothing to tell. */
export function makeGradient(
  model: LocalModel,
  ratings: Ratings,
  id: string,
  random: () => number,
  rowsAim: number,
): GradientBody | null {
  const { rows, values } = sampleRows(denseGradient(model, ratings), widthOf(model), rowsAim, random);
  return rows.length === 0 ? null : bodyOf(model, id, rows, values);
}

/** The member's gradient clipped and noised: every row, since the choice of rows would tell what the noise hides. */
export function makePrivateGradient(
  model: LocalModel,
  ratings: Ratings,
  id: string,
  random: () => number,
  rule: PrivacyRule,
): GradientBody {
  return bodyOf(model, id, everyRow(model), privatized(denseGradient(model, ratings), rule, random));
}

const widthOf = (model: LocalModel): number => model.rule.factors + 1;
const everyRow = (model: LocalModel) => Uint32Array.from(model.itemIds.keys());

function denseGradient(model: LocalModel, ratings: Ratings): Float32Array {
  return itemGradients(model.items, ratings, model.rule, solve(model, ratings), everyRow(model));
}

function bodyOf(model: LocalModel, id: string, rows: Uint32Array, values: Float32Array): GradientBody {
  const { modelVersion } = model;
  return { id, modelVersion, rows: Array.from(rows), ...encodeValues(values, widthOf(model), "i8") };
}
