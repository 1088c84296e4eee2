import { expect, test } from "@jest/globals";
import {
  type Answer,
  absencesOf,
  addAttended,
  isPausedForMisses,
  type MetRound,
  NOTHING_ATTENDED,
  withoutUnmet,
} from "../../../src/domain/rounds/feedback.ts";

const yes: Answer = { met: true, missing: [] };
const no: Answer = { met: false, missing: [] };
const without = (...missing: number[]): Answer => ({ met: true, missing });
const waitedFor = (...missing: number[]): Answer => ({ met: false, missing });
const GROUP = [2, 5, 7, 9];

test.each<[string, Record<number, Answer>, number[], number[]]>([
  ["nobody answers", {}, [], []],
  ["all have met", { 2: yes, 5: yes, 7: yes, 9: yes }, [], []],
  ["one says no: for themselves alone", { 2: no }, [2], [2]],
  ["one says no, three say yes", { 2: no, 5: yes, 7: yes, 9: yes }, [2], [2]],
  ["one names another, who is silent", { 2: without(9) }, [], []],
  ["two agree on another, who is silent", { 2: without(9), 5: without(9) }, [9], [9]],
  ["two agree, two deny", { 2: without(9), 5: without(9), 7: yes, 9: yes }, [], []],
  ["two agree, the one named denies", { 2: without(9), 5: without(9), 9: yes }, [9], [9]],
  ["three say no, one is silent", { 2: no, 5: no, 7: no }, [2, 5, 7, 9], [2, 5, 7, 9]],
  ["one waited in vain", { 2: waitedFor(5, 7, 9) }, [2], []],
  ["two waited for the same two", { 2: waitedFor(7, 9), 5: waitedFor(7, 9) }, [2, 5, 7, 9], [7, 9]],
])("when %s", (_, answers, unmet, missed) => {
  const byRow = new Map(Object.entries(answers).map(([row, answer]) => [Number(row), answer]));
  expect(absencesOf(GROUP, byRow)).toEqual({ unmet, missed });
});

test("in a group of two the word of one ends the meeting, and pauses the other for nothing", () => {
  expect(absencesOf([3, 4], new Map([[3, waitedFor(4)]]))).toEqual({ unmet: [3], missed: [] });
  expect(absencesOf([3, 4], new Map([[4, without(3)]]))).toEqual({ unmet: [], missed: [] });
});

function metRound(round: number, groupOf: number[], unmet: number[], missed: number[]): MetRound {
  const groups = Int32Array.from(groupOf);
  const metGroupOf = withoutUnmet(groups, unmet);
  return { round, publishedAtMs: 0, groupCount: 2, groupOf: groups, metGroupOf, missed: new Set(missed) };
}

test("misses in a row end with a round that is not missed, and rounds one is not in leave them as they are", () => {
  const rounds = [
    metRound(3, [0, 0, 1, 1], [0], [0]),
    metRound(4, [-1, 0, 0, 1], [], []),
    metRound(6, [1, 0, 0, 1], [0, 3], [0]),
  ];
  const countedFrom = (missesFrom: number) => {
    const attended = new Map([0, 1, 2, 3, 8].map((row) => [row, NOTHING_ATTENDED]));
    addAttended(attended, rounds, () => missesFrom);
    return [...attended.values()];
  };
  expect(countedFrom(0)).toEqual([
    { met: 0, missed: 2, missedInARow: 2 },
    { met: 2, missed: 0, missedInARow: 0 },
    { met: 3, missed: 0, missedInARow: 0 },
    { met: 1, missed: 0, missedInARow: 0 },
    NOTHING_ATTENDED,
  ]);
  expect(countedFrom(4)[0]).toEqual({ met: 0, missed: 2, missedInARow: 1 });
});

test("who misses as many rounds in a row as the setting says is paused, and nobody where it is null", () => {
  const missed = { ...NOTHING_ATTENDED, missedInARow: 3 };
  const paused = [2, 3, 4, null].map((pauseAfterMissedRounds) =>
    isPausedForMisses({ pauseAfterMissedRounds }, missed),
  );
  expect(paused).toEqual([true, true, false, false]);
});
