import { expect, test } from "@jest/globals";
import { assignGroups } from "../../../src/domain/assignment/assign-groups.ts";
import { meetingPenalties, rematchPairs } from "../../../src/domain/assignment/pairs/meeting-penalties.ts";
import type { AssignmentProblem } from "../../../src/domain/assignment/problem.ts";
import { groupMembers } from "../../../src/domain/assignment/quality.ts";
import { planRounds } from "../../../src/domain/planning/plan-rounds.ts";
import { uniform } from "../../../src/domain/random.ts";

/** People 0, 1, 2, ... belong to circles of `circle`: affinity 3 inside one, -2 across. */
function circles(size: number, circle: number): AssignmentProblem {
  const inside = (i: number, j: number) => Math.floor(i / circle) === Math.floor(j / circle);
  const value = (i: number, j: number) => (inside(i, j) ? 3 : -2);
  return { affinity: { kind: "pairwise", size, value }, groupSize: circle };
}

function randomProblem(size: number, groupSize: number, seed: number): AssignmentProblem {
  const next = uniform(seed);
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = i + 1; j < size; j++) values[j * size + i] = values[i * size + j] = next() * 10 - 4;
  return { affinity: { kind: "dense", size, values }, groupSize };
}

const budget = { seed: 7, evaluationsMax: 200_000 };

test("friends in separate circles come together", () => {
  const { groupOf, score, worstMemberScore } = assignGroups(circles(20, 4), budget);
  for (let i = 0; i < 20; i++) expect(groupOf[i]).toBe(groupOf[i - (i % 4)]);
  expect(score).toBe(5 * 6 * 3);
  expect(worstMemberScore).toBe(9);
});

test("nobody is alone and sizes differ by at most one, for every number of people", () => {
  for (let size = 2; size <= 26; size++) {
    const { groupOf, groupCount } = assignGroups(randomProblem(size, 4, size), {
      seed: 1,
      evaluationsMax: 5000,
    });
    const sizes = groupMembers(groupOf).map((members) => members.length);
    expect(sizes).toHaveLength(groupCount);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(2);
  }
  expect(assignGroups(randomProblem(1, 4, 1), budget).groupOf).toEqual(Int32Array.of(0));
  expect(assignGroups(randomProblem(0, 4, 1), budget).groupCount).toBe(0);
});

test("the same seed gives the same groups", () => {
  const problem = randomProblem(33, 4, 5);
  expect(assignGroups(problem, budget).groupOf).toEqual(assignGroups(problem, budget).groupOf);
});

test("the three forms of one affinity give equal scores", () => {
  const size = 12;
  const next = uniform(9);
  const x = Float32Array.from({ length: size * 2 }, () => next() - 0.5);
  const y = Float32Array.from({ length: size * 2 }, () => next() - 0.5);
  const value = (i: number, j: number) =>
    x[i * 2] * y[j * 2] + x[i * 2 + 1] * y[j * 2 + 1] + x[j * 2] * y[i * 2] + x[j * 2 + 1] * y[i * 2 + 1];
  const values = Float32Array.from({ length: size * size }, (_, at) =>
    value(Math.floor(at / size), at % size),
  );
  const scores = [
    { kind: "dense" as const, size, values },
    { kind: "low-rank" as const, size, factors: 2, x, y },
    { kind: "pairwise" as const, size, value },
  ].map((affinity) => assignGroups({ affinity, groupSize: 3 }, budget).score);
  expect(scores[1]).toBeCloseTo(scores[0], 4);
  expect(scores[2]).toBeCloseTo(scores[0], 4);
});

test("a blocked pair is never in one group, however fond the two are", () => {
  const problem = { ...circles(16, 4), blocked: Int32Array.of(0, 1, 5, 4) };
  const { groupOf, unmet } = assignGroups(problem, budget);
  expect(groupOf[0]).not.toBe(groupOf[1]);
  expect(groupOf[4]).not.toBe(groupOf[5]);
  expect(unmet.blocked).toHaveLength(0);
});

test("a block that no partition can keep is reported", () => {
  const problem = { ...circles(3, 4), blocked: Int32Array.of(0, 2) };
  expect(assignGroups(problem, budget).unmet.blocked).toEqual(Int32Array.of(0, 2));
});

test("past meetings are avoided in proportion to their weight and age", () => {
  const positions = Int32Array.from({ length: 16 }, (_, row) => row);
  const round = { groupOf: Int32Array.from({ length: 16 }, (_, row) => Math.floor(row / 4)), age: 8 };
  const heavy = meetingPenalties([round], { positions, halfLifeRounds: 8, weight: 24 });
  const light = meetingPenalties([round], { positions, halfLifeRounds: 8, weight: 0.5 });
  expect(assignGroups({ ...circles(16, 4), penalty: heavy }, budget).repeats).toBe(0);
  const kept = assignGroups({ ...circles(16, 4), penalty: light }, budget);
  expect(kept.repeats).toBe(24);
  expect(kept.score).toBeCloseTo(24 * (3 - 0.25), 5);
});

test("pairs inside the rematch window are kept apart, and reported where that is impossible", () => {
  const positions = Int32Array.from({ length: 16 }, (_, row) => row);
  const round = { groupOf: Int32Array.from({ length: 16 }, (_, row) => Math.floor(row / 4)), age: 1 };
  const rematch = rematchPairs([round], 2, positions);
  expect(rematch).toHaveLength(48);
  expect(assignGroups({ ...circles(16, 4), rematch }, budget).unmet.rematch).toHaveLength(0);
  const tooFew = assignGroups({ ...circles(4, 4), rematch: Int32Array.of(1, 3) }, budget);
  expect(tooFew.unmet.rematch).toEqual(Int32Array.of(1, 3));
});

test("a fourth round of 16 people without a rematch is found, though few partitions are left", () => {
  const positions = Int32Array.from({ length: 16 }, (_, row) => row);
  const { rounds } = planRounds({ size: 16, groupSize: 4, roundCount: 3, seed: 1, evaluationsMax: 1000 });
  const past = rounds.map((groupOf, r) => ({ groupOf, age: 3 - r }));
  const problem = { ...randomProblem(16, 4, 2), rematch: rematchPairs(past, 3, positions) };
  expect(problem.rematch).toHaveLength(3 * 24 * 2);
  expect(assignGroups(problem, budget).unmet.rematch).toHaveLength(0);
});

test("mix tags spread equals and match tags bring them together", () => {
  const codes = Int32Array.from({ length: 16 }, (_, i) => i % 4);
  const indifferent = { affinity: { kind: "pairwise" as const, size: 16, value: () => 0.25 }, groupSize: 4 };
  const mixed = assignGroups({ ...indifferent, tags: [{ kind: "mix", codes, weight: 1 }] }, budget);
  for (const members of groupMembers(mixed.groupOf))
    expect(new Set(members.map((i) => codes[i])).size).toBe(4);
  const matched = assignGroups({ ...indifferent, tags: [{ kind: "match", codes }] }, budget);
  for (const members of groupMembers(matched.groupOf))
    expect(new Set(members.map((i) => codes[i])).size).toBe(1);
  expect(matched.unmet.match).toHaveLength(0);
});

test("a warm start keeps people where they are and takes newcomers in", () => {
  const warmStart = Int32Array.from({ length: 16 }, (_, i) => (i === 15 ? -1 : 3 - Math.floor(i / 4)));
  const { groupOf, moved } = assignGroups(circles(16, 4), { ...budget, warmStart });
  expect(moved).toBe(0);
  expect(groupOf[15]).toBe(groupOf[14]);
});

test("an array of the wrong length is refused", () => {
  const affinity = { kind: "dense" as const, size: 3, values: new Float32Array(8) };
  expect(() => assignGroups({ affinity, groupSize: 2 }, budget)).toThrow("values has 8 values, expected 9");
});
