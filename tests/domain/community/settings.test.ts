import { expect, test } from "@jest/globals";
import {
  DEFAULT_SETTINGS,
  type Settings,
  settingsErrors,
  settingsSchema,
} from "../../../src/domain/community/settings.ts";
import { GRADIENT_VALUE_MAX } from "../../../src/domain/limits.ts";
import { communityBodySchema, parse } from "../../../src/domain/messages/messages.ts";
import { applyBatch } from "../../../src/domain/model/apply-batch.ts";
import { gradientOf, modelOf } from "../../fixtures/gradients.ts";

const isTaken = (settings: object) => parse(communityBodySchema, { settings }).ok;

/** The settings that a commit goes by, each at both of its ends. */
const EXTREMES = (["alpha", "regularization", "silenceWeight", "learningRate", "clipNorm"] as const).flatMap(
  (name) => {
    const sizes = Array.from({ length: 617 }, (_, at) => 10 ** (at - 308));
    const taken = sizes.filter((size) => isTaken({ [name]: size }));
    return [taken[0], taken[taken.length - 1]].map((value) => [name, value] as const);
  },
);

test.each(EXTREMES)("with %s at %d rows stay finite, however wild the gradients", (name, value) => {
  for (const optimizer of ["sgd", "adam", "adagrad"] as const) {
    for (const aggregation of ["mean", "sum"] as const) {
      for (const clipNorm of [null, DEFAULT_SETTINGS.clipNorm]) {
        const settings: Settings = { ...DEFAULT_SETTINGS, factors: 2, optimizer, aggregation, clipNorm };
        const changed = { ...settings, [name]: value };
        let model = modelOf(2, changed);
        for (let commit = 1; commit <= 12; commit++) {
          const most = commit % 3 === 0 ? -GRADIENT_VALUE_MAX : GRADIENT_VALUE_MAX;
          const rows = { 0: [most, -most, most], 1: [1e-30, 0, -2] };
          const { blocks, modelVersion, gradientNorm } = applyBatch(model, [
            gradientOf(commit, rows),
            gradientOf(commit + 50, rows),
          ]);
          expect(blocks[0].values.every(Number.isFinite)).toBe(true);
          expect(gradientNorm).toBeLessThan(Number.MAX_SAFE_INTEGER);
          model = { ...model, modelVersion, blocks: new Map(blocks.map((block) => [block.index, block])) };
        }
      }
    }
  }
});

test("no number of the settings may be as large as it likes", () => {
  const numbers = Object.entries(DEFAULT_SETTINGS).filter(([name, value]) => {
    return typeof value === "number" || ["alpha", "regularization", "silenceWeight"].includes(name);
  });
  expect(numbers.length).toBeGreaterThan(12);
  for (const [name] of [...numbers, ["learningRate"], ["groupSizeMin"], ["groupSizeMax"]]) {
    for (const size of [1e39, 1e308, -1e308])
      expect([name, size, isTaken({ [name]: size })]).toEqual([name, size, false]);
  }
});

test("a secure sum takes as many members as it needs; plain ones do not ask", () => {
  const settings = { ...DEFAULT_SETTINGS, sumMembersMin: 60, sumMembersMax: 50 };
  expect(settingsErrors(settings)).toEqual([]);
  expect(settingsErrors({ ...settings, sums: "secure" })).toEqual([
    { pointer: "#/settings/sumMembersMax", detail: "is under sumMembersMin, which is 60" },
  ]);
});

test("the defaults are settings, and bound what one member may do", () => {
  expect(settingsSchema.safeParse(DEFAULT_SETTINGS).success).toBe(true);
  expect(settingsErrors(DEFAULT_SETTINGS)).toEqual([]);
  expect([DEFAULT_SETTINGS.clipNorm, DEFAULT_SETTINGS.gradientsPerSumMax]).toEqual([2, 1]);
});
