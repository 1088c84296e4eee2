import { expect, test } from "@jest/globals";
import { type Arm, DEFAULT_SETTINGS, type Settings } from "../../../src/domain/community/settings.ts";
import { type ArmState, areLargeEnough, composeArms } from "../../../src/domain/rounds/compose-arms.ts";
import { composeDraft } from "../../../src/domain/rounds/compose-draft.ts";

const ROWS = 10;
const never = () => () => false;

/** An arm of these rows, of people without opinions. */
function arm(name: Arm, rows: readonly number[], settings: Partial<Settings> = {}): ArmState {
  const state = {
    settings: { ...DEFAULT_SETTINGS, factors: 1, groupSize: 2, ...settings },
    rowCount: ROWS,
    items: new Float32Array(2 * ROWS),
    people: rows.map((row) => ({ row, blockedRows: [] })),
    pastRounds: [],
    isHistoryWhole: true,
    isInformed: false,
    seed: 1,
  };
  return { arm: name, state };
}

test("each arm is partitioned for itself, and both are one round", () => {
  const arms = [arm("experiment", [1, 3, 5, 7, 9], { groupSize: 3 }), arm("main", [0, 2, 4, 6])];
  const { groupOf, groupCount, groupFacts, quality } = composeArms(arms, never);
  expect([groupCount, groupFacts.length]).toEqual([4, 4]);
  const groups = Array.from({ length: groupCount }, (_, group) =>
    [...groupOf.keys()].filter((row) => groupOf[row] === group),
  );
  expect(groups.map((rows) => rows.length)).toEqual([2, 3, 2, 2]);
  for (const rows of groups) expect(new Set(rows.map((row) => row % 2)).size).toBe(1);
  expect(groupOf[8]).toBe(-1);
  expect(quality).toMatchObject({ pairs: 6, repeats: 0, moved: null });
  expect(quality.arms).toMatchObject([
    { arm: "experiment", members: 5, groups: 2, pairs: 4 },
    { arm: "main", members: 4, groups: 2, pairs: 2 },
  ]);
  expect(quality.arms[0].totalAffinity + quality.arms[1].totalAffinity).toBe(quality.totalAffinity);
});

test("whoever is parted from nobody keeps the group of the draft before", () => {
  const previous = Int32Array.of(7, 4, 7, 4, 2, 9, 2, 9, -1, -1);
  const arms = [arm("experiment", [1, 3, 5, 7]), arm("main", [0, 2, 4, 6])].map(({ arm: name, state }) => {
    return { arm: name, state: { ...state, previous } };
  });
  const { groupOf, quality } = composeArms(arms, never);
  expect(quality.moved).toBe(0);
  for (const [row, other] of [
    [0, 2],
    [1, 3],
    [4, 6],
    [5, 7],
  ])
    expect(groupOf[row]).toBe(groupOf[other]);
});

test("one arm alone is the draft that it would be without arms", () => {
  const { arm: name, state } = arm("main", [0, 1, 2, 3, 4]);
  const { quality, ...draft } = composeArms([{ arm: name, state }], never);
  const { arms: _, ...rest } = quality;
  expect({ ...draft, quality: rest }).toEqual(composeDraft(state));
});

test("an arm of fewer people than two groups need is too small, by the settings of its own", () => {
  const main = arm("main", [0, 2, 4, 6]);
  expect(areLargeEnough([main, arm("experiment", [1, 3, 5, 7])])).toBe(true);
  expect(areLargeEnough([main, arm("experiment", [1, 3, 5])])).toBe(false);
  expect(areLargeEnough([main, arm("experiment", [1, 3, 5, 7], { groupSize: 3 })])).toBe(false);
});

test("each arm is given its share of the time that is left", () => {
  const shares: number[] = [];
  const arms = [arm("experiment", [1, 3]), arm("main", [0, 2, 4, 6, 8, 9])];
  composeArms(arms, (share) => {
    shares.push(share);
    return () => false;
  });
  expect(shares).toEqual([0.25, 1]);
});
