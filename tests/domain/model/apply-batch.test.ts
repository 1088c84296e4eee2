import { describe, expect, test } from "@jest/globals";
import { rowsPerBlock } from "../../../src/domain/limits.ts";
import type { Gradient } from "../../../src/domain/messages/messages.ts";
import {
  applyBatch,
  eraseMember,
  isErasedIn,
  type Model,
  restartMember,
  restoreModel,
  type Step,
} from "../../../src/domain/model/apply-batch.ts";
import { blockVersion, isErased, readMatrix } from "../../../src/domain/model/item-matrix.ts";
import { gradientOf, modelOf } from "../../fixtures/gradients.ts";

const valuesOf = (model: Model) => Array.from(readMatrix(model, model.blocks));

function withStep(model: Model, { blocks: made, modelVersion }: Step): Model {
  const blocks = new Map(model.blocks);
  for (const block of made) blocks.set(block.index, block);
  return { ...model, blocks, modelVersion };
}

const applied = (model: Model, ...batch: Gradient[]) => withStep(model, applyBatch(model, batch));

function differenceOf(moved: Model, model: Model): number[] {
  const before = valuesOf(model);
  return valuesOf(moved).map((value, i) => value - before[i]);
}

function expectClose(values: readonly number[], expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 5);
  });
}

/** A model of 3 rows whose values are 2, 3, 4 in each. */
function evenModel(settings: Partial<Model["settings"]> = {}): Model {
  const initial = modelOf(3, {
    ...settings,
    clipNorm: null,
    optimizer: "sgd",
    learningRate: 1,
    regularization: 0,
    aggregation: "sum",
  });
  const start = valuesOf(initial);
  const rows = [0, 1, 2].map((row) => [
    row,
    start.slice(row * 3, row * 3 + 3).map((value, i) => value - i - 2),
  ]);
  const even = applied(initial, gradientOf(1, Object.fromEntries(rows)));
  return { ...even, settings: { ...initial.settings, ...settings } };
}

describe("aggregation", () => {
  const batch = [gradientOf(11, { 0: [2, 4, 6], 2: [10, 20, 30] }), gradientOf(12, { 0: [4, 8, 12] })];

  test("with sgd, rate 1, no regularization and sum, a commit is Y less the sum of gradients", () => {
    expectClose(valuesOf(applied(evenModel(), ...batch)), [-4, -9, -14, 2, 3, 4, -8, -17, -26]);
  });

  test("mean divides by the gradients of the batch, also where only one of them touches a row", () => {
    expectClose(
      valuesOf(applied(evenModel({ aggregation: "mean" }), ...batch)),
      [-1, -3, -5, 2, 3, 4, -3, -7, -11],
    );
  });

  test("a batch of n of U members bears n/U of the regularization, on the rows it touches", () => {
    const model = { ...evenModel({ regularization: 0.5, learningRate: 0.5 }), memberCount: 8 };
    // 2 * 0.5 * 2/8 = 0.25 of y = (2, 3, 4).
    const expected = [2 - 0.5 * 6.5, 3 - 0.5 * 12.75, 4 - 0.5 * 19, 2, 3, 4];
    expectClose(valuesOf(applied(model, ...batch)).slice(0, 6), expected);
  });

  test("mean divides the regularization as well", () => {
    const model = { ...evenModel({ regularization: 0.5, aggregation: "mean" }), memberCount: 8 };
    expectClose(valuesOf(applied(model, ...batch)).slice(0, 3), [2 - 3.25, 3 - 6.375, 4 - 9.5]);
  });

  test("the norm of a commit is that of the gradient which the optimizer was given", () => {
    const step = applyBatch(evenModel(), [gradientOf(11, { 0: [2, 4, 4], 1: [6, 3, 0] })]);
    expect(step.gradientNorm).toBeCloseTo(9, 6);
  });

  test("clipNorm bounds what one gradient can do to a row", () => {
    const model = evenModel({ clipNorm: 5 });
    expectClose(valuesOf(applied(model, gradientOf(11, { 1: [30, 0, 40] }))).slice(3, 6), [-1, 3, 0]);
  });
});

describe("commits", () => {
  test("a commit makes the next version, and marks the rows it changed with it", () => {
    const model = { ...evenModel(), modelVersion: 41 };
    const step = applyBatch(model, [gradientOf(11, { 1: [2, 3, 4] })]);
    expect(step.modelVersion).toBe(42);
    expect(blockVersion(step.blocks[0])).toBe(42);
    expect(Array.from(step.blocks[0].changedAt)).toEqual([1, 42, 1]);
  });

  test("the model that a batch is applied to stays as it was", () => {
    const model = evenModel({ optimizer: "adam" });
    const before = valuesOf(model);
    const bytes = model.blocks.get(0)!.bytes.slice();
    applied(model, gradientOf(11, { 0: [2, 3, 4] }));
    expect(valuesOf(model)).toEqual(before);
    expect(model.blocks.get(0)!.bytes).toEqual(bytes);
  });

  test("a commit writes only the blocks whose rows it touches, once each", () => {
    const size = rowsPerBlock(2);
    const model = modelOf(3 * size);
    const batch = [
      gradientOf(11, { 0: [2, 3, 4], [2 * size]: [5, 6, 7] }),
      gradientOf(12, { 1: [8, 9, 10] }),
    ];
    const step = applyBatch(model, batch);
    expect(step.blocks.map((block) => block.index)).toEqual([0, 2]);
    const difference = differenceOf(withStep(model, step), model);
    expectClose(difference.slice(0, 6), [-2, -3, -4, -8, -9, -10]);
    expectClose(difference.slice(6 * size, 6 * size + 6), [-5, -6, -7, 0, 0, 0]);
  });

  test("a batch that touches nobody but members who have left changes no block", () => {
    const model = evenModel();
    const left = withStep(model, eraseMember(model, 1));
    const step = applyBatch(left, [gradientOf(11, { 1: [2, 3, 4] })]);
    expect(step).toEqual({ modelVersion: left.modelVersion + 1, blocks: [], gradientNorm: 0 });
  });

  test("batches applied one by one or at once come to the same with plain sgd", () => {
    const batch = [1, 2, 3, 4].map((n) => gradientOf(10 + n, { [n % 3]: [n, 2 * n, 0.5 * n] }));
    const atOnce = applied(evenModel(), ...batch);
    const oneByOne = batch.reduce((model, gradient) => applied(model, gradient), evenModel());
    expectClose(valuesOf(oneByOne), valuesOf(atOnce));
    expect(oneByOne.modelVersion).toBe(atOnce.modelVersion + 3);
  });
});

describe("members who leave", () => {
  test.each(["sgd", "adam", "adagrad"] as const)(
    "an erased row stays zero, whatever still comes (%s)",
    (optimizer) => {
      const model = evenModel({ optimizer, regularization: 2 });
      const left = withStep(model, eraseMember(model, 1));
      expect(valuesOf(left)).toEqual([2, 3, 4, 0, 0, 0, 2, 3, 4]);
      const moved = applied(left, gradientOf(11, { 1: [5, 6, 7], 2: [5, 6, 7] }));
      expect(valuesOf(moved).slice(3, 6)).toEqual([0, 0, 0]);
      expect(valuesOf(moved).slice(6)).not.toEqual([2, 3, 4]);
      expect(moved.modelVersion).toBe(left.modelVersion + 1);
    },
  );
});

describe("members who come back", () => {
  test.each(["sgd", "adam", "adagrad"] as const)(
    "an erased row begins anew, in values and in state (%s)",
    (optimizer) => {
      const model = evenModel({ optimizer });
      const initial = readMatrix(model, new Map());
      const moved = applied(model, gradientOf(11, { 1: [5, 6, 7] }));
      const left = withStep(moved, eraseMember(moved, 1));
      const back = withStep(left, restartMember(left, 1));
      expect(valuesOf(back)).toEqual([2, 3, 4, ...initial.subarray(3, 6), 2, 3, 4]);
      const block = back.blocks.get(0)!;
      expect([isErased(block, 1), block.steps[1], block.changedAt[1]]).toEqual([false, 0, back.modelVersion]);
      const again = applied(back, gradientOf(12, { 1: [5, 6, 7] }));
      const first = applied({ ...model, blocks: new Map() }, gradientOf(11, { 1: [5, 6, 7] }));
      expectClose(valuesOf(again).slice(3, 6), valuesOf(first).slice(3, 6));
    },
  );
});

describe("restoring", () => {
  const restoredFrom = (model: Model, blocks: Model["blocks"], isGivenSince = (_: number) => false) =>
    withStep(model, restoreModel(model, blocks, { hasLeft: (row) => isErasedIn(model, row), isGivenSince }));

  test("a row given since the kept version is in the initial state, whatever that version holds of it", () => {
    const kept = evenModel();
    const keptAway = withStep(kept, eraseMember(kept, 1));
    const initial = readMatrix(kept, new Map());
    const back = withStep(keptAway, restartMember(keptAway, 1));
    for (const { blocks } of [kept, keptAway]) {
      const restored = restoredFrom(back, blocks, (row) => row === 1);
      expect(valuesOf(restored)).toEqual([2, 3, 4, ...initial.subarray(3, 6), 2, 3, 4]);
      expect(isErased(restored.blocks.get(0)!, 1)).toBe(false);
    }
  });

  test("a kept model is current again as a new version, in which every row has changed", () => {
    const kept = evenModel({ optimizer: "adam" });
    const moved = { ...applied(kept, gradientOf(11, { 0: [2, 3, 4], 1: [5, 6, 7] })), modelVersion: 7 };
    const restored = restoredFrom(moved, kept.blocks);
    expect(valuesOf(restored)).toEqual(valuesOf(kept));
    expect(restored.modelVersion).toBe(8);
    expect(Array.from(restored.blocks.get(0)!.changedAt)).toEqual([8, 8, 8]);
    expect(valuesOf(moved)).not.toEqual(valuesOf(kept));
  });

  test("who has left since stays erased, and who has joined since is in the initial state", () => {
    const kept = evenModel();
    const grown = { ...kept, rowCount: 5, memberCount: 5 };
    const moved = applied(grown, gradientOf(11, { 4: [2, 3, 4] }));
    const left = withStep(moved, eraseMember(moved, 1));
    const restored = restoredFrom(left, kept.blocks);
    const initial = readMatrix(grown, new Map());
    expectClose(valuesOf(restored), [2, 3, 4, 0, 0, 0, 2, 3, 4, ...initial.subarray(9)]);
    expect(isErased(restored.blocks.get(0)!, 1)).toBe(true);
  });

  test("blocks that were in their initial state are so again", () => {
    const size = rowsPerBlock(2);
    const kept = modelOf(size + 2);
    const moved = applied(kept, gradientOf(11, { [size + 1]: [2, 3, 4] }));
    const restored = restoredFrom(moved, kept.blocks);
    expect(valuesOf(restored)).toEqual(valuesOf(kept));
    expect([...restored.blocks.keys()].sort()).toEqual([0, 1]);
  });
});

test("a community that changes its optimizer begins with fresh state and step counts", () => {
  const adam = evenModel({ optimizer: "adam", learningRate: 0.5 });
  const stepped = applied(applied(adam, gradientOf(11, { 0: [2, 3, 4] })), gradientOf(12, { 0: [2, 3, 4] }));
  const changed = { ...stepped, settings: { ...stepped.settings, optimizer: "adagrad" as const } };
  const moved = applied(changed, gradientOf(13, { 0: [5, -6, 7] }));
  const difference = differenceOf(moved, changed);
  expectClose(difference.slice(0, 3), [-0.5, 0.5, -0.5]); // adagrad's first step is the learning rate
  expect(moved.blocks.get(0)!.steps[0]).toBe(1);
});
