import { expect, test } from "@jest/globals";
import { qualityFor, raterOf } from "../../../src/domain/learning/held-out.ts";
import { learningModel } from "../../../src/domain/learning/hosted-learning.ts";
import { CONTENT, NOBODY, PERSON } from "../../../src/domain/learning/item-set.ts";
import { modelOf } from "../../fixtures/gradients.ts";

const rated = (rows: readonly number[], value = 5) => rows.map((row) => ({ row, value }));

test("about a tenth of the ratings is held out, the same for the same seed and others for another", () => {
  const ratings = rated(Array.from({ length: 2000 }, (_, row) => row));
  const rater = raterOf(7, ratings, 3);
  expect(rater.known.length + rater.heldOut.length).toBe(2000);
  expect(rater.heldOut.length).toBeGreaterThan(150);
  expect(rater.heldOut.length).toBeLessThan(250);
  expect(raterOf(7, ratings.toReversed(), 3).heldOut.toReversed()).toEqual(rater.heldOut);
  expect(raterOf(7, ratings, 4).heldOut).not.toEqual(rater.heldOut);
});

/** Of twelve rows the first six are one taste and the others another; row 0 is the rater. */
function tastes(kinds: (row: number) => typeof PERSON | typeof CONTENT | typeof NOBODY) {
  const model = learningModel(modelOf(12, { regularization: 0.1, silenceWeight: 1 }), kinds);
  for (let row = 0; row < 12; row++)
    model.items.setRow(row, row < 6 ? Float32Array.of(1, 0, 0.1) : Float32Array.of(0, 1, 0.1), kinds(row));
  return model;
}

const rater = { ownRow: 0, known: rated([1, 2, 3]), heldOut: [...rated([4]), ...rated([9], -3)] };

test("a model that has the member's taste ranks what was held out first", () => {
  const { ndcg, auc } = qualityFor(
    tastes(() => PERSON),
    rater,
  );
  expect(ndcg).toBe(1);
  expect(auc).toBeCloseTo(13 / 14, 6); // above 6 others and beside row 5
  expect(
    qualityFor(
      tastes(() => CONTENT),
      rater,
    ),
  ).toEqual({ ndcg: 1, auc: null });
});

test("a model that has another taste ranks it behind", () => {
  const { ndcg, auc } = qualityFor(
    tastes(() => PERSON),
    { ...rater, heldOut: rated([9]) },
  );
  expect(ndcg).toBeLessThan(0.7);
  expect(auc).toBeLessThan(0.8);
});

test("where nothing liked is held out, or only of those who have left, there is nothing to measure", () => {
  const nothing = { ndcg: null, auc: null };
  expect(
    qualityFor(
      tastes(() => PERSON),
      { ...rater, heldOut: rated([9], -3) },
    ),
  ).toEqual(nothing);
  expect(
    qualityFor(
      tastes((row) => (row === 4 ? NOBODY : PERSON)),
      rater,
    ),
  ).toEqual(nothing);
  expect(
    qualityFor(
      tastes(() => PERSON),
      { ...rater, heldOut: rated([0, 99]) },
    ),
  ).toEqual(nothing);
});
