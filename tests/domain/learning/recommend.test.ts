import { expect, test } from "@jest/globals";
import { predictScores, probability } from "../../../src/domain/learning/factorization.ts";
import { learningModel } from "../../../src/domain/learning/hosted-learning.ts";
import { CONTENT, ItemSet } from "../../../src/domain/learning/item-set.ts";
import { learnUserFactors, ratingsIn } from "../../../src/domain/learning/learner.ts";
import type { Rating } from "../../../src/domain/learning/ratings.ts";
import {
  placeText,
  type RecommendationQuery,
  readPlace,
  recommend,
} from "../../../src/domain/learning/recommend.ts";
import { idOf, modelOf } from "../../fixtures/gradients.ts";

const OWN_ROW = 0;
const liked: Rating[] = [{ id: idOf(1), row: 1, value: 4, occurredAtMs: 0 }];
const query: RecommendationQuery = { ownRow: OWN_ROW, rows: [1, 2, 3, 4, 5], limit: 10, memberCount: 6 };
const seeded = learningModel(modelOf(6, { regularization: 0.1, silenceWeight: 1 }), () => CONTENT);

test("rows come best first, each with the probability of its score", () => {
  const { page, next } = recommend(seeded, liked, query);
  const scores = predictScores(
    seeded.items.values,
    learnUserFactors(seeded, ratingsIn(seeded, liked, OWN_ROW)),
  );
  expect(page.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5].sort((a, b) => scores[b] - scores[a]));
  for (const { row, score } of page) expect(score).toBeCloseTo(probability(scores[row]), 12);
  expect(next).toBeUndefined();
});

test("pages of any size are the whole ranking, cut", () => {
  const whole = recommend(seeded, liked, query).page;
  for (const limit of [1, 2, 4, 5]) {
    const pages = [];
    let after: RecommendationQuery["after"];
    do {
      const { page, next } = recommend(seeded, liked, { ...query, limit, after });
      pages.push(...page);
      after = next && readPlace(placeText(next));
    } while (after);
    expect(pages).toEqual(whole);
  }
});

test("equal scores are ranked by row, and a page may end among them", () => {
  const level = { ...seeded, items: new ItemSet(new Float32Array(18), 2, () => CONTENT) };
  const first = recommend(level, [], { ...query, limit: 2 });
  expect(first.page.map(({ row }) => row)).toEqual([1, 2]);
  const second = recommend(level, [], { ...query, after: first.next });
  expect(second.page.map(({ row }) => row)).toEqual([3, 4, 5]);
});

/** Rows of (y, b): 1 and 2 are alike in taste, 3 is popular, 4 and 5 are neither. */
const items = Float32Array.of(0, 0, 0, 2, 0, 0, 1.5, 0, 0, 0, 0, 0.9, -1, 0, -0.2, -1, 0, -0.2);

test("the reason is the part that lifts an item most above the others, and none lifts an item below them", () => {
  const model = learningModel(modelOf(6, { regularization: 0.1, silenceWeight: 1 }), () => CONTENT);
  const lifted = { ...model, items: new ItemSet(items, 2, () => CONTENT) };
  // Row 6 was given after the model was read.
  const { page } = recommend(lifted, liked, { ...query, rows: [2, 3, 4, 5, 6] });
  expect(new Map(page.map(({ row, reason }) => [row, reason]))).toEqual(
    new Map([
      [2, "liked by people who liked the same"],
      [3, "liked by many"],
      [4, undefined],
      [5, undefined],
    ]),
  );
});

test("among four members no reason is given", () => {
  const { page } = recommend({ ...seeded, items: new ItemSet(items, 2, () => CONTENT) }, liked, {
    ...query,
    memberCount: 4,
  });
  for (const recommendation of page) expect(recommendation).not.toHaveProperty("reason");
});
