import { expect, test } from "@jest/globals";
import { composeDraft, type GroupingState } from "../../src/domain/compose-draft.ts";
import type { Person } from "../../src/domain/mutual-affinity.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../src/domain/settings.ts";

const person = (row: number): Person => ({ row, blockedRows: [] });

/** People without opinions: all pairs are worth the same. */
function state(size: number, settings: Partial<Settings> = {}): GroupingState {
  return {
    settings: { ...DEFAULT_SETTINGS, factors: 1, groupSize: 2, ...settings },
    rowCount: size,
    items: new Float32Array(2 * size),
    people: Array.from({ length: size }, (_, row) => person(row)),
    pastRounds: [],
    isHistoryWhole: true,
    isInformed: false,
    seed: 1,
  };
}

test("affinity is told without the penalties, and repeats also where meeting again costs nothing", () => {
  const met = [{ groupOf: Int32Array.of(0, 0, 0), age: 1 }];
  const { quality } = composeDraft({
    ...state(3, { groupSize: 3, diversityPenalty: 0 }),
    pastRounds: met,
  });
  const { quality: charged } = composeDraft({ ...state(3, { groupSize: 3 }), pastRounds: met });
  const each = 1 / (1 + Math.exp(2));
  expect(quality.repeats).toBe(3);
  expect(quality.totalAffinity).toBeCloseTo(3 * each, 5);
  expect(quality.worstMemberAffinity).toBeCloseTo(2 * each, 5);
  expect(charged.totalAffinity).toBeCloseTo(3 * each, 5);
  expect(charged.score).toBeLessThan(quality.score);
});

test("a row that no group can take is in a group of its own and noted", () => {
  const people = [{ row: 0, blockedRows: [1, 2, 3] }, person(1), person(2), person(3)];
  const { groupOf, groupCount, quality } = composeDraft({ ...state(4), people });
  expect(quality.alone).toEqual([0]);
  expect(groupCount).toBe(2);
  expect(groupOf[1]).toBe(groupOf[2]);
  expect(groupOf[0]).not.toBe(groupOf[1]);
});
