import { expect, test } from "@jest/globals";
import { groupMembers } from "../../../src/domain/assignment/quality.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../../src/domain/community/settings.ts";
import { countRepeats } from "../../../src/domain/planning/plan-rounds.ts";
import type { GroupingState } from "../../../src/domain/rounds/compose-draft.ts";
import type { Person } from "../../../src/domain/rounds/mutual-affinity.ts";
import { planSeason } from "../../../src/domain/rounds/plan-season.ts";

/** People with opinions of all kinds; rows are 10 apart, so that none is taken for a position. */
function state(
  size: number,
  settings: Partial<Settings> = {},
  change: Partial<GroupingState> = {},
): GroupingState {
  const rowCount = 10 * size;
  return {
    settings: { ...DEFAULT_SETTINGS, factors: 1, groupSize: 2, ...settings },
    rowCount,
    items: Float32Array.from({ length: 2 * rowCount }, (_, at) => Math.sin(1.7 * at)),
    people: Array.from({ length: size }, (_, at): Person => ({ row: 10 * at, blockedRows: [] })),
    pastRounds: [],
    isHistoryWhole: true,
    isInformed: true,
    seed: 3,
    ...change,
  };
}

const areTogether = (groupOf: Int32Array, i: number, j: number) => groupOf[i] === groupOf[j];

test("nobody meets twice, everybody is in each round, and affinity is told beside what it could be", () => {
  const { rounds, quality } = planSeason(state(12, { groupSize: 3 }), 4);
  expect(rounds).toHaveLength(4);
  for (const groupOf of rounds)
    expect(groupMembers(groupOf).map(({ length }) => length)).toEqual([3, 3, 3, 3]);
  expect([countRepeats(rounds), quality.repeats, quality.metBefore]).toEqual([0, 0, 0]);
  expect(quality.affinity).toBeGreaterThan(0);
  expect(quality.affinity).toBeLessThanOrEqual(quality.freeAffinity);
});

test("with few rounds a season has most of the affinity that its rounds could have alone", () => {
  const { quality } = planSeason(state(32, { groupSize: 4 }), 2);
  expect(quality.repeats).toBe(0);
  expect(quality.affinity / quality.freeAffinity).toBeGreaterThan(0.75);
});

test("where rounds in turn run into repeats, a schedule has none", () => {
  const { quality } = planSeason(state(16, { groupSize: 4 }), 5);
  expect(quality.repeats).toBe(0);
});

test("repeats that no plan can avoid are counted", () => {
  const { rounds, quality } = planSeason(state(4), 4);
  expect(quality.repeats).toBe(2);
  expect(countRepeats(rounds)).toBe(2);
  const whole = planSeason(state(3, { groupSize: 4 }), 2);
  expect(whole.rounds.map((groupOf) => [...groupOf])).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect(whole.quality.repeats).toBe(3);
});

test("pairs that met before the season are kept apart while there are others", () => {
  const groupOf = new Int32Array(80).fill(-1);
  for (let at = 0; at < 8; at++) groupOf[10 * at] = Math.floor(at / 2);
  const pastRounds = [{ groupOf, age: 1 }];
  const { rounds, quality } = planSeason(state(8, {}, { pastRounds, isHistoryWhole: true }), 6);
  expect([quality.repeats, quality.metBefore]).toEqual([0, 0]);
  for (const round of rounds)
    for (let at = 0; at < 8; at += 2) expect(areTogether(round, at, at + 1)).toBe(false);
  expect(planSeason(state(8, {}, { pastRounds }), 7).quality).toMatchObject({ repeats: 0, metBefore: 4 });
});

test("blocked pairs share a group in no round, though a pair would have to meet twice", () => {
  const people = Array.from({ length: 6 }, (_, at) => ({
    row: 10 * at,
    blockedRows: at === 0 ? [10, 20] : [],
  }));
  const { rounds, quality } = planSeason(state(6, {}, { people }), 5);
  for (const groupOf of rounds) expect([groupOf[1], groupOf[2]]).not.toContain(groupOf[0]);
  expect(quality.repeats).toBeGreaterThan(0);
});

test("a tag that is to be equal is equal within each group of each round", () => {
  const people = Array.from({ length: 16 }, (_, at) => ({
    row: 10 * at,
    blockedRows: [],
    tags: { language: at % 2 === 0 ? "de" : "fr" },
  }));
  const { rounds } = planSeason(state(16, { matchTags: ["language"] }, { people }), 4);
  for (const groupOf of rounds)
    for (const members of groupMembers(groupOf)) expect(new Set(members.map((at) => at % 2)).size).toBe(1);
  expect(countRepeats(rounds)).toBe(0);
});

test("out of time there is a plan of everybody all the same", () => {
  const { rounds, quality } = planSeason(state(12, { groupSize: 3 }), 3, () => true);
  for (const groupOf of rounds)
    expect(groupMembers(groupOf).map(({ length }) => length)).toEqual([3, 3, 3, 3]);
  expect(quality.repeats).toBe(countRepeats(rounds));
});
