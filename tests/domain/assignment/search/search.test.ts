import { expect, test } from "@jest/globals";
import { assignGroups } from "../../../../src/domain/assignment/assign-groups.ts";
import { addToPair, createPairTable, pairValue } from "../../../../src/domain/assignment/pairs/pair-table.ts";
import type { AssignmentProblem } from "../../../../src/domain/assignment/problem.ts";
import { measureQuality } from "../../../../src/domain/assignment/quality.ts";
import { normal, uniform } from "../../../../src/domain/random.ts";

function lowRank(size: number, factors: number, seed: number) {
  const next = normal(seed);
  const x = Float32Array.from({ length: size * factors }, () => next());
  const y = Float32Array.from({ length: size * factors }, () => next());
  return { kind: "low-rank" as const, size, factors, x, y };
}

function dense(size: number, groupSize: number, seed: number): AssignmentProblem {
  const next = uniform(seed);
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = i + 1; j < size; j++) values[i * size + j] = values[j * size + i] = Math.floor(next() * 101);
  return { affinity: { kind: "dense", size, values }, groupSize };
}

test("annealing a matrix gains a tenth over descent on unstructured weights", () => {
  const problem = dense(120, 12, 4);
  const start = Int32Array.from({ length: 120 }, (_, i) => i % 10);
  const descent = assignGroups(problem, { seed: 1, evaluationsMax: 2_000_000, warmStart: start });
  const annealed = assignGroups(problem, { seed: 1, evaluationsMax: 2_000_000 });
  expect(annealed.score).toBeGreaterThan(descent.score * 1.02);
  expect(annealed.score).toBeCloseTo(measureQuality(problem, annealed.groupOf).score, 3);
});

test("annealing does not freeze a few people where they stood: it comes near to their optimum", () => {
  const totals = [400_000, 1_000_000].map((evaluationsMax) => {
    const scores = Array.from({ length: 20 }, (_, at) => {
      const problem = { affinity: lowRank(20, 8, at), groupSize: 4 };
      return assignGroups(problem, { seed: at, evaluationsMax }).score;
    });
    return scores.reduce((a, b) => a + b);
  });
  const [annealed, optimal] = totals;
  expect(annealed).toBeGreaterThan(0.99 * optimal);
});

test("a larger budget gives a better partition of 500 people in low rank", () => {
  const problem = { affinity: lowRank(500, 4, 2), groupSize: 4 };
  const [little, much] = [100_000, 1_000_000].map((evaluationsMax) =>
    assignGroups(problem, { seed: 1, evaluationsMax }),
  );
  expect(much.score).toBeGreaterThan(little.score * 1.02);
  expect(much.evaluations).toBeLessThanOrEqual(1_000_000);
});

test("6,000 people are grouped without an N x N array, blocks kept", () => {
  const size = 6000;
  const problem = { affinity: lowRank(size, 2, 3), groupSize: 4, blocked: Int32Array.of(0, 1, 2, 3, 4, 5) };
  const { groupOf, unmet, score } = assignGroups(problem, { seed: 1, evaluationsMax: 400_000 });
  expect(unmet.blocked).toHaveLength(0);
  const counts = new Int32Array(1500);
  for (const group of groupOf) counts[group]++;
  expect(new Set(counts)).toEqual(new Set([4]));
  const random = Int32Array.from({ length: size }, (_, i) => i >> 2);
  expect(score).toBeGreaterThan(measureQuality(problem, random).score + size);
});

test("a merge that is not linear is searched by asking for its pairs", () => {
  const next = uniform(8);
  const liking = Float32Array.from({ length: 500 * 2 }, () => next());
  const value = (i: number, j: number) =>
    Math.min(liking[i * 2], liking[j * 2 + 1]) + Math.min(liking[j * 2], liking[i * 2 + 1]);
  const problem: AssignmentProblem = { affinity: { kind: "pairwise", size: 500, value }, groupSize: 4 };
  const inOrder = Int32Array.from({ length: 500 }, (_, i) => i >> 2);
  const { score } = assignGroups(problem, { seed: 1, evaluationsMax: 500_000 });
  expect(score).toBeGreaterThan(measureQuality(problem, inOrder).score * 1.08);
});

test("the fair objective lifts the worst-off member at a small price in the total", () => {
  const problem = dense(40, 4, 6);
  const budget = { seed: 1, evaluationsMax: 300_000 };
  const total = assignGroups(problem, budget);
  const fair = assignGroups(problem, { ...budget, objective: "fair" });
  expect(fair.worstMemberScore).toBeGreaterThan(total.worstMemberScore);
  expect(fair.score).toBeGreaterThan(total.score * 0.93);
});

test("after a small model step a warm start moves few people and loses little", () => {
  const before = lowRank(400, 4, 5);
  const next = normal(6);
  const after = { ...before, x: before.x.map((value) => value + 0.05 * next()) };
  const draft = assignGroups({ affinity: before, groupSize: 4 }, { seed: 1, evaluationsMax: 1_000_000 });
  const cold = assignGroups({ affinity: after, groupSize: 4 }, { seed: 2, evaluationsMax: 1_000_000 });
  const warm = assignGroups(
    { affinity: after, groupSize: 4 },
    { seed: 2, evaluationsMax: 1_000_000, warmStart: draft.groupOf },
  );
  expect(warm.moved).toBeLessThan(60);
  expect(warm.score).toBeGreaterThan(cold.score * 0.98);
});

test("shouldStop ends the search with a whole partition", () => {
  const stopped = assignGroups(dense(60, 4, 1), { seed: 1, evaluationsMax: 1e9, shouldStop: () => true });
  expect(stopped.groupCount).toBe(15);
  expect(stopped.evaluations).toBeLessThan(500_000);
});

test("a pair table adds up what it is told, in either order, and grows", () => {
  const table = createPairTable(2);
  for (let i = 0; i < 50; i++) for (let j = i + 1; j < 50; j++) addToPair(table, j, i, i + 2 * j);
  addToPair(table, 3, 4, 0.5);
  expect(table.count).toBe(1225);
  expect(pairValue(table, 4, 3)).toBe(11.5);
  expect(pairValue(table, 49, 48)).toBe(146);
  expect(pairValue(table, 49, 50)).toBe(0);
});
