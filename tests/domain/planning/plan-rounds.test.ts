import { expect, test } from "@jest/globals";
import { groupMembers } from "../../../src/domain/assignment/quality.ts";
import { galoisField } from "../../../src/domain/planning/galois-field.ts";
import { countRepeats, planRounds } from "../../../src/domain/planning/plan-rounds.ts";
import { relabelRounds } from "../../../src/domain/planning/relabel.ts";

const budget = { seed: 3, evaluationsMax: 3_000_000 };

test("rounds without a repeat are found up to the known maxima", () => {
  for (const [groups, groupSize, roundCount] of [
    [5, 3, 7],
    [5, 4, 5],
    [6, 4, 7],
    [7, 4, 9],
    [8, 4, 10],
    [8, 3, 11],
    [10, 3, 14],
    [10, 4, 13],
    [20, 5, 21],
    [25, 4, 33],
  ]) {
    const plan = planRounds({ size: groups * groupSize, groupSize, roundCount, ...budget });
    expect(plan.rounds).toHaveLength(roundCount);
    expect(plan.repeats).toBe(0);
    expect(countRepeats(plan.rounds)).toBe(0);
    for (const round of plan.rounds)
      expect(groupMembers(round).map((members) => members.length)).toEqual(new Array(groups).fill(groupSize));
  }
});

test("18 people in fours still have rounds of groups whose sizes differ by one at most", () => {
  const plan = planRounds({ size: 18, groupSize: 4, roundCount: 4, seed: 3, evaluationsMax: 60_000 });
  for (const round of plan.rounds) {
    const sizes = groupMembers(round).map((members) => members.length);
    expect(sizes.sort()).toEqual([4, 4, 5, 5]);
  }
});

test("a design cut short keeps its rounds for people who do not fill the last group", () => {
  // five groups of four and five: a resolvable transversal design of five levels, less two people of the last
  const plan = planRounds({ size: 23, groupSize: 4, roundCount: 5, ...budget });
  expect(plan.repeats).toBe(0);
});

test("groups of two sizes meet the published schedules for 48, 53, 57, 60, 64 and 71 people", () => {
  for (const [size, groups, roundCount] of [
    [48, 12, 15],
    [53, 13, 13],
    [57, 12, 12],
    [60, 20, 29],
    [64, 16, 21],
    [71, 14, 14],
  ]) {
    const plan = planRounds({ size, groupSize: size / groups, roundCount, ...budget });
    expect(plan.repeats).toBe(0);
    expect(plan.rounds).toHaveLength(roundCount);
    for (const round of plan.rounds) expect(new Set(round).size).toBe(groups);
  }
});

test("a plan that is told to stop still has all its rounds", () => {
  const plan = planRounds({
    size: 85,
    groupSize: 5,
    roundCount: 21,
    seed: 1,
    evaluationsMax: Number.MAX_SAFE_INTEGER,
    shouldStop: () => true,
  });
  expect(plan.rounds).toHaveLength(21);
  expect(plan.repeats).toBe(countRepeats(plan.rounds));
  // 17 rounds of a design without a repeat, then four in which most people meet somebody new
  expect(plan.repeats).toBeLessThan(250);
});

test("groups of one, and one group, have all their rounds", () => {
  const alone = planRounds({ size: 4, groupSize: 1, roundCount: 6, ...budget });
  expect(alone.rounds).toHaveLength(6);
  expect(alone.repeats).toBe(0);
  const together = planRounds({ size: 4, groupSize: 4, roundCount: 3, ...budget });
  expect(together.rounds).toEqual(new Array(3).fill(new Int32Array(4)));
  expect(together.repeats).toBe(12);
});

test("a repeated meeting is counted once for each time beyond the first", () => {
  const round = Int32Array.of(0, 0, 1, 1);
  expect(countRepeats([round, round, round])).toBe(4);
  expect(countRepeats([round, Int32Array.of(0, 1, 0, 1)])).toBe(0);
});

test("relabelling brings friends together without adding a repeat", () => {
  const { rounds } = planRounds({ size: 16, groupSize: 4, roundCount: 2, ...budget });
  const affinity = (i: number, j: number) => (i % 4 === j % 4 ? 5 : 1);
  const total = (schedule: Int32Array[]) => {
    let sum = 0;
    for (const round of schedule)
      for (let i = 0; i < 16; i++)
        for (let j = i + 1; j < 16; j++) if (round[i] === round[j]) sum += affinity(i, j);
    return sum;
  };
  const relabelled = relabelRounds(rounds, affinity, { seed: 1, evaluationsMax: 30_000 });
  expect(countRepeats(relabelled)).toBe(0);
  expect(total(relabelled)).toBe(24 * 5 + 24 * 1);
});

test("every non-zero element of a field has an inverse and multiplication distributes", () => {
  for (const q of [5, 8, 9, 25]) {
    const field = galoisField(q)!;
    for (let a = 1; a < q; a++) {
      const products = Array.from({ length: q }, (_, b) => field.multiply(a, b));
      expect(new Set(products).size).toBe(q);
      for (let b = 0; b < q; b++)
        expect(field.multiply(a, field.add(b, 2))).toBe(
          field.add(field.multiply(a, b), field.multiply(a, 2)),
        );
      expect(field.add(a, field.negate(a))).toBe(0);
    }
  }
  expect(galoisField(6)).toBeUndefined();
});
