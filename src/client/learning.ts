/** Learning on the device: the learner's work, from the synced model and the ratings kept here to what is shown and sent. */
import { catalogueItem } from "../domain/learning/catalogue.ts";
import { gradientOf, learnUserFactors, ratingsIn, sampledGradient } from "../domain/learning/learner.ts";
import { type PrivacyRule, privatized } from "../domain/learning/privacy.ts";
import { type Reason, recommendLists } from "../domain/learning/recommend.ts";
import type { Ratings } from "../domain/learning/weights.ts";
import type { ListWish } from "../domain/messages/item.ts";
import { encodeValues } from "../domain/messages/value-encoding.ts";
import type { Item } from "./items.ts";
import type { LocalModel } from "./local-model.ts";
import type { GradientBody } from "./outbox.ts";
import type { RatingsByItem } from "./profile.ts";

export interface Recommendation {
  itemId: string;
  /** The probability that the device's owner will like it. */
  score: number;
  reason?: Reason;
}

/** What a device may recommend: as the server filters for hosted members, by `items` where the filter is of content items. */
export interface RecommendationWish extends ListWish {
  /**
   * As `items()` has fetched them. Without them nothing is known of content items, and none passes a filter
   * by what is told of them.
   */
  items?: readonly Item[];
}

/** The rated rows among those that the model has. */
function ratedRows(model: LocalModel, ratings: RatingsByItem): { row: number; value: number }[] {
  return Object.entries(ratings).flatMap(([itemId, value]) => {
    const row = model.rowOf.get(itemId);
    return row === undefined ? [] : { row, value };
  });
}

/** The ratings of items that the model has. */
export function ratingsOfItems(
  model: LocalModel,
  ratings: RatingsByItem,
  ownRow: number | undefined,
): Ratings {
  return ratingsIn(model, ratedRows(model, ratings), ownRow);
}

/** What the device knows of its owner. */
interface Owner {
  ownRow: number | undefined;
  ratings: RatingsByItem;
  met: readonly string[];
}

/** The items that the owner will most probably like, best first, ties by row. */
export function recommendLocally(
  model: LocalModel,
  { ownRow, ratings, met }: Owner,
  { items = [], ...wish }: RecommendationWish,
  nowMs: number,
): Recommendation[] {
  const rowsOf = (itemIds: readonly string[]) => itemIds.flatMap((itemId) => model.rowOf.get(itemId) ?? []);
  const catalogue = new Map(
    items.flatMap(({ itemId, ...metadata }) =>
      rowsOf([itemId]).map((row) => [row, catalogueItem(metadata)] as const),
    ),
  );
  const memberCount = model.items.people.at(-1)!;
  const person = {
    ownRow,
    ratings: ratedRows(model, ratings),
    met: new Set(rowsOf(met)),
    blocked: new Set<number>(),
  };
  const [{ page }] = recommendLists({ model, catalogue, memberCount, nowMs }, person, [wish]);
  return page.map(({ row, ...rest }) => ({ itemId: model.itemIds[row]!, ...rest }));
}

/** The member's gradient of about `rowsAim` rows, in int8; null where there is nothing to tell. */
export function makeGradient(
  model: LocalModel,
  ratings: Ratings,
  id: string,
  random: () => number,
  rowsAim: number,
): GradientBody | null {
  const userFactors = learnUserFactors(model, ratings);
  const { rows, values } = sampledGradient(model, ratings, userFactors, rowsAim, random);
  return rows.length === 0 ? null : bodyOf(model, id, rows, values);
}

/**
 * The member's gradient clipped and noised: every row, since the choice of rows would tell what the noise hides. Their own row
 * alone stays zero, which tells nothing: the server takes no other.
 */
export function makePrivateGradient(
  model: LocalModel,
  ratings: Ratings,
  id: string,
  random: () => number,
  rule: PrivacyRule,
): GradientBody {
  const gradient = gradientOf(model, ratings, learnUserFactors(model, ratings));
  const everyRow = Uint32Array.from(model.itemIds.keys());
  const noisy = privatized(gradient, rule, random);
  const width = model.rule.factors + 1;
  if (ratings.ownRow !== undefined) noisy.fill(0, ratings.ownRow * width, (ratings.ownRow + 1) * width);
  return bodyOf(model, id, everyRow, noisy);
}

function bodyOf(model: LocalModel, id: string, rows: Uint32Array, values: Float32Array): GradientBody {
  const { modelVersion, rule } = model;
  return { id, modelVersion, rows: Array.from(rows), ...encodeValues(values, rule.factors + 1, "i8") };
}
