import { expect, test } from "@jest/globals";
import {
  itemGradients,
  predictScores,
  probability,
  solveUserFactors,
} from "../../../src/domain/learning/factorization.ts";
import { CONTENT, type ItemKind, ItemSet, NOBODY, PERSON } from "../../../src/domain/learning/item-set.ts";
import {
  confidenceOf,
  type LearningRule,
  type Ratings,
  weigh,
} from "../../../src/domain/learning/weights.ts";
import { normal, uniform } from "../../../src/domain/random.ts";

const rule: LearningRule = { factors: 3, alpha: 2, regularization: 0.5, silenceWeight: 1 };
const width = rule.factors + 1;

/** The same without a setting. */
const byTheRule: LearningRule = { factors: 3, alpha: null, regularization: null, silenceWeight: null };

function randomItems(rowCount: number, seed: number, kindOf = (_: number): ItemKind => CONTENT): ItemSet {
  const next = normal(seed);
  return new ItemSet(
    Float32Array.from({ length: rowCount * width }, () => next() / 2),
    3,
    kindOf,
  );
}

/** Twelve rows of which every third is a thing; row 7 is of one who has left. */
function mixedItems(seed: number): ItemSet {
  const items = randomItems(12, seed, (row) => (row % 3 === 0 ? CONTENT : PERSON));
  items.setRow(7, new Float32Array(width), NOBODY);
  return items;
}

/** The items with one value moved by `step`. */
function nudged(items: ItemSet, at: number, step: number): ItemSet {
  const values = Float32Array.from(items.values);
  values[at] += step;
  return new ItemSet(values, items.factors, (row) => items.kinds[row] as ItemKind);
}

function randomRatings(rowCount: number, seed: number): Ratings {
  const next = uniform(seed);
  const rows = Uint32Array.from({ length: rowCount }, (_, row) => row).filter(() => next() < 0.4);
  return { rows, values: Float32Array.from(rows, () => Math.round(next() * 6) - 2) };
}

/** J of one member, written out over every item: the definition the fast forms are held against. */
function loss(
  items: ItemSet,
  ratings: Ratings,
  user: ArrayLike<number>,
  under: LearningRule = rule,
  weighedOn: ItemSet = items,
): number {
  const weights = weigh(weighedOn, ratings, under);
  const { values, kinds } = items;
  let sum = 0;
  for (let row = 0; row < items.rowCount; row++) {
    if (row === ratings.ownRow || kinds[row] === NOBODY) continue;
    const at = ratings.rows.indexOf(row);
    const value = at < 0 ? 0 : ratings.values[at];
    const confidence = at < 0 ? weights.silence[kinds[row]] : confidenceOf(value, under);
    let score = values[row * width + 3] + user[3];
    for (let k = 0; k < 3; k++) score += values[row * width + k] * user[k];
    sum += confidence * ((value > 0 ? 1 : 0) - score) ** 2;
    const squares = values.subarray(row * width, (row + 1) * width).reduce((total, y) => total + y * y, 0);
    if (at >= 0) sum += weights.observed[kinds[row]] * confidence * squares;
  }
  const { regularization, drawToOwnRow } = weights;
  for (let k = 0; k < 3; k++) {
    const own = drawToOwnRow > 0 ? weighedOn.values[ratings.ownRow! * width + k] : 0;
    sum += drawToOwnRow * (user[k] - own) ** 2 + (regularization - drawToOwnRow) * user[k] ** 2;
  }
  return sum + regularization * (user[3] - 0.5) ** 2;
}

const everyRow = (rowCount: number) => Uint32Array.from({ length: rowCount }, (_, row) => row);

/** What is learnt from, and by which rule. */
const cases: [string, () => ItemSet, LearningRule][] = [
  ["with settings", () => randomItems(12, 1), rule],
  ["by the rule, among people and things", () => mixedItems(1), byTheRule],
  ["with a weight of silence alone", () => mixedItems(2), { ...byTheRule, silenceWeight: 0.3 }],
];

test.each(cases)("the solved user factors are where the loss is least, %s", (_, makeItems, under) => {
  const items = makeItems();
  const ratings = { ...randomRatings(12, 2), ownRow: 5 };
  const user = solveUserFactors(items, ratings, under);
  const least = loss(items, ratings, user, under);
  for (let k = 0; k < width; k++) {
    for (const step of [-0.01, 0.01]) {
      const moved = Float64Array.from(user);
      moved[k] += step;
      expect(loss(items, ratings, moved, under)).toBeGreaterThan(least);
    }
  }
});

test.each(cases)("item gradients equal finite differences of the loss, %s", (_, makeItems, under) => {
  const items = makeItems();
  const ratings = { ...randomRatings(12, 4), ownRow: 2 };
  const user = solveUserFactors(items, ratings, under);
  const gradients = itemGradients(items, ratings, under, user, everyRow(12));
  const step = 2 ** -6; // J is quadratic in one item, so central differences are exact but for rounding
  for (let n = 0; n < items.values.length; n++) {
    if (items.kinds[Math.floor(n / width)] === NOBODY) {
      expect(gradients[n]).toBe(0);
      continue;
    }
    const at = (change: number) => loss(nudged(items, n, change), ratings, user, under, items);
    expect(gradients[n]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 3);
  }
});

test("the gradients of all members sum to the gradient a central server would compute", () => {
  const items = randomItems(8, 5);
  const members = [6, 7, 8, 9].map((seed) => randomRatings(8, seed));
  const users = members.map((ratings) => solveUserFactors(items, ratings, rule));
  const total = new Float64Array(items.values.length);
  members.forEach((ratings, u) => {
    itemGradients(items, ratings, rule, users[u], everyRow(8)).forEach((value, n) => {
      total[n] += value;
    });
  });
  const centralLoss = (at: ItemSet) =>
    members.reduce((sum, ratings, u) => sum + loss(at, ratings, users[u]), 0);
  for (let n = 0; n < total.length; n++) {
    const [above, below] = [nudged(items, n, 2 ** -6), nudged(items, n, -(2 ** -6))];
    expect(total[n]).toBeCloseTo((centralLoss(above) - centralLoss(below)) / 2 ** -5, 3);
  }
});

test("one who has rated nobody starts from who likes them, and neutral", () => {
  const items = mixedItems(3);
  const user = solveUserFactors(
    items,
    { rows: new Uint32Array(), values: new Float32Array(), ownRow: 4 },
    byTheRule,
  );
  expect(Array.from(user.subarray(0, 3))).toEqual(
    Array.from(items.values.subarray(4 * width, 4 * width + 3)),
  );
  expect(user[3]).toBe(0.5);
});

test("what is said of one who has left changes nothing", () => {
  const items = mixedItems(3);
  const said = (rows: number[], values: number[]) => ({
    rows: Uint32Array.from(rows),
    values: Float32Array.from(values),
    ownRow: 4,
  });
  expect(solveUserFactors(items, said([1, 7], [2, 5]), byTheRule)).toEqual(
    solveUserFactors(items, said([1], [2]), byTheRule),
  );
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

test("on a checkerboard each member scores all of its colour above all of the other", () => {
  const checkerboard: LearningRule = { factors: 2, alpha: 3, regularization: 0.1, silenceWeight: 1 };
  const next = normal(13);
  const values = Float32Array.from({ length: 10 * 3 }, () => next() / 10);
  let items = new ItemSet(values, 2, () => PERSON);
  const seen = (member: number) => everyRow(10).filter((row) => row % 2 === member % 2 && row !== member);
  for (let round = 0; round < 60; round++) {
    const total = new Float64Array(values.length);
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
    items = new ItemSet(
      items.values.map((value, n) => value - 0.02 * total[n]),
      2,
      () => PERSON,
    );
  }
  for (let member = 0; member < 10; member++) {
    const rows = seen(member).slice(1); // one of its own colour is held out
    const scores = predictScores(
      items.values,
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
  expect(() => new ItemSet(items.values.subarray(1), 3, () => PERSON)).toThrow(
    "15 item values are no whole rows of 4",
  );
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
