import { expect, test } from "@jest/globals";
import { balancedGroupSizes } from "../../../src/domain/assignment/sizes.ts";

test("17 people in fours are 4, 4, 4 and 5", () => {
  expect([...balancedGroupSizes(17, 4)]).toEqual([4, 4, 4, 5]);
});

test("fewer than two groups' worth of people are one group", () => {
  expect([...balancedGroupSizes(7, 4)]).toEqual([7]);
  expect([...balancedGroupSizes(3, 4)]).toEqual([3]);
  expect([...balancedGroupSizes(1, 4)]).toEqual([1]);
  expect([...balancedGroupSizes(0, 4)]).toEqual([]);
});

test("a largest size makes more groups, a smallest one fewer, and the smallest wins", () => {
  expect([...balancedGroupSizes(7, 4, { groupSizeMax: 4 })]).toEqual([3, 4]);
  expect([...balancedGroupSizes(5, 4, { groupSizeMin: 3, groupSizeMax: 4 })]).toEqual([5]);
  expect([...balancedGroupSizes(3, 2, { groupSizeMax: 2 })]).toEqual([3]);
});

test("a group size below one is refused", () => {
  expect(() => balancedGroupSizes(5, 0)).toThrow("groupSize must be at least 1, got 0");
});
