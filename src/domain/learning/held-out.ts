/**
 * How well a model tells what a member likes: x_u is solved from nine tenths of their ratings, and the rest
 * is looked for in the ranking that it makes. Which ratings are held out is fixed by a seed, so that models
 * are compared on the same ones.
 */
import { uniform } from "../random.ts";
import { predictScores } from "./factorization.ts";
import { type ItemSet, NOBODY, PERSON } from "./item-set.ts";
import { type LearningModel, learnUserFactors, ratingsIn } from "./learner.ts";
import { ndcgOf, topRows } from "./ranking-quality.ts";

const HELD_OUT_SHARE = 0.1;

interface Rated {
  row: number;
  value: number;
}

export interface Rater {
  ownRow: number;
  /**
   * What counts of their ratings, by a seed of their own into those that are known and
   * those that are held out.
   */
  known: Rated[];
  heldOut: Rated[];
}

/** Whether a member's rating of a row is held out, by a seed of theirs: the same each time. */
export function isHeldOut(seed: number, row: number): boolean {
  return uniform(seed ^ Math.imul(row + 1, 0x9e3779b1))() < HELD_OUT_SHARE;
}

export function raterOf(ownRow: number, ratings: readonly Rated[], seed: number): Rater {
  const { held = [], known = [] } = Object.groupBy(ratings, ({ row }) =>
    isHeldOut(seed, row) ? "held" : "known",
  );
  return { ownRow, known, heldOut: held };
}

/** Null where nothing was held out to measure it on. */
export interface RaterQuality {
  /** NDCG at 10 of the liked ones held out, among all that the member has not rated before. */
  ndcg: number | null;
  /**
   * The chance that a person held out whom the member likes stands above another whom they
   * have not rated before.
   */
  auc: number | null;
}

export function qualityFor(model: LearningModel, { ownRow, known, heldOut }: Rater): RaterQuality {
  const { items } = model;
  const liked = heldOut.filter(
    ({ row, value }) => value > 0 && row < items.rowCount && row !== ownRow && items.kinds[row] !== NOBODY,
  );
  if (liked.length === 0) return { ndcg: null, auc: null };
  const scores = predictScores(items.values, learnUserFactors(model, ratingsIn(model, known, ownRow)));
  const rated = new Set(known.map(({ row }) => row));
  const isOut = (row: number) => row === ownRow || rated.has(row) || items.kinds[row] === NOBODY;
  const rows = liked.map(({ row }) => row);
  return { ndcg: ndcgOf(topRows(scores, isOut), new Set(rows)), auc: aucOf(items, scores, rows, isOut) };
}

function aucOf(
  { kinds, rowCount }: ItemSet,
  scores: Float32Array,
  liked: readonly number[],
  isOut: (row: number) => boolean,
): number | null {
  const people = liked.filter((row) => kinds[row] === PERSON);
  const isLiked = new Set(people);
  let [pairs, won] = [0, 0];
  if (people.length === 0) return null;
  for (let other = 0; other < rowCount; other++) {
    if (kinds[other] !== PERSON || isLiked.has(other) || isOut(other)) continue;
    for (const row of people) {
      pairs++;
      won += scores[row] > scores[other] ? 1 : scores[row] === scores[other] ? 0.5 : 0;
    }
  }
  return pairs === 0 ? null : won / pairs;
}
