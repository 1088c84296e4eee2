import { expect, test } from "@jest/globals";
import {
  addToGramMatrix,
  gradientDirection,
  gramMatrix,
  itemGradients,
  itemSlopes,
  type LearningRule,
  predictScores,
  probability,
  type Ratings,
  solveUserFactors,
} from "../../../src/domain/learning/factorization.ts";
import { quantizeOuter, quantizeRows } from "../../../src/domain/messages/value-encoding.ts";
import { normal, uniform } from "../../../src/domain/random.ts";

const rule: LearningRule = { factors: 3, alpha: 2, regularization: 0.5 };
const width = rule.factors + 1;

function randomItems(rowCount: number, seed: number): Float32Array {
  const next = normal(seed);
  return Float32Array.from({ length: rowCount * width }, () => next() / 2);
}

function randomRatings(rowCount: number, seed: number): Ratings {
  const next = uniform(seed);
  const rows = Uint32Array.from({ length: rowCount }, (_, row) => row).filter(() => next() < 0.4);
  return { rows, values: Float32Array.from(rows, () => Math.round(next() * 6) - 2) };
}

/** J of one member, written out over every item: the definition the fast forms are held against. */
function loss(items: Float32Array, ratings: Ratings, user: ArrayLike<number>): number {
  let sum = 0;
  for (let row = 0; row < items.length / width; row++) {
    const value = ratings.values[ratings.rows.indexOf(row)] ?? 0;
    const confidence = row === ratings.ownRow ? 0 : 1 + rule.alpha * Math.abs(value);
    let score = items[row * width + rule.factors] + user[rule.factors];
    for (let k = 0; k < rule.factors; k++) score += items[row * width + k] * user[k];
    sum += confidence * ((value > 0 ? 1 : 0) - score) ** 2;
  }
  const ridge = Array.from(user).reduce((total, x, k) => total + (k < rule.factors ? x : x - 0.5) ** 2, 0);
  return sum + rule.regularization * ridge;
}

const everyRow = (rowCount: number) => Uint32Array.from({ length: rowCount }, (_, row) => row);

test("the solved user factors are where the loss is least", () => {
  const items = randomItems(12, 1);
  const ratings = { ...randomRatings(12, 2), ownRow: 5 };
  const user = solveUserFactors(items, ratings, rule);
  const least = loss(items, ratings, user);
  for (let k = 0; k < width; k++) {
    for (const step of [-0.01, 0.01]) {
      const moved = Float64Array.from(user);
      moved[k] += step;
      expect(loss(items, ratings, moved)).toBeGreaterThan(least);
    }
  }
});

test("item gradients equal finite differences of the loss", () => {
  const items = randomItems(9, 3);
  const ratings = { ...randomRatings(9, 4), ownRow: 2 };
  const user = solveUserFactors(items, ratings, rule);
  const gradients = itemGradients(items, ratings, rule, user, everyRow(9));
  const step = 2 ** -6; // J is quadratic in one item, so central differences are exact but for rounding
  for (let n = 0; n < items.length; n++) {
    const above = Float32Array.from(items);
    const below = Float32Array.from(items);
    above[n] += step;
    below[n] -= step;
    const difference = (loss(above, ratings, user) - loss(below, ratings, user)) / (above[n] - below[n]);
    expect(gradients[n]).toBeCloseTo(difference, 4);
  }
});

test("the gradients of all members sum to the gradient a central server would compute", () => {
  const items = randomItems(8, 5);
  const members = [6, 7, 8, 9].map((seed) => randomRatings(8, seed));
  const users = members.map((ratings) => solveUserFactors(items, ratings, rule));
  const total = new Float64Array(items.length);
  members.forEach((ratings, u) => {
    itemGradients(items, ratings, rule, users[u], everyRow(8)).forEach((value, n) => {
      total[n] += value;
    });
  });
  const centralLoss = (at: Float32Array) =>
    members.reduce((sum, ratings, u) => sum + loss(at, ratings, users[u]), 0);
  for (let n = 0; n < items.length; n++) {
    const above = Float32Array.from(items);
    above[n] += 2 ** -6;
    const below = Float32Array.from(items);
    below[n] -= 2 ** -6;
    expect(total[n]).toBeCloseTo((centralLoss(above) - centralLoss(below)) / (above[n] - below[n]), 3);
  }
});

test("gradients for some rows are those rows of the whole", () => {
  const items = randomItems(7, 10);
  const ratings = randomRatings(7, 11);
  const user = solveUserFactors(items, ratings, rule);
  const whole = itemGradients(items, ratings, rule, user, everyRow(7));
  const some = itemGradients(items, ratings, rule, user, Uint32Array.of(1, 4));
  expect(Array.from(some)).toEqual([
    ...whole.subarray(width, 2 * width),
    ...whole.subarray(4 * width, 5 * width),
  ]);
});

test("a Gram matrix moved by the changed row equals one made anew", () => {
  const before = randomItems(6, 12);
  const after = Float32Array.from(before);
  after.set([3, -2, 0.5, 7], 2 * width);
  const moved = gramMatrix(before, rule.factors);
  addToGramMatrix(moved, before, 2 * width, width, -1);
  addToGramMatrix(moved, after, 2 * width, width, 1);
  const anew = gramMatrix(after, rule.factors);
  moved.forEach((value, n) => {
    expect(value).toBeCloseTo(anew[n], 5);
  });
});

test("on a checkerboard each member scores all of its colour above all of the other", () => {
  const checkerboard: LearningRule = { factors: 2, alpha: 3, regularization: 0.1 };
  const next = normal(13);
  const items = Float32Array.from({ length: 10 * 3 }, () => next() / 10);
  const seen = (member: number) => everyRow(10).filter((row) => row % 2 === member % 2 && row !== member);
  for (let round = 0; round < 60; round++) {
    const total = new Float64Array(items.length);
    for (let member = 0; member < 10; member++) {
      const ratings = {
        rows: seen(member),
        values: new Float32Array(seen(member).length).fill(1),
        ownRow: member,
      };
      const user = solveUserFactors(items, ratings, checkerboard);
      itemGradients(items, ratings, checkerboard, user, everyRow(10)).forEach((value, n) => {
        total[n] += value;
      });
    }
    for (let n = 0; n < items.length; n++) items[n] -= 0.02 * total[n];
  }
  for (let member = 0; member < 10; member++) {
    const rows = seen(member).slice(1); // one of its own colour is held out
    const scores = predictScores(
      items,
      solveUserFactors(
        items,
        { rows, values: new Float32Array(rows.length).fill(1), ownRow: member },
        checkerboard,
      ),
    );
    const colour = (own: boolean) =>
      everyRow(10).filter((row) => row !== member && (row % 2 === member % 2) === own);
    expect(Math.min(...Array.from(colour(true), (row) => scores[row]))).toBeGreaterThan(
      Math.max(...Array.from(colour(false), (row) => scores[row])),
    );
  }
});

test("a score of one half is a probability of one half, and no score leaves the open interval", () => {
  expect(probability(0.5)).toBe(0.5);
  expect(probability(0.51) - probability(0.49)).toBeCloseTo(0.02, 5);
  expect(probability(-3)).toBeGreaterThan(0);
  expect(probability(4)).toBeLessThan(1);
});

test("shapes that do not fit are refused before any arithmetic", () => {
  const items = randomItems(4, 14);
  const user = new Float32Array(width);
  const rated = (rows: number[], values: number[]): Ratings => ({
    rows: Uint32Array.from(rows),
    values: Float32Array.from(values),
  });
  expect(() => gramMatrix(items.subarray(1), rule.factors)).toThrow("15 item values are no whole rows of 4");
  expect(() => solveUserFactors(items, rated([1], [2, 3]), rule)).toThrow("got 2 values for 1 rated rows");
  expect(() => solveUserFactors(items, rated([2, 1], [1, 1]), rule)).toThrow("row 1 after row 2");
  expect(() => solveUserFactors(items, rated([4], [1]), rule)).toThrow("row 4 of a matrix of 4 rows");
  expect(() => itemGradients(items, rated([1], [1]), rule, user.subarray(1), Uint32Array.of(0))).toThrow(
    "got 3 user factors, expected 4",
  );
  expect(() => itemGradients(items, rated([1], [1]), rule, user, Uint32Array.of(3, 3))).toThrow(
    "row 3 after row 3",
  );
});

test("a gradient quantized as an outer product is the gradient quantized row by row", () => {
  const items = randomItems(30, 15);
  const ratings = randomRatings(30, 16);
  const user = solveUserFactors(items, ratings, rule);
  const outer = quantizeOuter(itemSlopes(items, ratings, rule, user, everyRow(30)), gradientDirection(user));
  const byRow = quantizeRows(itemGradients(items, ratings, rule, user, everyRow(30)), width);
  outer.values.forEach((value, n) => {
    expect(Math.abs(value - byRow.values[n])).toBeLessThanOrEqual(1);
  });
  outer.scales.forEach((scale, row) => {
    expect(scale / byRow.scales[row]).toBeCloseTo(1, 5);
  });
});
