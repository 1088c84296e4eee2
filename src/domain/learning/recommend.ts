/**
 * Recommends items to a hosted member, members and content items alike, in one list or several, with a reason in words where there
 * is one to give. It reads that member's own ratings, the catalogue and the item matrix, which every member may read: so
 * neither rank nor reason tells anything of another's ratings that the matrix does not.
 */
import type { ListWish } from "../messages/item.ts";
import { type Catalogue, filterRows } from "./catalogue.ts";
import { predictScores, probability, RATER_BIAS_PRIOR } from "./factorization.ts";
import { type ItemSet, NOBODY } from "./item-set.ts";
import { type LearningModel, learnUserFactors, ratingsIn } from "./learner.ts";
import { type Page, type Place, pageOf } from "./ranking.ts";

/** `popular`: the member has rated nothing, so that popularity is all there is to rank by. */
export type Reason = "liked by people who liked the same" | "liked by many" | "popular";

export interface RecommendedRow {
  row: number;
  /** The probability that the member will like it. */
  score: number;
  reason?: Reason;
}

export interface Recommendations {
  page: RecommendedRow[];
  next?: Place;
}

/** What is known of somebody who is to be recommended something. */
export interface Person {
  ownRow: number | undefined;
  /** What counts of their ratings. */
  ratings: readonly { row: number; value: number }[];
  /** Rows of those they have met. */
  met: ReadonlySet<number>;
  /** Rows that they shall never see. */
  blocked: ReadonlySet<number>;
}

export interface RecommendationContext {
  model: LearningModel;
  catalogue: Catalogue;
  /** Below a few members a reason could be told from whom it comes. */
  memberCount: number;
  nowMs: number;
}

export const LIST_LIMIT_DEFAULT = 10;
export const EXCLUDE_DEFAULT: NonNullable<ListWish["exclude"]> = ["met", "rated"];
const REASON_MEMBERS_MIN = 5;

/** x_u with the rater bias last. Who has rated nothing has no taste yet: every item counts by its own bias b_i, its popularity. */
function userFactorsOf(model: LearningModel, { ratings, ownRow }: Person) {
  const known = ratingsIn(model, ratings, ownRow);
  const isTelling = known.rows.some((row) => model.items.kinds[row] !== NOBODY);
  if (isTelling) return { userFactors: learnUserFactors(model, known), isTelling };
  const userFactors = new Float32Array(model.rule.factors + 1);
  userFactors[model.rule.factors] = RATER_BIAS_PRIOR;
  return { userFactors, isTelling };
}

/**
 * What speaks most for an item, this member's taste x_u.y_i or everybody's b_i, as far as it is above that of the average item.
 */
function reasoning({ values, kinds, factors }: ItemSet, scores: Float32Array, raterBias: number) {
  const partsOf = (row: number) => {
    const popularity = values[row * (factors + 1) + factors];
    return { taste: scores[row] - raterBias - popularity, popularity };
  };
  const sum = { taste: 0, popularity: 0, count: 0 };
  for (let row = 0; row < kinds.length; row++) {
    if (kinds[row] === NOBODY) continue;
    const { taste, popularity } = partsOf(row);
    sum.taste += taste;
    sum.popularity += popularity;
    sum.count++;
  }
  return (row: number): Reason | undefined => {
    const parts = partsOf(row);
    const taste = parts.taste - sum.taste / sum.count;
    const popularity = parts.popularity - sum.popularity / sum.count;
    if (Math.max(taste, popularity) <= 0) return undefined;
    return taste > popularity ? "liked by people who liked the same" : "liked by many";
  };
}

/**
 * A page for each list, best first, ties by row. Lists choose in turn: what an earlier one holds a later one does not, unless
 * items may `repeat`. All share one solve and one score an item.
 */
export function recommendLists(
  { model, catalogue, memberCount, nowMs }: RecommendationContext,
  person: Person,
  wishes: readonly (ListWish & { after?: Place })[],
  repeat = false,
): Recommendations[] {
  const { items } = model;
  const { userFactors, isTelling } = userFactorsOf(model, person);
  const scores = predictScores(items.values, userFactors);
  const why = reasoning(items, scores, userFactors[items.factors]);
  const reasonOf = (row: number): Reason | undefined => {
    if (!isTelling) return "popular";
    return memberCount < REASON_MEMBERS_MIN ? undefined : why(row);
  };
  const rated = new Set(person.ratings.flatMap(({ row, value }) => (value === 0 ? [] : row)));
  const taken = new Set<number>();
  return wishes.map((wish) => {
    const { limit = LIST_LIMIT_DEFAULT, exclude = EXCLUDE_DEFAULT, scoreMin = 0, after } = wish;
    const isLeftOut = [person.blocked, taken];
    if (exclude.includes("met")) isLeftOut.push(person.met);
    if (exclude.includes("rated")) isLeftOut.push(rated);
    const filter = filterRows(items, catalogue, wish, nowMs);
    const passes = (row: number) =>
      row !== person.ownRow &&
      !isLeftOut.some((rows) => rows.has(row)) &&
      (scoreMin === 0 || probability(scores[row]) >= scoreMin) &&
      filter(row);
    const { rows, next }: Page = pageOf(scores, limit, passes, after);
    if (!repeat) for (const { row } of rows) taken.add(row);
    const page = rows.map(({ row, score }): RecommendedRow => {
      const reason = reasonOf(row);
      return { row, score: probability(score), ...(reason ? { reason } : {}) };
    });
    return next ? { page, next } : { page };
  });
}
