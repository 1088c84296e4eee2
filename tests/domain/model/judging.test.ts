import { describe, expect, test } from "@jest/globals";
import { CLOCK_SKEW_MAX_MS, GRADIENT_AGE_MAX_MS } from "../../../src/domain/limits.ts";
import { type JudgingContext, rejectionOf, stalenessMax } from "../../../src/domain/model/judging.ts";
import { gradientOf, idOf, int8Values, NOW_MS, PLAIN_SETTINGS } from "../../fixtures/gradients.ts";

const context: JudgingContext = {
  modelVersion: 100,
  rowCount: 3,
  settings: PLAIN_SETTINGS,
  nowMs: NOW_MS,
  restoredVersion: 60,
  staleVersions: new Set([5, 88, 89]),
};
const fresh = { modelVersion: 100 };
const reasonFor = (gradient: ReturnType<typeof gradientOf>) => rejectionOf(gradient, context);

test.each([
  [null, 8, 50],
  [null, 300, 300],
  [7, 300, 7],
  [0, 300, 0],
])(
  "with stalenessVersionsMax %p and %i members a gradient is stale after %i sums",
  (given, members, expected) => {
    expect(stalenessMax({ ...PLAIN_SETTINGS, stalenessVersionsMax: given }, members)).toBe(expected);
  },
);

describe("rejections of reports", () => {
  const reports = { sum: 4, valueCount: 6 };
  const report = {
    ...{ id: idOf(1), sum: 4, modelVersion: 90 },
    ...{ enc: new Uint8Array(32), ct: new Uint8Array(81), share: new Uint16Array(6).fill(7) },
  };
  test.each([
    [null, {}],
    ["expired", { id: idOf(1, NOW_MS - GRADIENT_AGE_MAX_MS - 1), sum: 3 }],
    ["late", { sum: 3 }],
    ["shape", { share: new Uint16Array(5) }],
    ["shape", { modelVersion: 101 }],
    ["stale", { modelVersion: 89 }],
  ])("%s: %j", (reason, change) => {
    expect(rejectionOf({ ...report, ...change }, { ...context, reports })).toBe(reason);
  });

  test("where the open sum has no terms a report is late", () => {
    expect(rejectionOf(report, { ...context, reports: null })).toBe("late");
  });
});

describe("rejections", () => {
  test.each([
    [90, null],
    [89, "stale"],
    [60, null],
    [59, "stale"],
  ])(
    "of version %i, with too many sums committed after 89 and a restore that made 60: %s",
    (modelVersion, reason) => {
      expect(reasonFor(gradientOf(1, { 0: [2, 3, 4] }, { modelVersion }))).toBe(reason);
    },
  );

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

  test("of several reasons the first counts: expired, shape, norm, stale", () => {
    const bad = { modelVersion: 5, id: idOf(1, NOW_MS - 2 * GRADIENT_AGE_MAX_MS) };
    const faults = gradientOf(1, { 7: [2, 3, Number.NaN] }, bad);
    expect(reasonFor(faults)).toBe("expired");
    expect(reasonFor({ ...faults, id: idOf(1) })).toBe("shape");
    expect(reasonFor({ ...faults, id: idOf(1), rows: Uint32Array.of(2) })).toBe("norm");
    const data = { kind: "f32" as const, values: Float32Array.of(2, 3, 4) };
    expect(reasonFor({ ...faults, id: idOf(1), rows: Uint32Array.of(2), data })).toBe("stale");
  });
});
