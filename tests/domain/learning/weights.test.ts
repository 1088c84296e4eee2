import { expect, test } from "@jest/globals";
import { CONTENT, ItemSet, PERSON } from "../../../src/domain/learning/item-set.ts";
import { type LearningRule, weigh } from "../../../src/domain/learning/weights.ts";

const rule: LearningRule = { factors: 1, alpha: null, regularization: null, silenceWeight: null };

/** So many people, and so many things behind them. */
const itemsOf = (people: number, things = 0) =>
  new ItemSet(new Float32Array(2 * (people + things)).fill(0.5), 1, (row) =>
    row < people ? PERSON : CONTENT,
  );

/** Likings of strength 3, whose answers weigh 4 each, from row 1 on; row 0 is the member's own. */
const likes = (count: number, from = 1) => ({
  rows: Uint32Array.from({ length: count }, (_, n) => from + n),
  values: new Float32Array(count).fill(3),
  ownRow: 0,
});

test("who knows everybody fits the answers, and there is no silence to weigh", () => {
  const weights = weigh(itemsOf(9), likes(8), rule);
  expect(weights.observed[PERSON]).toBeCloseTo(0.05, 12);
  expect(weights.regularization).toBeCloseTo(0.05 * 32 + 0.1, 12);
  expect(weights.drawToOwnRow).toBe(weights.regularization);
});

test("who has met 3 of 100 is a stranger: little silence, much regularization", () => {
  const weights = weigh(itemsOf(101), likes(3), rule);
  const familiarity = 5 / 25;
  expect(weights.silence[PERSON]).toBeCloseTo((familiarity * 12) / 97, 12);
  expect(weights.observed[PERSON]).toBeCloseTo(0.25 - 0.2 * familiarity, 12);
});

test("silence about things weighs 1 each, and no more than 25 times the answers about them", () => {
  expect(weigh(itemsOf(2, 50), likes(2, 2), rule).silence[CONTENT]).toBe(1);
  expect(weigh(itemsOf(2, 1001), likes(1, 2), rule).silence[CONTENT]).toBeCloseTo(100 / 1000, 12);
  expect(weigh(itemsOf(5, 50), likes(2), rule).silence[CONTENT]).toBe(0);
});

test("answers about things do not draw a member to their own row", () => {
  const weights = weigh(itemsOf(2, 50), likes(2, 2), rule);
  expect(weights.regularization).toBeCloseTo((0.05 + 1 / 2) * 8 + 0.1, 12);
  expect(weights.drawToOwnRow).toBeCloseTo(0.1, 12);
});

test("a setting takes the place of its part of the rule", () => {
  const items = itemsOf(9);
  expect(weigh(items, likes(3), { ...rule, silenceWeight: 0.7 }).silence).toEqual([0.7, 0.7, 0]);
  expect(weigh(items, likes(3), { ...rule, regularization: 6 })).toMatchObject({
    regularization: 6,
    drawToOwnRow: 0,
    observed: [0, 0, 0],
  });
  expect(weigh(items, likes(8), { ...rule, alpha: 2 }).regularization).toBeCloseTo(0.05 * 56 + 0.1, 12);
});
