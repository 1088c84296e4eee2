import { expect, test } from "@jest/globals";
import { assignGroups } from "../../../src/domain/assignment/assign-groups.ts";
import { haveSlot } from "../../../src/domain/assignment/pairs/common-slots.ts";
import type { AssignmentProblem, Slots } from "../../../src/domain/assignment/problem.ts";
import { groupMembers, measureQuality } from "../../../src/domain/assignment/quality.ts";
import { reassign } from "../../../src/domain/assignment/reassign.ts";
import { uniform } from "../../../src/domain/random.ts";

const budget = { seed: 7, evaluationsMax: 40_000 };

/** Each person can meet at a few of 40 slots. */
function problemWith(size: number, slotsEach: number, kind: "dense" | "low-rank"): AssignmentProblem {
  const next = uniform(3);
  const slots: Slots = { words: new Uint32Array(2 * size), width: 2 };
  for (let person = 0; person < size; person++)
    for (let slot = 0; slot < slotsEach; slot++) {
      const at = Math.floor(next() * 40);
      slots.words[2 * person + (at >>> 5)] |= 1 << (at & 31);
    }
  const factor = () => Float32Array.from({ length: 2 * size }, () => next() - 0.5);
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < i; j++) values[i * size + j] = values[j * size + i] = next();
  const affinity =
    kind === "dense"
      ? { kind, size, values }
      : ({ kind, size, factors: 2, x: factor(), y: factor() } as const);
  return { affinity, groupSize: 4, slots };
}

test.each(["dense", "low-rank"] as const)("all groups have a slot in common, %s", (kind) => {
  const problem = problemWith(60, 12, kind);
  for (const objective of ["total", "fair"] as const) {
    const { groupOf, unmet } = assignGroups(problem, { ...budget, objective });
    expect(groupMembers(groupOf).every((members) => haveSlot(problem.slots!, members))).toBe(true);
    expect(unmet.slots).toHaveLength(0);
  }
  const free = assignGroups({ ...problem, slots: undefined }, budget);
  expect(measureQuality(problem, free.groupOf).unmet.slots.length).toBeGreaterThan(5);
});

test("where it cannot be for all, the groups without one are told, and are few", () => {
  const problem = problemWith(12, 12, "dense");
  problem.slots!.words.fill(0, 0, 2);
  const { unmet, groupOf } = assignGroups(problem, budget);
  expect([...unmet.slots]).toEqual([groupOf[0]]);
});

test("a partition that lost its slots is mended, with few moves", () => {
  const problem = problemWith(40, 12, "dense");
  const before = assignGroups(problem, budget);
  problem.slots!.words.set([1, 0], 0);
  const after = reassign(problem, { ...budget, warmStart: before.groupOf });
  expect(after.unmet.slots).toHaveLength(0);
});
