import { expect, test } from "@jest/globals";
import { type Catalogue, catalogueItem } from "../../../src/domain/learning/catalogue.ts";
import { predictScores, probability } from "../../../src/domain/learning/factorization.ts";
import { learningModel } from "../../../src/domain/learning/hosted-learning.ts";
import { CONTENT, ItemSet, NOBODY } from "../../../src/domain/learning/item-set.ts";
import { learnUserFactors, ratingsIn } from "../../../src/domain/learning/learner.ts";
import { type Place, placeText, readPlace } from "../../../src/domain/learning/ranking.ts";
import { recommendLists } from "../../../src/domain/learning/recommend.ts";
import { modelOf, NOW_MS } from "../../fixtures/gradients.ts";

const OWN_ROW = 0;
const ana = {
  ownRow: OWN_ROW,
  ratings: [{ row: 1, value: 4 }],
  met: new Set<number>(),
  blocked: new Set<number>(),
};
const seeded = learningModel(modelOf(6, { regularization: 0.1, silenceWeight: 1 }), () => CONTENT);
const context = { model: seeded, catalogue: new Map() as Catalogue, memberCount: 6, nowMs: NOW_MS };
const everything = { exclude: [] };
const rowsOf = (list: { page: { row: number }[] }) => list.page.map(({ row }) => row);

test("rows come best first, each with the probability of its score", () => {
  const [{ page, next }] = recommendLists(context, ana, [everything]);
  const ratings = ratingsIn(seeded, ana.ratings, OWN_ROW);
  const scores = predictScores(seeded.items.values, learnUserFactors(seeded, ratings));
  expect(page.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5].sort((a, b) => scores[b] - scores[a]));
  for (const { row, score } of page) expect(score).toBeCloseTo(probability(scores[row]), 12);
  expect(next).toBeUndefined();
});

test("pages of any size are the whole ranking, cut", () => {
  const [{ page: whole }] = recommendLists(context, ana, [everything]);
  for (const limit of [1, 2, 4, 5]) {
    const pages = [];
    let after: Place | undefined;
    do {
      const [{ page, next }] = recommendLists(context, ana, [{ ...everything, limit, after }]);
      pages.push(...page);
      after = next && readPlace(placeText(next));
    } while (after);
    expect(pages).toEqual(whole);
  }
});

test("what is met, rated or blocked is left out, and the blocked whatever is asked", () => {
  const person = { ...ana, met: new Set([2]), blocked: new Set([3]) };
  const rows = (exclude?: ("met" | "rated")[]) =>
    rowsOf(recommendLists(context, person, [{ exclude }])[0]).sort();
  expect(rows()).toEqual([4, 5]);
  expect(rows(["met"])).toEqual([1, 4, 5]);
  expect(rows(["rated"])).toEqual([2, 4, 5]);
  expect(rows([])).toEqual([1, 2, 4, 5]);
});

/** Rows 2 and 3 are films, 4 is a book, of 5 nothing is told. */
const catalogue: Catalogue = new Map([
  [2, catalogueItem({ kind: "film", createdAt: new Date(NOW_MS - 86_400_000).toISOString() })],
  [3, catalogueItem({ kind: "film", createdAt: new Date(NOW_MS - 9 * 86_400_000).toISOString() })],
  [4, catalogueItem({ kind: "book" })],
]);

test("lists choose in turn: none holds what an earlier one holds, unless items may repeat", () => {
  const wishes = [{ kind: "film", limit: 1 }, { kind: "film" }, {}];
  const [first, second, third] = recommendLists({ ...context, catalogue }, ana, wishes).map(rowsOf);
  expect([...first, ...second].sort()).toEqual([2, 3]);
  expect(third.sort()).toEqual([4, 5]);
  const repeated = recommendLists({ ...context, catalogue }, ana, wishes, true).map(rowsOf);
  expect(repeated[0]).toEqual(first);
  expect(repeated[1].sort()).toEqual([2, 3]);
  expect(repeated[2].sort()).toEqual([2, 3, 4, 5]);
});

test("an age and a least score filter a list", () => {
  const [young, sure] = recommendLists(
    { ...context, catalogue },
    ana,
    [{ maxAgeDays: 2 }, { scoreMin: 1 }],
    true,
  );
  expect(rowsOf(young)).toEqual([2]);
  expect(rowsOf(sure)).toEqual([]);
  const [{ page: whole }] = recommendLists(context, ana, [{}]);
  const [{ page: some }] = recommendLists(context, ana, [{ scoreMin: whole[1].score }]);
  expect(some).toEqual(whole.slice(0, 2));
});

/** Rows of (y, b): 1 and 2 are alike in taste, 3 is popular, 4 and 5 are neither. */
const items = Float32Array.of(0, 0, 0, 2, 0, 0, 1.5, 0, 0, 0, 0, 0.9, -1, 0, -0.2, -1, 0, -0.2);
const lifted = { ...context, model: { ...seeded, items: new ItemSet(items, 2, () => CONTENT) } };

test("the reason is the part that lifts an item most above the others, and none lifts an item below them", () => {
  const [{ page }] = recommendLists(lifted, ana, [{}]);
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
  const [{ page }] = recommendLists({ ...lifted, memberCount: 4 }, ana, [{}]);
  expect(page).toHaveLength(4);
  for (const recommendation of page) expect(recommendation).not.toHaveProperty("reason");
});

test("somebody who has rated nothing gets what is popular, and is told so", () => {
  for (const ratings of [[], [{ row: 9, value: 3 }]]) {
    const [{ page }] = recommendLists(lifted, { ...ana, ratings }, [{ exclude: [] }]);
    expect(page[0]).toEqual({ row: 3, score: probability(items[11] + 0.5), reason: "popular" });
    expect(page.map(({ row }) => row)).toEqual([3, 1, 2, 4, 5]);
  }
});

test("ratings of an item that is gone are ignored: with no other, what is popular is all there is", () => {
  const kindOf = (row: number) => (row === 1 ? NOBODY : CONTENT);
  const model = { ...seeded, items: new ItemSet(items, 2, kindOf) };
  const [{ page }] = recommendLists({ ...lifted, model }, ana, [{ exclude: [] }]);
  expect(page.map(({ row }) => row)).toEqual([3, 2, 4, 5]);
  expect(page[0].reason).toBe("popular");
});
