import { expect, test } from "@jest/globals";
import { CONTENT, ItemSet } from "../../../src/domain/learning/item-set.ts";
import { similaritiesTo } from "../../../src/domain/learning/similar.ts";

test("similarity is the cosine of the factors: neither their length nor the bias counts", () => {
  // Rows of (y, b).
  const items = new ItemSet(
    Float32Array.of(3, 4, 9, 6, 8, -2, 4, -3, 0, -3, -4, 5, 0, 0, 7),
    2,
    () => CONTENT,
  );
  const similarities = Array.from(similaritiesTo(items, 0), (value) => Math.round(value * 1e6) / 1e6);
  expect(similarities).toEqual([1, 1, 0, -1, 0]);
  expect([...similaritiesTo(items, 4)]).toEqual([0, 0, 0, 0, 0]);
});
