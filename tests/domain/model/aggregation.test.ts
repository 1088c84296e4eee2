import { describe, expect, test } from "@jest/globals";
import { CLOCK_SKEW_MAX_MS, GRADIENT_AGE_MAX_MS } from "../../../src/domain/limits.ts";
import { type BatchContext, foldGradients } from "../../../src/domain/model/aggregation.ts";
import { gradientOf, idOf, int8Values, NOW_MS, PLAIN_SETTINGS } from "../../fixtures/gradients.ts";

const context: BatchContext = {
  modelVersion: 100,
  rowCount: 3,
  settings: { ...PLAIN_SETTINGS, stalenessVersionsMax: 10 },
  nowMs: NOW_MS,
  isCommitted: () => false,
};
const fresh = { modelVersion: 100 };

const select = (batch: Parameters<typeof foldGradients>[0], change: Partial<BatchContext> = {}) => {
  const { accepted, rejected } = foldGradients(batch, { ...context, ...change });
  return { accepted, rejected };
};

/** The sums of gradients of 3 values a row, all of them accepted. */
function sumOf(batch: Parameters<typeof foldGradients>[0], rowCount: number, clipNorm: number | null = null) {
  const settings = { ...context.settings, stalenessVersionsMax: 1000, clipNorm };
  const { accepted, sum } = foldGradients(batch, { ...context, rowCount, settings });
  expect(accepted).toHaveLength(batch.length);
  return sum;
}

/** Why a gradient is rejected; null when it is accepted. */
function reasonFor(gradient: ReturnType<typeof gradientOf>, change: Partial<BatchContext> = {}) {
  const { accepted, rejected } = select([gradient], change);
  expect(accepted.length + rejected.length).toBe(1);
  return rejected[0]?.reason ?? null;
}

test.each([1, 2, 3, 7, 8, 9, 15, 16, 17, 33])(
  "an int8 row of %i values adds each of them, times its scale",
  (width) => {
    const settings = { ...context.settings, factors: width - 1 };
    const values = Array.from({ length: 2 * width }, (_, at) => ((at * 37) % 256) - 128);
    const rows = { 0: new Array(width).fill(0), 2: new Array(width).fill(0) };
    const batch = [1, 2].map((number) =>
      gradientOf(number, rows, { ...fresh, data: int8Values(values, [0.5, 2]) }),
    );
    const { sum } = foldGradients(batch, { ...context, settings });
    const twice = values.map((value, at) => 2 * value * (at < width ? 0.5 : 2));
    expect([...sum.sums]).toEqual(twice);
  },
);

test("a batch keeps its order", () => {
  const batch = [5, 3, 4].map((number) => gradientOf(number, { 1: [2, 3, 4] }, fresh));
  expect(select(batch)).toEqual({ accepted: batch, rejected: [] });
});

test("an id that stands in the batch twice counts once, whatever its second copy holds", () => {
  const first = gradientOf(1, { 0: [2, 3, 4] }, fresh);
  const second = gradientOf(1, { 2: [5, 6, 7] }, fresh);
  expect(select([first, second, first])).toEqual({ accepted: [first], rejected: [] });
});

test("a rejected id that stands in the batch twice is rejected once", () => {
  const stale = gradientOf(1, { 0: [2, 3, 4] }, { modelVersion: 5 });
  expect(select([stale, stale]).rejected).toEqual([{ id: idOf(1), reason: "stale" }]);
});

test("an id that some commit holds is neither accepted nor rejected again", () => {
  const batch = [
    gradientOf(1, { 0: [2, 3, 4] }, fresh),
    gradientOf(2, { 0: [2, 3, 4] }, { modelVersion: 5 }),
  ];
  const isCommitted = () => true;
  expect(select(batch, { isCommitted })).toEqual({ accepted: [], rejected: [] });
});

describe("rejections", () => {
  test("a gradient may be as stale as the settings say, and no staler", () => {
    expect(reasonFor(gradientOf(1, { 0: [2, 3, 4] }, { modelVersion: 90 }))).toBeNull();
    expect(reasonFor(gradientOf(1, { 0: [2, 3, 4] }, { modelVersion: 89 }))).toBe("stale");
  });

  test("an id is good for a day", () => {
    const madeAgo = (ageMs: number) =>
      gradientOf(1, { 0: [2, 3, 4] }, { ...fresh, id: idOf(1, NOW_MS - ageMs) });
    expect(reasonFor(madeAgo(GRADIENT_AGE_MAX_MS))).toBeNull();
    expect(reasonFor(madeAgo(GRADIENT_AGE_MAX_MS + 1))).toBe("expired");
    expect(reasonFor(madeAgo(-CLOCK_SKEW_MAX_MS))).toBeNull();
    expect(reasonFor(madeAgo(-GRADIENT_AGE_MAX_MS))).toBe("expired");
  });

  test.each([
    ["a row that does not exist", { 0: [2, 3, 4], 3: [5, 6, 7] }, {}],
    ["rows that do not ascend", { 0: [2, 3, 4], 1: [5, 6, 7] }, { rows: Uint32Array.of(1, 1) }],
    ["no rows", {}, {}],
    ["a width of its own", { 0: [2, 3] }, {}],
    ["a model of the future", { 0: [2, 3, 4] }, { modelVersion: 101 }],
  ])("%s does not fit", (_, rows, change) => {
    expect(reasonFor(gradientOf(1, rows, { ...fresh, ...change }))).toBe("shape");
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("%d is no value", (bad) => {
    expect(reasonFor(gradientOf(1, { 0: [2, 3, 4], 2: [5, 6, bad] }, fresh))).toBe("norm");
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("%d is no scale, not even of zeros", (bad) => {
    const data = int8Values([2, 3, 4, 0, 0, 0], [0.5, bad]);
    expect(reasonFor(gradientOf(1, { 0: [2, 3, 4], 2: [0, 0, 0] }, { ...fresh, data }))).toBe("norm");
  });

  test("of several reasons the first counts: expired, shape, stale, norm", () => {
    const bad = { modelVersion: 5, id: idOf(1, NOW_MS - 2 * GRADIENT_AGE_MAX_MS) };
    const faults = gradientOf(1, { 7: [2, 3, Number.NaN] }, bad);
    expect(reasonFor(faults)).toBe("expired");
    expect(reasonFor({ ...faults, id: idOf(1) })).toBe("shape");
    expect(reasonFor({ ...faults, id: idOf(1), rows: Uint32Array.of(2) })).toBe("stale");
    expect(reasonFor({ ...faults, id: idOf(1), rows: Uint32Array.of(2), ...fresh })).toBe("norm");
  });
});

describe("sums", () => {
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
});
