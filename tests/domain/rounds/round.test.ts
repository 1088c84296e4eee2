import { expect, test } from "@jest/globals";
import { isCurrent, type Round, rowsByGroup, rowsWith } from "../../../src/domain/rounds/round.ts";

const groups = { groupOf: Int32Array.of(1, 0, -1, 1, 0, 1), groupCount: 2 };
const versions = { modelVersion: 7, rosterVersion: 3, sharedVersion: 2 };
const draft = { ...groups, ...versions, validUntilMs: 5_000 } as Round;

test("a round's groups are lists of rows, without those who are in none", () => {
  expect(rowsByGroup(groups)).toEqual([
    [1, 4],
    [0, 3, 5],
  ]);
});

test("the company of a row is its group; a row that is in none, or joined later, has no company", () => {
  expect([3, 2, 9].map((row) => rowsWith(groups, row))).toEqual([[0, 3, 5], [], []]);
});

test("a draft is current until one of its versions rises or somebody's pause ends", () => {
  expect(isCurrent(draft, versions, 4_999)).toBe(true);
  expect(isCurrent(draft, versions, 5_000)).toBe(false);
  for (const name of ["modelVersion", "rosterVersion", "sharedVersion"] as const)
    expect(isCurrent(draft, { ...versions, [name]: versions[name] + 1 }, 0)).toBe(false);
});
