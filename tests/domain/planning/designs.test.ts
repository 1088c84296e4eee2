import { expect, test } from "@jest/globals";
import { groupMembers } from "../../../src/domain/assignment/quality.ts";
import { createDesignSource } from "../../../src/domain/planning/designs.ts";
import { extendRounds } from "../../../src/domain/planning/extension.ts";
import { searchStarter } from "../../../src/domain/planning/known-starters.ts";
import { searchLines } from "../../../src/domain/planning/line-search.ts";
import { orthogonalArray } from "../../../src/domain/planning/orthogonal-array.ts";
import { countRepeats } from "../../../src/domain/planning/plan-rounds.ts";
import { PUBLISHED_ARRAYS } from "../../../src/domain/planning/published-arrays.ts";
import { truncateRounds } from "../../../src/domain/planning/truncation.ts";

const source = createDesignSource();
const longest = (groupCount: number, groupSize: number) => source(groupCount, groupSize)[0];

function sizesOf(round: Int32Array): number[] {
  return groupMembers(round)
    .map((members) => members.length)
    .sort();
}

test("each construction has its rounds, full groups, and nobody who meets twice", () => {
  for (const [origin, groups, groupSize, rounds] of [
    ["round robin", 5, 2, 9],
    ["eight fours", 8, 4, 10],
    ["Kirkman triples", 7, 3, 10],
    ["Kirkman triples", 5, 3, 7],
    ["three levels", 7, 4, 9],
    ["unital", 13, 5, 16],
    ["transversal design", 12, 5, 12],
    ["transversal design", 16, 4, 21],
    ["Latin rectangles", 12, 12, 7],
    ["difference family", 25, 4, 33],
    ["inflation", 35, 4, 45],
    ["starter", 12, 4, 15],
    ["starter", 20, 3, 29],
  ] as const) {
    const design = longest(groups, groupSize);
    expect(design.origin).toBe(origin);
    expect(design.rounds).toHaveLength(rounds);
    expect(countRepeats(design.rounds)).toBe(0);
    for (const round of design.rounds) expect(sizesOf(round)).toEqual(new Array(groups).fill(groupSize));
  }
});

test("any two columns of a published array hold each pair of symbols once, but those of its hole", () => {
  for (const order of Object.keys(PUBLISHED_ARRAYS).map(Number)) {
    let columns = 10;
    while (!orthogonalArray(order, columns)) columns--;
    const array = orthogonalArray(order, columns)!;
    expect(columns).toBeGreaterThanOrEqual(5);
    expect(array.rows).toHaveLength(order ** 2 - array.hole ** 2);
    for (let a = 0; a < columns; a++)
      for (let b = a + 1; b < columns; b++)
        expect(new Set(array.rows.map((row) => row[a] * order + row[b])).size).toBe(array.rows.length);
  }
});

test("a product of two arrays is an array", () => {
  const { rows } = orthogonalArray(40, 6)!;
  expect(new Set(rows.map((row) => row[0] * 40 + row[5])).size).toBe(1600);
});

test("no people who leave a round twice in one group are left out of it", () => {
  // 16 rounds of 13 fives: four people who meet in one round only, which is not kept
  const truncated = truncateRounds(longest(13, 5).rounds, 4, 15)!;
  expect(truncated).toHaveLength(15);
  expect(countRepeats(truncated)).toBe(0);
  for (const round of truncated) expect(sizesOf(round)).toEqual([4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5]);
  expect(truncateRounds(longest(13, 5).rounds, 4, 16)).toBeUndefined();
});

test("ten people can join the 14 rounds of 14 fives, but not thirteen", () => {
  const { rounds } = longest(14, 5);
  const extended = extendRounds(rounds, 10, 14, 100_000)!;
  expect(countRepeats(extended)).toBe(0);
  for (const round of extended) expect(sizesOf(round)).toEqual([5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6]);
  expect(extendRounds(rounds, 13, 14, 10_000)).toBeUndefined();
});

test("lines are found where no array is known", () => {
  const rounds = searchLines({
    groupCount: 22,
    groupSize: 6,
    roundCount: 14,
    seed: 1,
    evaluationsMax: 3_000_000,
  })!;
  expect(rounds).toHaveLength(14);
  expect(countRepeats(rounds)).toBe(0);
});

test("a search ends when it is told to", () => {
  const search = { seed: 1, evaluationsMax: Number.MAX_SAFE_INTEGER, shouldStop: () => true };
  expect(searchStarter(27, 4, search)).toBeUndefined();
  expect(searchLines({ groupCount: 20, groupSize: 5, roundCount: 20, ...search })).toBeUndefined();
});
