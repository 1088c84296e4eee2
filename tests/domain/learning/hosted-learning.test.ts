import { expect, test } from "@jest/globals";
import { itemGradients, solveUserFactors } from "../../../src/domain/learning/factorization.ts";
import { hostedGradient, learningModel } from "../../../src/domain/learning/hosted-learning.ts";
import { PERSON } from "../../../src/domain/learning/item-set.ts";
import { type LearningModel, learnUserFactors, ratingsIn } from "../../../src/domain/learning/learner.ts";
import type { Rating } from "../../../src/domain/learning/ratings.ts";
import { hostedGradientRowsMax, MESSAGE_BYTES_MAX } from "../../../src/domain/limits.ts";
import { encodeQueuedGradient } from "../../../src/domain/messages/queued-gradient.ts";
import { toFloat32 } from "../../../src/domain/messages/value-encoding.ts";
import { uniform } from "../../../src/domain/random.ts";
import { idOf, modelOf } from "../../fixtures/gradients.ts";

const rated = (row: number, value: number): Rating => ({ id: idOf(row), row, value, occurredAtMs: 0 });
const ratings = [rated(1, 3), rated(4, -2)];
const OWN_ROW = 2;
const factorsFrom = (model: LearningModel, of: Rating[]) =>
  learnUserFactors(model, ratingsIn(model, of, OWN_ROW));

test("a hosted member's factors and gradient are those that their device would make", () => {
  const model = learningModel(modelOf(6, { alpha: 2, regularization: 3, silenceWeight: 1 }), () => PERSON);
  const asOnDevice = { rows: Uint32Array.of(1, 4), values: Float32Array.of(3, -2), ownRow: OWN_ROW };
  const userFactors = factorsFrom(model, ratings);
  expect(userFactors).toEqual(solveUserFactors(model.items, asOnDevice, model.rule));

  const gradient = hostedGradient(model, ratingsIn(model, ratings, OWN_ROW), userFactors, {
    id: idOf(9),
    random: uniform(1),
  });
  expect(Array.from(gradient.rows)).toEqual([0, 1, 3, 4, 5]);
  const exact = itemGradients(model.items, asOnDevice, model.rule, userFactors, gradient.rows);
  toFloat32(gradient.data, 3).forEach((value, at) => {
    expect(Math.abs(value - exact[at])).toBeLessThan(0.05);
  });
});

test("a rating of a row that the model does not have yet waits", () => {
  const model = learningModel(modelOf(6), () => PERSON);
  expect(factorsFrom(model, [...ratings, rated(6, 1)])).toEqual(factorsFrom(model, ratings));
});

test("values too extreme to solve for give factors that say nothing, never NaN", () => {
  const model = learningModel(modelOf(6, { alpha: 1e300, regularization: 0 }), () => PERSON);
  const extreme = [rated(1, 1e6), rated(4, 1e6)];
  for (const value of factorsFrom(model, extreme)) expect(Number.isFinite(value)).toBe(true);
});

test.each([1, 16, 128])(
  "with K = %d the gradient of any model fits a message, in one billed request",
  (factors) => {
    const rowsMax = hostedGradientRowsMax(factors);
    const model = learningModel(modelOf(3 * rowsMax, { factors }), () => PERSON);
    const userFactors = factorsFrom(model, ratings);
    const gradient = hostedGradient(model, ratingsIn(model, ratings, OWN_ROW), userFactors, {
      id: idOf(9),
      random: uniform(1),
    });
    expect(gradient.rows.length).toBeGreaterThan(0.9 * rowsMax);
    const bytes = encodeQueuedGradient({
      community: "c".repeat(64),
      sender: new Uint8Array(16),
      gradient,
    }).length;
    expect((bytes * 4) / 3).toBeLessThan(1.1 * 64 * 1024);
    expect((bytes * 4) / 3).toBeLessThan(MESSAGE_BYTES_MAX);
  },
);
