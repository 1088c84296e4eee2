import { expect, test } from "@jest/globals";
import { balancedGroupSizes } from "../../../src/domain/assignment/sizes.ts";

test("17 people in fours are 4, 4, 4 and 5", () => {
  expect([...balancedGroupSizes(17, 4)]).toEqual([4, 4, 4, 5]);
});

test.each([
  [4, 0, []],
  [4, 1, [1]],
  [4, 3, [3]],
  [4, 5, [5]],
  [4, 6, [3, 3]],
  [4, 7, [3, 4]],
  [4, 9, [4, 5]],
  [4, 10, [5, 5]],
  [4, 11, [3, 4, 4]],
  [4, 18, [4, 4, 5, 5]],
  [4, 19, [3, 4, 4, 4, 4]],
  [3, 4, [4]],
  [3, 5, [2, 3]],
  [2, 3, [3]],
  [2, 9, [2, 2, 2, 3]],
])("in groups of %i, %i people are %j", (groupSize, size, sizes) => {
  expect([...balancedGroupSizes(size, groupSize)]).toEqual(sizes);
});

test("a largest size makes more groups, a smallest one fewer, and the smallest wins", () => {
  expect([...balancedGroupSizes(7, 4, { groupSizeMax: 4 })]).toEqual([3, 4]);
  expect([...balancedGroupSizes(5, 4, { groupSizeMin: 3, groupSizeMax: 4 })]).toEqual([5]);
  expect([...balancedGroupSizes(3, 2, { groupSizeMax: 2 })]).toEqual([3]);
});

test("a group size below one is refused", () => {
  expect(() => balancedGroupSizes(5, 0)).toThrow("groupSize must be at least 1, got 0");
});
