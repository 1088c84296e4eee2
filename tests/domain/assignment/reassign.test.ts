import { expect, test } from "@jest/globals";
import type { AssignmentProblem } from "../../../src/domain/assignment/problem.ts";
import { reassign } from "../../../src/domain/assignment/reassign.ts";

/** Six people; `fond` lists pairs and what they are worth, all others 0.5. */
function problem(fond: [number, number, number][]): AssignmentProblem {
  const size = 6;
  const values = new Float32Array(size * size).fill(0.5);
  for (const [i, j, value] of fond) values[i * size + j] = values[j * size + i] = value;
  return { affinity: { kind: "dense", size, values }, groupSize: 3 };
}
const options = { seed: 1, evaluationsMax: 100_000, warmStart: Int32Array.of(0, 0, 0, 1, 1, 1) };

test("a trifle moves nobody", () => {
  // 5 in the place of 2 would gain 0.005
  const fond: [number, number, number][] = [
    [0, 1, 0.9],
    [3, 4, 0.9],
    [0, 5, 0.505],
  ];
  const { groupOf } = reassign(problem(fond), options);
  expect(Array.from(groupOf)).toEqual([0, 0, 0, 1, 1, 1]);
});

test("what gains much moves people", () => {
  const fond: [number, number, number][] = [
    [0, 3, 5],
    [0, 4, 5],
    [3, 4, 5],
  ];
  const { groupOf } = reassign(problem(fond), options);
  expect(groupOf[0]).toBe(groupOf[3]);
  expect(groupOf[0]).toBe(groupOf[4]);
});

test("a wish that the old groups break moves people", () => {
  const { groupOf, unmet } = reassign({ ...problem([]), blocked: Int32Array.of(0, 1) }, options);
  expect(groupOf[0]).not.toBe(groupOf[1]);
  expect(unmet.blocked).toHaveLength(0);
});

test("out of time, the partition there is comes back", () => {
  const { groupOf } = reassign(problem([[0, 3, 5]]), { ...options, shouldStop: () => true });
  expect(Array.from(groupOf)).toEqual([0, 0, 0, 1, 1, 1]);
});
