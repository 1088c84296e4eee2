import { expect, test } from "@jest/globals";
import { separateBlocked } from "../../../src/domain/assignment/separate-blocked.ts";

function separated(groupOf: number[], blocked: number[]) {
  const groups = Int32Array.from(groupOf);
  const count = separateBlocked(groups, Math.max(...groupOf) + 1, Int32Array.from(blocked));
  return { groups: Array.from(groups), count };
}

test("groups without a blocked pair stay as they are", () => {
  expect(separated([0, 0, 1, 1], [0, 2, 3, 1])).toEqual({ groups: [0, 0, 1, 1], count: 2 });
});

test("of a blocked pair that only a larger group can part, one joins the group that will have them", () => {
  expect(separated([0, 0, 1, 1], [0, 1, 0, 2, 0, 3])).toEqual({ groups: [0, 1, 1, 1], count: 2 });
});

test("two who block each other are alone rather than together", () => {
  expect(separated([0, 0], [1, 0])).toEqual({ groups: [0, 1], count: 2 });
});

test("of three in one group the one who is blocked by the others leaves", () => {
  expect(separated([0, 0, 0], [1, 0, 1, 2])).toEqual({ groups: [0, 1, 0], count: 2 });
});
