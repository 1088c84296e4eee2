import { expect, test } from "@jest/globals";
import { addToPair, createPairTable } from "../../../src/domain/assignment/pairs/pair-table.ts";
import type { AssignmentProblem } from "../../../src/domain/assignment/problem.ts";
import { groupMembers } from "../../../src/domain/assignment/quality.ts";
import { type PlannedRound, repairRound } from "../../../src/domain/planning/repair-round.ts";

const options = { seed: 5, evaluationsMax: 100_000 };

type Pairs = [number, number][];

function tableOf(pairs: Pairs) {
  const table = createPairTable();
  for (const [i, j] of pairs) addToPair(table, i, j, 1);
  return table;
}

function plannedOf(planned: number[], met: Pairs = [], metLater: Pairs = []): PlannedRound {
  return { planned: Int32Array.from(planned), met: tableOf(met), metLater: tableOf(metLater) };
}

/** Affinities of all kinds, in threes unless said otherwise. */
function problemOf(size: number, change: Partial<AssignmentProblem> = {}): AssignmentProblem {
  const value = (i: number, j: number) => 0.5 + 0.5 * Math.sin(7 * (i + j) + 3 * i * j);
  return { affinity: { kind: "pairwise", size, value }, groupSize: 3, ...change };
}

const groupsOf = (problem: AssignmentProblem, round: PlannedRound) =>
  groupMembers(repairRound(problem, round, options).groupOf)
    .filter((members) => members.length > 0)
    .map(String)
    .sort();

test("a round to which everybody comes stays as it is planned, whatever people would like better", () => {
  const kind = "pairwise" as const;
  const friends = { kind, size: 9, value: (i: number, j: number) => (i % 3 === j % 3 ? 0.9 : 0.1) };
  const planned = plannedOf([0, 0, 0, 1, 1, 1, 2, 2, 2]);
  expect(groupsOf(problemOf(9, { affinity: friends }), planned)).toEqual(["0,1,2", "3,4,5", "6,7,8"]);
});

test("a newcomer joins a group in which nobody meets again, now or later", () => {
  const met: Pairs = [
    [9, 0],
    [9, 8],
  ];
  const planned = plannedOf([0, 0, 0, 1, 1, 1, 2, 2, 2, -1], met);
  expect(groupsOf(problemOf(10), planned)).toEqual(["0,1,2", "3,4,5,9", "6,7,8"]);
  const later: Pairs = [[9, 4]];
  const full = plannedOf([0, 0, 0, 1, 1, 1, 2, 2, 2, -1], [[9, 0]], later);
  expect(groupsOf(problemOf(10), full)).toEqual(["0,1,2", "3,4,5", "6,7,8,9"]);
});

test("among groups in which nobody meets again a newcomer joins the one they like best", () => {
  const kind = "pairwise" as const;
  const value = (i: number, j: number) => (Math.max(i, j) === 9 && Math.min(i, j) >= 6 ? 0.8 : 0.2);
  const problem = problemOf(10, { affinity: { kind, size: 10, value } });
  expect(groupsOf(problem, plannedOf([0, 0, 0, 1, 1, 1, 2, 2, 2, -1]))).toEqual([
    "0,1,2",
    "3,4,5",
    "6,7,8,9",
  ]);
});

test("a group that is left with one is filled from others, who lose no more than that", () => {
  const groupOf = repairRound(problemOf(9), plannedOf([0, 1, 1, 1, 1, 2, 2, 2, 2]), options).groupOf;
  const groups = groupMembers(groupOf);
  expect(groups.map(({ length }) => length)).toEqual([3, 3, 3]);
  const whole = [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ].map((members) => groups.map((group) => group.filter((one) => members.includes(one)).length));
  for (const parts of whole) expect(Math.max(...parts)).toBe(3);
});

test("a blocked pair is parted by one exchange, with people whom nobody has met", () => {
  const met: Pairs = [
    [3, 0],
    [3, 2],
    [4, 0],
    [4, 2],
    [6, 0],
    [7, 2],
  ];
  const problem = problemOf(9, { blocked: Int32Array.of(0, 1) });
  const { groupOf } = repairRound(problem, plannedOf([0, 0, 0, 1, 1, 1, 2, 2, 2], met), options);
  expect(groupOf[0]).not.toBe(groupOf[1]);
  for (const [i, j] of met) expect(groupOf[i]).not.toBe(groupOf[j]);
  const stayed = groupMembers(groupOf).filter(
    (members) => String(members) === "3,4,5" || String(members) === "6,7,8",
  );
  expect(stayed).toHaveLength(1);
});

test("out of time the planned company is kept as far as sizes allow", () => {
  const stopped = { ...options, shouldStop: () => true };
  const planned = plannedOf([0, 0, 0, 1, 1, 1, 2, 2, -1]);
  const { groupOf } = repairRound(problemOf(9), planned, stopped);
  expect(groupMembers(groupOf).map(String).sort()).toEqual(["0,1,2", "3,4,5", "6,7,8"]);
});
