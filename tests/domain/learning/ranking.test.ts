import { expect, test } from "@jest/globals";
import { bestRows, pageOf, placeText, readPlace } from "../../../src/domain/learning/ranking.ts";
import { uniform } from "../../../src/domain/random.ts";

const all = () => true;

/** The plain way: sort everything, then cut. */
function sorted(scores: Float32Array, passes: (row: number) => boolean) {
  const rows = Array.from(scores, (score, row) => ({ row, score })).filter(({ row }) => passes(row));
  return rows.sort((a, b) => b.score - a.score || a.row - b.row);
}

test("the best rows are those of the whole ranking, ties and filters included, behind any place", () => {
  const random = uniform(5);
  for (let run = 0; run < 200; run++) {
    const scores = Float32Array.from({ length: 40 }, () => Math.floor(random() * 12) / 4 - 1);
    const passes = (row: number) => (row * 7 + run) % 3 !== 0;
    const whole = sorted(scores, passes);
    const limit = 1 + Math.floor(random() * 10);
    const from = Math.floor(random() * whole.length);
    const after = from === 0 ? undefined : readPlace(placeText(whole[from - 1]));
    expect(bestRows(scores, limit, passes, after)).toEqual(whole.slice(from, from + limit));
  }
});

test("equal scores are ranked by row, and a page may end among them", () => {
  const level = new Float32Array(5);
  const first = pageOf(level, 2, all);
  expect(first.rows.map(({ row }) => row)).toEqual([0, 1]);
  const second = pageOf(level, 3, all, first.next);
  expect(second.rows.map(({ row }) => row)).toEqual([2, 3, 4]);
  expect(second.next).toBeUndefined();
});

test("of a row that cannot be among the best it is not asked whether it passes", () => {
  const asked: number[] = [];
  const passes = (row: number) => asked.push(row) > 0;
  expect(bestRows(Float32Array.of(5, 4, 3, 2, 6), 2, passes).map(({ row }) => row)).toEqual([4, 0]);
  expect(asked).toEqual([0, 1, 4]);
});
