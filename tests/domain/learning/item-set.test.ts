import { expect, test } from "@jest/globals";
import {
  CONTENT,
  type ItemKind,
  ItemSet,
  kindOfItem,
  NOBODY,
  PERSON,
} from "../../../src/domain/learning/item-set.ts";

const kindOf = (row: number): ItemKind => (row % 2 === 0 ? PERSON : CONTENT);
const values = Float32Array.of(2, 3, 4, 5, 6, 7, 8, 9, 10);

test("each kind has its own Gram matrix of (y, b, 1), whose last element is its count", () => {
  const items = new ItemSet(values.slice(), 2, kindOf);
  // rows 0 and 2 are people: (2, 3, 4, 1) and (8, 9, 10, 1)
  expect(Array.from(items.people.subarray(0, 4))).toEqual([4 + 64, 6 + 72, 8 + 80, 2 + 8]);
  expect(items.people[15]).toBe(2);
  expect(Array.from(items.content.subarray(12))).toEqual([5, 6, 7, 1]);
});

test("a set that grew and changed row by row equals one made at once", () => {
  const items = new ItemSet(values.slice(0, 6), 2, kindOf);
  items.grow(3);
  items.setRow(2, values.subarray(6), PERSON);
  items.setRow(0, Float32Array.of(1, -2, 0.5), CONTENT);
  items.setRow(0, values.subarray(0, 3), PERSON);
  expect(items).toEqual(new ItemSet(values.slice(), 2, kindOf));
});

test("a row of zeros is nobody's and counts in no matrix", () => {
  const items = new ItemSet(values.slice(), 2, kindOf);
  items.setRow(1, new Float32Array(3), CONTENT);
  expect(Array.from(items.kinds)).toEqual([PERSON, NOBODY, PERSON]);
  expect(items.content.every((value) => value === 0)).toBe(true);
});

test("handles are people, other names are content, and no name is one who has left", () => {
  expect(["_3k9", "vertigo", null, undefined].map(kindOfItem)).toEqual([PERSON, CONTENT, NOBODY, NOBODY]);
});
