import { expect, test } from "@jest/globals";
import { assignGroups } from "../../../../src/domain/assignment/assign-groups.ts";
import type { LowRankAffinity } from "../../../../src/domain/assignment/problem.ts";
import { createGrouping } from "../../../../src/domain/assignment/search/grouping.ts";
import { annealLowRank } from "../../../../src/domain/assignment/search/low-rank-annealing.ts";
import { arrangeNeighbourhoods } from "../../../../src/domain/assignment/search/neighbourhoods.ts";
import { uniform } from "../../../../src/domain/random.ts";

/** Factors around `mean`: far from 0, most of an affinity is what each of the two brings to everybody. */
function lowRank(size: number, factors: number, seed: number, mean: number): LowRankAffinity {
  const next = uniform(seed);
  const draw = () => Float32Array.from({ length: size * factors }, () => mean + next() - 0.5);
  return { kind: "low-rank", size, factors, x: draw(), y: draw() };
}

function scoreOf(affinity: LowRankAffinity, groupOf: Int32Array): number {
  const { size, factors, x, y } = affinity;
  let score = 0;
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      if (i === j || groupOf[i] !== groupOf[j]) continue;
      for (let k = 0; k < factors; k++) score += x[i * factors + k] * y[j * factors + k];
    }
  return score;
}

const schedule = { temperatureStart: 0.3, temperatureEnd: 0.05, gainMin: 1e-6, seed: 3 };

test.each([
  [15, 0],
  [15, 2],
  [15, -2],
  [14, 0],
  [14, 2],
  [14, -2],
])("%i people in groups of two sizes, factors around %i: the proven optimum but for 0.02", (size, mean) => {
  const affinity = lowRank(size, 3, 5, mean);
  const optimum = assignGroups({ affinity, groupSize: 4 }, { seed: 1, evaluationsMax: 1_000_000 });
  const groupOf = Int32Array.from(optimum.groupOf).sort();
  annealLowRank(
    affinity,
    createGrouping(groupOf, optimum.groupCount),
    { ...schedule, evaluationsMax: 200_000 },
    0.7,
  );
  expect(scoreOf(affinity, groupOf)).toBeGreaterThan(optimum.score - 0.02);
  expect(scoreOf(affinity, groupOf)).toBeLessThan(optimum.score + 0.001);
});

test("at temperature 0 it ends by itself, above where it began, with the same groups every time", () => {
  const affinity = lowRank(1001, 4, 7, 1);
  const begin = Int32Array.from({ length: 1001 }, (_, i) => i % 250);
  const cold = { ...schedule, temperatureStart: 0, evaluationsMax: 1e9 };
  const runs = [1, 2].map(() => {
    const groupOf = begin.slice();
    annealLowRank(affinity, createGrouping(groupOf, 250), cold, 0.7);
    return groupOf;
  });
  expect(scoreOf(affinity, runs[0])).toBeGreaterThan(scoreOf(affinity, begin) + 100);
  expect(runs[1]).toEqual(runs[0]);
});

test("neighbourhoods hold every id once, and vectors of one direction together", () => {
  const directions = [
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ];
  const vectors = Float32Array.from({ length: 80 }, (_, at) => 5 * directions[(at >> 1) % 4][at % 2]);
  const ids = Int32Array.from({ length: 40 }, (_, i) => i);
  arrangeNeighbourhoods(ids, vectors, 2, 10, uniform(2));
  expect([...ids].sort((a, b) => a - b)).toEqual([...Array(40).keys()]);
  for (let from = 0; from < 40; from += 10) {
    const seen = new Set(ids.subarray(from, from + 10).map((id) => id % 4));
    expect(seen.size).toBe(1);
  }
});

test("neighbourhoods of vectors that are all the same are drawn without end or error", () => {
  const ids = Int32Array.from({ length: 1000 }, (_, i) => i);
  arrangeNeighbourhoods(ids, new Float32Array(2000), 2, 12, uniform(2));
  expect(new Set(ids).size).toBe(1000);
});
