import { expect, test } from "@jest/globals";
import { isExactlySolvable, solveExactly } from "../../../../src/domain/assignment/search/exact.ts";
import { balancedGroupSizes } from "../../../../src/domain/assignment/sizes.ts";
import { uniform } from "../../../../src/domain/random.ts";

function randomWeights(size: number, seed: number): Float32Array {
  const next = uniform(seed);
  const weights = new Float32Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = i + 1; j < size; j++) weights[i * size + j] = weights[j * size + i] = next() * 10 - 3;
  return weights;
}

function scoreOf(weights: Float32Array, groupOf: Int32Array): number {
  const size = groupOf.length;
  let score = 0;
  for (let i = 0; i < size; i++)
    for (let j = i + 1; j < size; j++) if (groupOf[i] === groupOf[j]) score += weights[i * size + j];
  return score;
}

/** The optimum by trying every partition. */
function optimum(weights: Float32Array, groupSizes: Int32Array): number {
  const size = Math.sqrt(weights.length);
  const groupOf = new Int32Array(size).fill(-1);
  const room = groupSizes.slice();
  const place = (person: number, value: number): number => {
    if (person === size) return value;
    let best = Number.NEGATIVE_INFINITY;
    const opened = new Set<number>();
    for (let group = 0; group < room.length; group++) {
      if (room[group] === 0) continue;
      const isEmpty = room[group] === groupSizes[group];
      if (isEmpty && opened.has(groupSizes[group])) continue;
      if (isEmpty) opened.add(groupSizes[group]);
      let added = 0;
      for (let other = 0; other < person; other++)
        if (groupOf[other] === group) added += weights[other * size + person];
      groupOf[person] = group;
      room[group]--;
      best = Math.max(best, place(person + 1, value + added));
      room[group]++;
      groupOf[person] = -1;
    }
    return best;
  };
  return place(0, 0);
}

test("the exact search finds what trying every partition finds, for equal and unequal sizes", () => {
  for (const [size, groupSize] of [
    [6, 3],
    [8, 4],
    [9, 2],
    [10, 3],
    [11, 3],
    [11, 4],
    [12, 4],
  ]) {
    const weights = randomWeights(size, size * 10 + groupSize);
    const groupSizes = balancedGroupSizes(size, groupSize);
    const groupOf = Int32Array.from([...groupSizes].flatMap((count, group) => new Array(count).fill(group)));
    expect(solveExactly(weights, groupSizes, groupOf)).toBe(true);
    expect(scoreOf(weights, groupOf)).toBeCloseTo(optimum(weights, groupSizes), 3);
    const counts = groupSizes.map((_, group) => groupOf.filter((own) => own === group).length);
    expect(counts.sort()).toEqual(groupSizes.slice().sort());
  }
});

test("24 people in fours and 30 in threes can be searched, 100 cannot", () => {
  expect(isExactlySolvable(24, balancedGroupSizes(24, 4))).toBe(true);
  expect(isExactlySolvable(23, balancedGroupSizes(23, 4))).toBe(true);
  expect(isExactlySolvable(30, balancedGroupSizes(30, 3))).toBe(true);
  expect(isExactlySolvable(100, balancedGroupSizes(100, 4))).toBe(false);
});
