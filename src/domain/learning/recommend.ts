/**
 * Ranks items for a hosted member, members and content items alike, with a reason in words where there is one to give. It
 * reads that member's own ratings and the item matrix, which every member may read: so neither rank nor reason tells
 * anything of another's ratings that the matrix does not.
 */
import { probability } from "./factorization.ts";
import { type LearningModel, learnUserFactors, type RankedRow, rankRows, ratingsIn } from "./learner.ts";
import type { Rating } from "./ratings.ts";

export type Reason = "liked by people who liked the same" | "liked by many";

export interface RecommendedRow {
  row: number;
  /** The probability that the member will like it. */
  score: number;
  reason?: Reason;
}

/** A place in a ranking, by what stands there, so that it holds while the ranking moves. */
export type Place = RankedRow;

export interface RecommendationQuery {
  ownRow: number;
  /** Rows that may be recommended, ascending. */
  rows: readonly number[];
  limit: number;
  after?: Place;
  /** Below this many members a reason could be told from whom it comes. */
  memberCount: number;
}

const REASON_MEMBERS_MIN = 5;

/** x_u.y_i and b_i: what speaks for an item in this member's taste, and in everybody's. */
function partsOf({ items, rule }: LearningModel, userFactors: Float32Array, row: number) {
  const start = row * (rule.factors + 1);
  let taste = 0;
  for (let k = 0; k < rule.factors; k++) taste += userFactors[k] * items.values[start + k];
  return { taste, popularity: items.values[start + rule.factors] };
}

/** The larger of the two parts, as far as it is above that of the average item. */
function reasoning(model: LearningModel, userFactors: Float32Array, ranked: readonly RankedRow[]) {
  const mean = { taste: 0, popularity: 0 };
  for (const { row } of ranked) {
    const { taste, popularity } = partsOf(model, userFactors, row);
    mean.taste += taste / ranked.length;
    mean.popularity += popularity / ranked.length;
  }
  return (row: number): Reason | undefined => {
    const parts = partsOf(model, userFactors, row);
    const taste = parts.taste - mean.taste;
    const popularity = parts.popularity - mean.popularity;
    if (Math.max(taste, popularity) <= 0) return undefined;
    return taste > popularity ? "liked by people who liked the same" : "liked by many";
  };
}

/** One page, best first, ties by row; `next` is where the following one begins, if there is one. */
export function recommend(
  model: LearningModel,
  current: readonly Rating[],
  { ownRow, rows, limit, after, memberCount }: RecommendationQuery,
): { page: RecommendedRow[]; next?: Place } {
  const userFactors = learnUserFactors(model, ratingsIn(model, current, ownRow));
  const whole = rankRows(model, userFactors, rows);
  const isBehind = ({ row, score }: RankedRow) =>
    !after || score < after.score || (score === after.score && row > after.row);
  const ranked = whole.filter(isBehind);
  const reasonOf = memberCount < REASON_MEMBERS_MIN ? () => undefined : reasoning(model, userFactors, whole);
  const page = ranked.slice(0, limit).map(({ row, score }): RecommendedRow => {
    const reason = reasonOf(row);
    return { row, score: probability(score), ...(reason ? { reason } : {}) };
  });
  if (ranked.length <= limit) return { page };
  return { page, next: ranked[limit - 1] };
}

/** A place as an opaque text: the bits of its float32 score, and its row. */
export function placeText({ score, row }: Place): string {
  const bits = new Uint32Array(Float32Array.of(score).buffer)[0];
  return `${bits.toString(16).padStart(8, "0")}${row.toString(16)}`;
}

export function readPlace(text: string): Place {
  const score = new Float32Array(Uint32Array.of(Number.parseInt(text.slice(0, 8), 16)).buffer)[0];
  return { score, row: Number.parseInt(text.slice(8), 16) };
}
