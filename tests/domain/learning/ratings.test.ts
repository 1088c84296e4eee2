import { expect, test } from "@jest/globals";
import { currentRatings, foldRatings, type Rating } from "../../../src/domain/learning/ratings.ts";

const rating = (id: string, row: number, value: number, occurredAtMs: number): Rating => ({
  id,
  row,
  value,
  occurredAtMs,
});
const early = rating("a", 7, 2, 100);
const late = rating("b", 7, -3, 200);
const other = rating("c", 4, 5, 50);

test("of two ratings of an item the later counts, in whatever order they come", () => {
  for (const ratings of [
    [early, late, other],
    [late, other, early],
  ]) {
    expect(currentRatings(ratings)).toEqual([other, late]);
  }
});

test("of two ratings of one moment the greater id counts", () => {
  const same = rating("z", 7, 9, 200);
  expect(currentRatings([same, late])).toEqual([same]);
  expect(currentRatings([late, same])).toEqual([same]);
});

test("a later rating takes the place of the stored one", () => {
  expect(foldRatings([early, other], [late])).toEqual({
    added: [late],
    replaced: [early],
    current: [other, late],
  });
});

test("a rating that comes after a later one is stored and counts for nothing", () => {
  expect(foldRatings([late], [early])).toEqual({ added: [early], replaced: [], current: [late] });
});

test("a rating that is stored, or comes twice, is added once", () => {
  expect(foldRatings([early], [early, late, late])).toEqual({
    added: [late],
    replaced: [early],
    current: [late],
  });
  expect(foldRatings([early, late], [early])).toEqual({ added: [], replaced: [], current: [late] });
});
