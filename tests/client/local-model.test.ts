import { expect, test } from "@jest/globals";
import { LocalModel, ModelError, readModelAnswer } from "../../src/client/local-model.ts";
import { CONTENT, ItemSet } from "../../src/domain/learning/item-set.ts";
import { encodeValues } from "../../src/domain/messages/value-encoding.ts";
import { normal } from "../../src/domain/random.ts";

const FACTORS = 3;

function answer(
  modelVersion: number,
  rows: number[],
  rowCount: number,
  names = (row: number): string | null => `m${row}`,
) {
  const values = Float32Array.from({ length: rows.length * (FACTORS + 1) }, normal(modelVersion + 7));
  return readModelAnswer({
    modelVersion,
    factors: FACTORS,
    rowCount,
    items: rows.map((row) => ({ itemId: names(row), row })),
    ...encodeValues(values, FACTORS + 1, "i8"),
    settings: { alpha: 2, regularization: 5 },
  });
}

test("a merged delta changes its rows, adds new ones, and moves the Gram matrices to those of the whole", () => {
  const model = new LocalModel(answer(1, [0, 1, 2], 3));
  const before = model.items.values.slice();
  const delta = answer(4, [1, 3, 4], 5);
  model.merge(delta);
  expect(Array.from(model.items.values.subarray(0, 4))).toEqual(Array.from(before.subarray(0, 4)));
  expect(Array.from(model.items.values.subarray(4, 8))).toEqual(Array.from(delta.values.subarray(0, 4)));
  expect(Array.from(model.items.values.subarray(12))).toEqual(Array.from(delta.values.subarray(4)));
  expect([model.modelVersion, model.rowOf.get("m4"), model.itemIds.length]).toEqual([4, 4, 5]);
  const anew = new ItemSet(model.items.values, FACTORS, () => CONTENT);
  anew.content.forEach((value, n) => {
    expect(model.items.content[n]).toBeCloseTo(value, 5);
  });
});

test("one who left has a row and no name", () => {
  const model = new LocalModel(answer(1, [0, 1], 2));
  model.merge(answer(2, [1], 2, () => null));
  expect([model.itemIds, model.rowOf.has("m1")]).toEqual([["m0", null], false]);
});

test("a delta that does not go on from the model is not merged", () => {
  const model = new LocalModel(answer(3, [0, 1], 2));
  expect(model.canMerge(answer(4, [0], 2))).toBe(true);
  expect(model.canMerge(answer(2, [0], 2))).toBe(false);
  expect(model.canMerge(answer(4, [3], 4))).toBe(false);
  expect(model.canMerge(answer(4, [0], 1))).toBe(false);
  expect(() => model.merge(answer(4, [3], 4))).toThrow(ModelError);
});

test("a model comes back from its text as it was", () => {
  const model = new LocalModel(answer(9, [0, 1, 2], 3));
  const again = LocalModel.fromText(model.toText());
  expect([again.modelVersion, again.rule, again.itemIds]).toEqual([9, model.rule, model.itemIds]);
  again.items.values.forEach((value, n) => {
    expect(value).toBeCloseTo(model.items.values[n], 5);
  });
});

test("a first answer without every row is refused", () => {
  expect(() => new LocalModel(answer(1, [0, 2], 3))).toThrow("got 2 of 3 rows, expected all");
});
