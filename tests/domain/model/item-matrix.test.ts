import { expect, test } from "@jest/globals";
import { FACTORS_MAX, rowsMax, rowsPerBlock } from "../../../src/domain/limits.ts";
import {
  blockCount,
  blockOfRow,
  blockVersion,
  decodeBlock,
  eraseRow,
  isErased,
  type MatrixShape,
  readMatrix,
  readRows,
  rowsChangedSince,
  touchRow,
  writableBlock,
} from "../../../src/domain/model/item-matrix.ts";
import type { Optimizer } from "../../../src/domain/model/optimizer.ts";

const shape: MatrixShape = { factors: 2, seed: 42, rowCount: 3 };
const OPTIMIZERS: Optimizer[] = ["sgd", "adam", "adagrad"];

/** A block of 3 rows in which nothing is 0 or 1. */
function filledBlock(optimizer: Optimizer) {
  const block = writableBlock(undefined, shape, 0, optimizer);
  block.values.set([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  block.steps.set([11, 12, 13]);
  if (block.state.optimizer === "adam") {
    block.state.mean.fill(5);
    block.state.rootOfSquares.fill(25);
  } else if (block.state.optimizer === "adagrad") block.state.sumOfSquares.fill(3.5);
  touchRow(block, 1, 14);
  return block;
}

test.each(OPTIMIZERS)("the memory form of a block is its stored form (%s)", (optimizer) => {
  const block = filledBlock(optimizer);
  // At an odd offset of a larger buffer, as bytes come from a network.
  const packet = new Uint8Array(block.bytes.length + 9);
  packet.set(block.bytes, 9);
  const read = decodeBlock(packet.subarray(9), 0, 14);
  expect(read).toEqual(block);
  expect(read.state.optimizer).toBe(optimizer);
  expect(blockVersion(read)).toBe(14);
  expect(Array.from(read.changedAt)).toEqual([0, 14, 0]);
});

test("a block of another format says which one it is", () => {
  const { bytes } = writableBlock(undefined, shape, 0, "sgd");
  bytes[2] = 2;
  expect(() => decodeBlock(bytes, 0, 0)).toThrow("got a v2 block, expected v1");
});

test("a block that another commit came before is of the version that it changed in, and so are its rows", () => {
  const block = filledBlock("adam");
  touchRow(block, 2, 12);
  touchRow(block, 1, 14);
  const read = decodeBlock(block.bytes.slice(), 0, 17);
  expect(blockVersion(read)).toBe(17);
  expect(Array.from(read.changedAt)).toEqual([0, 17, 12]);
  expect(rowsChangedSince(new Map([[0, read]]), 14)).toEqual([1]);
  expect(rowsChangedSince(new Map([[0, read]]), 11)).toEqual([1, 2]);
  expect(rowsChangedSince(new Map([[0, read]]), 17)).toEqual([]);
});

test("a block of an unknown optimizer, or with bytes too few or too many, is refused", () => {
  const { bytes } = filledBlock("adagrad");
  const unknown = bytes.slice();
  unknown[3] = 3;
  expect(() => decodeBlock(unknown, 2, 14)).toThrow("matrix block 2 is of optimizer 3");
  expect(() => decodeBlock(bytes.slice(0, -1), 2, 14)).toThrow("matrix block 2 has 105 bytes, expected 106");
  const longer = new Uint8Array(bytes.length + 2);
  longer.set(bytes);
  expect(() => decodeBlock(longer, 2, 14)).toThrow("matrix block 2 has 108 bytes, expected 106");
});

test.each([
  ["no bytes", new Uint8Array()],
  ["half a header", Uint8Array.of(0x54, 0x42, 1)],
  ["other bytes", new Uint8Array(64).fill(7)],
])("%s are no block", (_, bytes) => {
  expect(() => decodeBlock(bytes, 0, 0)).toThrow("this is no matrix block");
});

test("rows are in the same initial state whether their block is stored or not", () => {
  const unstored = readMatrix(shape, new Map());
  const stored = readMatrix(shape, new Map([[0, writableBlock(undefined, shape, 0, "adam")]]));
  expect(stored).toEqual(unstored);
});

test("initial factors are small and differ from row to row, and biases are zero", () => {
  const values = readMatrix({ factors: 4, seed: 3, rowCount: 500 }, new Map());
  const factors = values.filter((_, i) => i % 5 !== 4);
  const deviation = Math.sqrt(factors.reduce((sum, value) => sum + value * value, 0) / factors.length);
  expect(deviation).toBeGreaterThan(0.09);
  expect(deviation).toBeLessThan(0.11);
  expect(new Set(factors).size).toBeGreaterThan(1990);
  expect(values.filter((_, i) => i % 5 === 4).every((bias) => bias === 0)).toBe(true);
});

test("another seed gives other rows", () => {
  const one = readMatrix(shape, new Map());
  expect(readMatrix({ ...shape, seed: 43 }, new Map())).not.toEqual(one);
});

test("a row that joins after its block was stored begins in its initial state", () => {
  const initial = readMatrix({ ...shape, rowCount: 5 }, new Map());
  const stored = filledBlock("adagrad");
  const grown = writableBlock(stored, { ...shape, rowCount: 5 }, 0, "adagrad");
  expect(Array.from(grown.values.subarray(0, 9))).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(Array.from(grown.values.subarray(9))).toEqual(Array.from(initial.subarray(9)));
  expect(Array.from(grown.steps)).toEqual([11, 12, 13, 0, 0]);
  expect(readMatrix({ ...shape, rowCount: 5 }, new Map([[0, stored]]))).toEqual(grown.values);
});

test("the stored block stays what it was when its writable copy is written to", () => {
  const stored = filledBlock("adam");
  const before = stored.bytes.slice();
  const copy = writableBlock(stored, shape, 0, "adam");
  copy.values.fill(99);
  eraseRow(copy, 2, 20);
  expect(stored.bytes).toEqual(before);
});

test("an erased row is zero in values and state, and its neighbours stay", () => {
  const block = filledBlock("adam");
  eraseRow(block, 1, 15);
  expect(Array.from(block.values)).toEqual([2, 3, 4, 0, 0, 0, 8, 9, 10]);
  expect(isErased(block, 1)).toBe(true);
  expect(isErased(block, 0)).toBe(false);
  if (block.state.optimizer !== "adam") throw new Error("another optimizer");
  expect(Array.from(block.state.mean)).toEqual([5, 5, 5, 0, 0, 0, 5, 5, 5]);
  expect(Array.from(block.changedAt)).toEqual([0, 15, 0]);
});

test("a change of optimizer keeps values, drops state and step counts, and leaves the erased erased", () => {
  const stored = filledBlock("adam");
  eraseRow(stored, 0, 15);
  const changed = writableBlock(stored, shape, 0, "adagrad");
  expect(changed.values).toEqual(stored.values);
  expect(isErased(changed, 0)).toBe(true);
  expect(Array.from(changed.steps.subarray(1))).toEqual([0, 0]);
  expect(changed.state).toEqual({ optimizer: "adagrad", sumOfSquares: new Float32Array(9) });
});

test("rows past the first block stand in the next", () => {
  const size = rowsPerBlock(128);
  const wide: MatrixShape = { factors: 128, seed: 5, rowCount: size + 2 };
  expect(blockCount(wide)).toBe(2);
  expect(blockOfRow(size - 1, 128)).toBe(0);
  expect(blockOfRow(size, 128)).toBe(1);
  const second = writableBlock(undefined, wide, 1, "sgd");
  expect([second.firstRow, second.rowCount]).toEqual([size, 2]);
  second.values.fill(6, 129);
  touchRow(second, size + 1, 3);
  const blocks = new Map([[1, second]]);
  const values = readMatrix(wide, blocks);
  const untouched = readMatrix(wide, new Map());
  expect(values.subarray(0, (size + 1) * 129)).toEqual(untouched.subarray(0, (size + 1) * 129));
  expect(values.subarray((size + 1) * 129).every((value) => value === 6)).toBe(true);
  expect(rowsChangedSince(blocks, 2)).toEqual([size + 1]);
  const some = readRows(wide, blocks, [3, size - 1, size + 1]);
  const rowOf = (row: number) => Array.from(values.subarray(row * 129, (row + 1) * 129));
  expect(Array.from(some)).toEqual([3, size - 1, size + 1].flatMap(rowOf));
});

test.each([1, 2, 16, 32, 64, FACTORS_MAX])(
  "%i factors: a full block is about a MiB, never more",
  (factors) => {
    const full = { factors, seed: 1, rowCount: rowsPerBlock(factors) };
    const bytes = Math.max(...OPTIMIZERS.map((name) => writableBlock(undefined, full, 0, name).bytes.length));
    expect(bytes).toBeLessThanOrEqual(2 ** 20);
    expect(bytes).toBeGreaterThan(2 ** 20 / 2);
  },
);

test("with 16 factors a community may have 1,000,000 rows, in 143 blocks", () => {
  expect([rowsPerBlock(16), rowsMax(16)]).toEqual([7_000, 1_000_000]);
  expect(blockCount({ factors: 16, seed: 1, rowCount: rowsMax(16) })).toBe(143);
});
