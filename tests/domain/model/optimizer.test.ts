import { expect, test } from "@jest/globals";
import { ROW_VALUE_MAX } from "../../../src/domain/limits.ts";
import { fromFloat16 } from "../../../src/domain/model/float16.ts";
import { learningRateAt, type OptimizerState, stepRow } from "../../../src/domain/model/optimizer.ts";

const LEARNING_RATE = 0.5;

/** Steps the middle one of three rows of two values. */
function stepMiddleRow(state: OptimizerState, values: Float32Array, gradient: number[], step: number): void {
  stepRow(state, LEARNING_RATE, step, values, 2, Float64Array.from([9, 9, ...gradient]), 2, 2);
}

const threeRows = () => Float32Array.of(1, 2, 3, 4, 5, 6);

test("sgd moves a row against its gradient, times the learning rate, and no other row", () => {
  const values = threeRows();
  stepMiddleRow({ optimizer: "sgd" }, values, [4, -6], 1);
  expect(Array.from(values)).toEqual([1, 2, 1, 7, 5, 6]);
});

test("two steps of adam equal those worked out by hand", () => {
  const state = { optimizer: "adam" as const, mean: new Uint16Array(6), rootOfSquares: new Uint16Array(6) };
  const values = threeRows();
  // m = 0.5 g = (2, -3), v = 0.1 g^2; corrected m/0.5 = g, v/0.1 = g^2: a step of the learning rate, whatever g.
  stepMiddleRow(state, values, [4, -6], 1);
  expect(values[2]).toBeCloseTo(3 - 0.5, 6);
  expect(values[3]).toBeCloseTo(4 + 0.5, 6);
  expect(fromFloat16(state.mean[2])).toBeCloseTo(2, 3);
  expect(fromFloat16(state.rootOfSquares[3])).toBeCloseTo(Math.sqrt(3.6), 3);
  // g = 2: m = 0.5*2 + 0.5*2 = 2, /(1 - 0.25) = 2.666667; v = 0.9*1.6 + 0.1*4 = 1.84, /(1 - 0.81) = 9.684211.
  // g = 0: m = -1.5, /0.75 = -2; v = 3.24, /0.19 = 17.052632.
  stepMiddleRow(state, values, [2, 0], 2);
  expect(values[2]).toBeCloseTo(2.5 - (0.5 * 2.666667) / Math.sqrt(9.684211), 3);
  expect(values[3]).toBeCloseTo(4.5 + (0.5 * 2) / Math.sqrt(17.052632), 3);
  expect([values[0], values[1], values[4], values[5]]).toEqual([1, 2, 5, 6]);
  expect(Array.from(state.mean.subarray(4))).toEqual([0, 0]);
});

test("adam's bias correction goes by the row's own step count", () => {
  const state = { optimizer: "adam" as const, mean: new Uint16Array(6), rootOfSquares: new Uint16Array(6) };
  const values = threeRows();
  // A step far on: corrections are 1, so m = 0.5 g over root v = 0.316228 |g| is 1.581139 times the learning rate.
  stepMiddleRow(state, values, [4, -6], 10_000);
  expect(values[2]).toBeCloseTo(3 - 0.5 * 1.581139, 5);
  expect(values[3]).toBeCloseTo(4 + 0.5 * 1.581139, 5);
});

test.each(["adam", "adagrad"] as const)(
  "one wild commit does not make the next honest steps of %s small",
  (optimizer) => {
    const stateOf = (): OptimizerState =>
      optimizer === "adam"
        ? { optimizer, mean: new Uint16Array(6), rootOfSquares: new Uint16Array(6) }
        : { optimizer, sumOfSquares: new Float32Array(6) };
    const honest = (gradients: number[][]) => {
      const state = stateOf();
      const values = threeRows();
      gradients.forEach((gradient, at) => {
        stepMiddleRow(state, values, gradient, at + 1);
      });
      const before = values[2];
      for (let n = 1; n <= 20; n++) stepMiddleRow(state, values, [2, 3], gradients.length + n);
      return before - values[2];
    };
    const usual = Array.from({ length: 10 }, () => [2, 3]);
    const moved = honest([...usual, [2, 3]]);
    expect(moved).toBeGreaterThan(1);
    for (const wild of [1e30, -1e30]) {
      const ratio = honest([...usual, [wild, wild]]) / moved;
      expect(ratio).toBeGreaterThan(0.4);
      expect(ratio).toBeLessThan(1.6);
      expect(honest([[wild, wild]]) / honest([[2, 3]])).toBeGreaterThan(0.4);
    }
  },
);

test("two steps of adagrad equal those worked out by hand", () => {
  const state = { optimizer: "adagrad" as const, sumOfSquares: new Float32Array(6) };
  const values = threeRows();
  // sum = 16, 36: the first step is the learning rate.
  stepMiddleRow(state, values, [4, -6], 1);
  expect(values[2]).toBeCloseTo(2.5, 6);
  expect(values[3]).toBeCloseTo(4.5, 6);
  // sum = 16 + 9 = 25: 0.5 * 3 / 5 = 0.3; sum = 36 + 64 = 100: 0.5 * 8 / 10 = 0.4.
  stepMiddleRow(state, values, [3, 8], 2);
  expect(values[2]).toBeCloseTo(2.2, 6);
  expect(values[3]).toBeCloseTo(4.1, 6);
  expect(Array.from(state.sumOfSquares)).toEqual([0, 0, 25, 100, 0, 0]);
});

test.each<OptimizerState>([
  { optimizer: "sgd" },
  { optimizer: "adam", mean: new Uint16Array(6), rootOfSquares: new Uint16Array(6) },
  { optimizer: "adagrad", sumOfSquares: new Float32Array(6) },
])("a gradient of zero moves nothing ($optimizer)", (state) => {
  const values = threeRows();
  stepMiddleRow(state, values, [0, 0], 1);
  expect(values).toEqual(threeRows());
});

test.each<OptimizerState>([
  { optimizer: "sgd" },
  { optimizer: "adam", mean: new Uint16Array(2), rootOfSquares: new Uint16Array(2) },
  { optimizer: "adagrad", sumOfSquares: new Float32Array(2) },
])("a row never leaves its bounds ($optimizer)", (state) => {
  const values = Float32Array.of(-ROW_VALUE_MAX, ROW_VALUE_MAX);
  stepRow(state, 1000, 1, values, 0, Float64Array.of(3e38, -3e38), 0, 2);
  expect(Array.from(values)).toEqual([-ROW_VALUE_MAX, ROW_VALUE_MAX]);
});

test("the rate falls with a row's steps to a fifth, and with the root of the share of members in the batch", () => {
  expect(learningRateAt(0, 1)).toBeCloseTo(0.1, 12);
  expect(learningRateAt(60, 1)).toBeCloseTo(0.05, 12);
  expect(learningRateAt(100_000, 1)).toBeCloseTo(0.02, 12);
  expect(learningRateAt(60, 0.04)).toBeCloseTo(0.01, 12);
  expect(learningRateAt(60, 3)).toBe(learningRateAt(60, 1)); // gradients of members who left meanwhile
});
