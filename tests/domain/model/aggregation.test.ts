import { expect, test } from "@jest/globals";
import { sumGradients } from "../../../src/domain/model/aggregation.ts";
import { gradientOf, int8Values } from "../../fixtures/gradients.ts";

/** The sums of gradients of 3 values a row. */
const sumOf = (batch: Parameters<typeof sumGradients>[0], rowCount: number, clipNorm: number | null = null) =>
  sumGradients(batch, rowCount, 3, clipNorm);

test.each([1, 2, 3, 7, 8, 9, 15, 16, 17, 33])(
  "an int8 row of %i values adds each of them, times its scale",
  (width) => {
    const values = Array.from({ length: 2 * width }, (_, at) => ((at * 37) % 256) - 128);
    const rows = { 0: new Array(width).fill(0), 2: new Array(width).fill(0) };
    const batch = [1, 2].map((number) => gradientOf(number, rows, { data: int8Values(values, [0.5, 2]) }));
    const sum = sumGradients(batch, 3, width, null);
    const twice = values.map((value, at) => 2 * value * (at < width ? 0.5 : 2));
    expect([...sum.sums]).toEqual(twice);
  },
);

test("rows that any gradient touches are summed, in ascending order", () => {
  const batch = [
    gradientOf(1, { 1: [2, 3, 4], 2: [5, 6, 7] }),
    gradientOf(2, { 0: [8, 9, 10], 2: [20, 30, 40] }),
  ];
  const { rows, sums, width } = sumOf(batch, 4);
  expect(Array.from(rows)).toEqual([0, 1, 2]);
  expect(Array.from(sums)).toEqual([8, 9, 10, 2, 3, 4, 25, 36, 47]);
  expect(width).toBe(3);
});

test("int8 values count times the scale of their row", () => {
  const data = int8Values([2, -3, 4, 5, 6, -7], [0.5, 10]);
  const batch = [gradientOf(1, { 0: [0, 0, 0], 1: [0, 0, 0] }, { data }), gradientOf(2, { 1: [1, 1, 1] })];
  expect(Array.from(sumOf(batch, 2).sums)).toEqual([1, -1.5, 2, 51, 61, -69]);
});

test("a row longer than clipNorm is shortened to it, each gradient for itself", () => {
  // (6, 0, 8) has norm 10 and (2, 4, 4) norm 6; (2, 1, 2) has norm 3 and stays.
  const batch = [gradientOf(1, { 0: [6, 0, 8], 1: [2, 1, 2] }), gradientOf(2, { 0: [2, 4, 4] })];
  const { sums } = sumOf(batch, 2, 3);
  const expected = [6 * 0.3 + 2 * 0.5, 4 * 0.5, 8 * 0.3 + 4 * 0.5, 2, 1, 2];
  expected.forEach((value, i) => {
    expect(sums[i]).toBeCloseTo(value, 12);
  });
});

test("a gradient as a whole counts as 1,600 rows of the norm clipNorm at most", () => {
  const rows = Object.fromEntries(Array.from({ length: 6400 }, (_, row) => [row, [3, 0, 4]]));
  const { sums } = sumOf([gradientOf(1, rows)], 6400, 5);
  expect(Math.hypot(...sums)).toBeCloseTo(5 * 40, 6);
  expect(sums[3]).toBeCloseTo(1.5, 9);
  expect([...sumOf([gradientOf(1, rows)], 6400).sums.subarray(0, 3)]).toEqual([3, 0, 4]);
});

test("clipping sees int8 rows at their scale", () => {
  const data = int8Values([60, 0, 80], [0.1]);
  const { sums } = sumOf([gradientOf(1, { 0: [0, 0, 0] }, { data })], 1, 5);
  expect(sums[0]).toBeCloseTo(3, 6);
  expect(sums[2]).toBeCloseTo(4, 6);
});

test("no gradients sum to no rows", () => {
  expect(sumOf([], 5)).toEqual({
    rows: new Uint32Array(0),
    sums: new Float64Array(0),
    width: 3,
  });
});
