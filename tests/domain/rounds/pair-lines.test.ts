import { expect, test } from "@jest/globals";
import { DEFAULT_SETTINGS } from "../../../src/domain/community/settings.ts";
import type { GroupingState } from "../../../src/domain/rounds/compose-draft.ts";
import { pairLines } from "../../../src/domain/rounds/pair-lines.ts";

/** Rows 0 and 1 like each other, 2 and 3 do too; 0 and 3 like each other least. */
const STATE: GroupingState = {
  settings: { ...DEFAULT_SETTINGS, factors: 1 },
  rowCount: 5,
  items: Float32Array.of(3, 0, 1, 0, -1, 0, -3, 0, 0, 0),
  people: [0, 1, 2, 3].map((row) => ({ row, blockedRows: [] })),
  pastRounds: [
    { groupOf: Int32Array.of(0, 0, 1, 1), age: 3 },
    { groupOf: Int32Array.of(0, 1, 0, 1), age: 1 },
  ],
  isHistoryWhole: true,
  isInformed: true,
  seed: 1,
};

test("a line tells liking in three levels and when the two last met; who is not there has none", () => {
  expect(
    pairLines(STATE, [
      [0, 1, 4],
      [2, 3],
    ]),
  ).toEqual([
    { rows: [0, 1], liking: "high", metRoundsAgo: 3 },
    { rows: [2, 3], liking: "high", metRoundsAgo: 3 },
  ]);
  expect(
    pairLines(STATE, [
      [0, 3],
      [0, 2],
    ]),
  ).toMatchObject([{ liking: "low", metRoundsAgo: null }, { metRoundsAgo: 1 }]);
});

test("while nobody has said anything, all lines are alike", () => {
  const lines = pairLines({ ...STATE, isInformed: false }, [[0, 1, 2, 3]]);
  expect(new Set(lines.map(({ liking }) => liking))).toEqual(new Set(["middle"]));
});
