/**
 * The item matrix Y (rows x (K+1), the bias last) in matrix blocks of whole rows. A block's memory form is its stored form:
 * typed arrays over one buffer. Rows that no commit has changed are in their seeded initial state, and a block of only such
 * rows is not stored at all. Little-endian:
 *
 *     0 'T' 'B'  2 format version  3 optimizer (0 sgd, 1 adam, 2 adagrad)  4 u16 width w  6 u16 rows n  8 u32 version of
 *     the last change  12 u32 first row  16 u32 changedAt[n]  f32 values[n*w]
 *     adam: f16 mean[n*w], f16 rootOfSquares[n*w]    adagrad: f32 sumOfSquares[n*w]    then u16 steps[n]
 */
import { rowsPerBlock } from "../limits.ts";
import { normal } from "../random.ts";
import type { Optimizer, OptimizerState } from "./optimizer.ts";

const MAGIC = 0x4254;
const FORMAT_VERSION = 1;
const HEADER_BYTES = 16;
const OPTIMIZERS: readonly Optimizer[] = ["sgd", "adam", "adagrad"];
const INITIAL_STD_DEV = 0.1;

/** A step count that no row reaches: the member has left, the row is zero and stays so. */
const ERASED = 0xffff;
/** Counting stops here: Adam's bias corrections are 1 to the last bit of float32 long before. */
const STEPS_MAX = 0xfffe;

export interface MatrixBlock {
  readonly index: number;
  readonly firstRow: number;
  readonly rowCount: number;
  readonly width: number;
  /** The model version of each row's last change; 0 for rows in their initial state. */
  readonly changedAt: Uint32Array;
  readonly steps: Uint16Array;
  readonly values: Float32Array;
  readonly state: OptimizerState;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The header, by words. */
  readonly header: Uint32Array;
}

/** Where the header says in which version the block has changed last. */
const VERSION_WORD = 2;

/** What fixes a community's initial rows. */
export interface MatrixShape {
  factors: number;
  seed: number;
  rowCount: number;
}

export function blockOfRow(row: number, factors: number): number {
  return Math.floor(row / rowsPerBlock(factors));
}

export function blockCount(shape: MatrixShape): number {
  return Math.ceil(shape.rowCount / rowsPerBlock(shape.factors));
}

/** Rows that exist in a block: all of them but in the last block. */
function rowsInBlock(shape: MatrixShape, index: number): number {
  const size = rowsPerBlock(shape.factors);
  return Math.min(size, shape.rowCount - index * size);
}

/** Writes a row's initial state, normal(0, 0.1) factors and bias 0, the same whenever and wherever it is asked for. */
function writeInitialRow(seed: number, row: number, values: Float32Array, at: number, width: number): void {
  const next = normal(seed ^ Math.imul(row + 1, 0x9e3779b1));
  for (let i = 0; i < width - 1; i++) values[at + i] = next() * INITIAL_STD_DEV;
  values[at + width - 1] = 0;
}

/** Bytes of optimizer state a value. */
const stateBytes = (optimizer: Optimizer): number => (optimizer === "sgd" ? 0 : 4);

function viewState(optimizer: Optimizer, buffer: ArrayBuffer, at: number, count: number): OptimizerState {
  if (optimizer === "sgd") return { optimizer };
  if (optimizer === "adagrad") return { optimizer, sumOfSquares: new Float32Array(buffer, at, count) };
  const mean = new Uint16Array(buffer, at, count);
  return { optimizer, mean, rootOfSquares: new Uint16Array(buffer, at + count * 2, count) };
}

function viewBlock(bytes: Uint8Array<ArrayBuffer>, index: number): MatrixBlock {
  const view = new DataView(bytes.buffer);
  const optimizer = OPTIMIZERS[view.getUint8(3)];
  const width = view.getUint16(4, true);
  const rowCount = view.getUint16(6, true);
  const valuesAt = HEADER_BYTES + rowCount * 4;
  const count = rowCount * width;
  const stateAt = valuesAt + count * 4;
  return {
    index,
    firstRow: view.getUint32(12, true),
    rowCount,
    width,
    changedAt: new Uint32Array(bytes.buffer, HEADER_BYTES, rowCount),
    steps: new Uint16Array(bytes.buffer, stateAt + count * stateBytes(optimizer), rowCount),
    values: new Float32Array(bytes.buffer, valuesAt, count),
    state: viewState(optimizer, bytes.buffer, stateAt, count),
    bytes,
    header: new Uint32Array(bytes.buffer, 0, HEADER_BYTES / 4),
  };
}

function bytesOfBlock(rowCount: number, width: number, optimizer: Optimizer): number {
  return HEADER_BYTES + rowCount * 6 + rowCount * width * (4 + stateBytes(optimizer));
}

/** A block of zeros, with its header. */
function emptyBlock(shape: MatrixShape, index: number, optimizer: Optimizer): MatrixBlock {
  const rowCount = rowsInBlock(shape, index);
  const width = shape.factors + 1;
  const bytes = new Uint8Array(bytesOfBlock(rowCount, width, optimizer));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, MAGIC, true);
  view.setUint8(2, FORMAT_VERSION);
  view.setUint8(3, OPTIMIZERS.indexOf(optimizer));
  view.setUint16(4, width, true);
  view.setUint16(6, rowCount, true);
  view.setUint32(12, index * rowsPerBlock(shape.factors), true);
  return viewBlock(bytes, index);
}

/**
 * A stored matrix block. It was written for a version that another commit may have taken; `version` is the one that it has
 * changed, and its rows say so from here on. Throws on bytes that are no such block, or of a format newer than the code.
 */
export function decodeBlock(stored: Uint8Array<ArrayBuffer>, index: number, version: number): MatrixBlock {
  const isAlone = stored.byteOffset === 0 && stored.buffer.byteLength === stored.length;
  const bytes = isAlone ? stored : stored.slice();
  const view = new DataView(bytes.buffer);
  if (bytes.length < HEADER_BYTES || view.getUint16(0, true) !== MAGIC)
    throw new Error("this is no matrix block");
  const format = view.getUint8(2);
  if (format !== FORMAT_VERSION) throw new Error(`got a v${format} block, expected v${FORMAT_VERSION}`);
  const optimizer = OPTIMIZERS[view.getUint8(3)];
  if (!optimizer) throw new Error(`matrix block ${index} is of optimizer ${view.getUint8(3)}`);
  const expected = bytesOfBlock(view.getUint16(6, true), view.getUint16(4, true), optimizer);
  if (bytes.length !== expected)
    throw new Error(`matrix block ${index} has ${bytes.length} bytes, expected ${expected}`);
  const block = viewBlock(bytes, index);
  const writtenFor = blockVersion(block);
  if (writtenFor !== version) {
    for (let at = 0; at < block.rowCount; at++)
      if (block.changedAt[at] === writtenFor) block.changedAt[at] = version;
    block.header[VERSION_WORD] = version;
  }
  return block;
}

/** The model version of the block's last change. */
export function blockVersion(block: MatrixBlock): number {
  return block.header[VERSION_WORD];
}

/**
 * A copy that may be written to: as many rows as the community has by now, rows without a stored state in their initial
 * one, optimizer state dropped when the community has changed its optimizer.
 */
export function writableBlock(
  stored: MatrixBlock | undefined,
  shape: MatrixShape,
  index: number,
  optimizer: Optimizer,
): MatrixBlock {
  const block = emptyBlock(shape, index, optimizer);
  const storedRows = Math.min(stored?.rowCount ?? 0, block.rowCount);
  if (stored) {
    const { state } = stored;
    block.changedAt.set(stored.changedAt.subarray(0, storedRows));
    block.steps.set(stored.steps.subarray(0, storedRows));
    block.values.set(stored.values.subarray(0, storedRows * stored.width));
    if (state.optimizer === "adam" && block.state.optimizer === "adam") {
      block.state.mean.set(state.mean);
      block.state.rootOfSquares.set(state.rootOfSquares);
    } else if (state.optimizer === "adagrad" && block.state.optimizer === "adagrad") {
      block.state.sumOfSquares.set(state.sumOfSquares);
    } else {
      for (let at = 0; at < storedRows; at++) if (block.steps[at] !== ERASED) block.steps[at] = 0;
    }
  }
  for (let row = storedRows; row < block.rowCount; row++) {
    writeInitialRow(shape.seed, block.firstRow + row, block.values, row * block.width, block.width);
  }
  return block;
}

/** Counts a step of a row of a writable block, and answers the count. */
export function countStep(block: MatrixBlock, row: number): number {
  const at = row - block.firstRow;
  block.steps[at] = Math.min(block.steps[at] + 1, STEPS_MAX);
  return block.steps[at];
}

export function isErased(block: MatrixBlock, row: number): boolean {
  return block.steps[row - block.firstRow] === ERASED;
}

/** Marks a row of a writable block as changed by the commit that makes `version`. */
export function touchRow(block: MatrixBlock, row: number, version: number): void {
  block.changedAt[row - block.firstRow] = version;
  block.header[VERSION_WORD] = version;
}

function clearRow(block: MatrixBlock, at: number): void {
  const span: [number, number, number] = [0, at * block.width, (at + 1) * block.width];
  block.values.fill(...span);
  if (block.state.optimizer === "adam") {
    block.state.mean.fill(...span);
    block.state.rootOfSquares.fill(...span);
  } else if (block.state.optimizer === "adagrad") block.state.sumOfSquares.fill(...span);
}

/** Zeroes a row of a writable block, and keeps it so until it is restarted. */
export function eraseRow(block: MatrixBlock, row: number, version: number): void {
  const at = row - block.firstRow;
  clearRow(block, at);
  block.steps[at] = ERASED;
  touchRow(block, row, version);
}

/** Puts a row of a writable block into its initial state, whatever it was before. */
export function restartRow(block: MatrixBlock, seed: number, row: number, version: number): void {
  const at = row - block.firstRow;
  clearRow(block, at);
  writeInitialRow(seed, row, block.values, at * block.width, block.width);
  block.steps[at] = 0;
  touchRow(block, row, version);
}

/** The rows that changed after a version, ascending. Blocks that did not change since are passed over. */
export function rowsChangedSince(blocks: ReadonlyMap<number, MatrixBlock>, version: number): number[] {
  const rows: number[] = [];
  for (const block of [...blocks.values()].sort((a, b) => a.index - b.index)) {
    if (blockVersion(block) <= version) continue;
    for (let at = 0; at < block.rowCount; at++)
      if (block.changedAt[at] > version) rows.push(block.firstRow + at);
  }
  return rows;
}

/** The values of some rows, rows.length x (K+1) row-major. */
export function readRows(
  shape: MatrixShape,
  blocks: ReadonlyMap<number, MatrixBlock>,
  rows: readonly number[],
): Float32Array<ArrayBuffer> {
  const width = shape.factors + 1;
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, n) => {
    const block = blocks.get(blockOfRow(row, shape.factors));
    const at = row - (block?.firstRow ?? 0);
    if (block && at < block.rowCount)
      values.set(block.values.subarray(at * width, (at + 1) * width), n * width);
    else writeInitialRow(shape.seed, row, values, n * width, width);
  });
  return values;
}

/** The whole matrix, rowCount x (K+1) row-major. */
export function readMatrix(
  shape: MatrixShape,
  blocks: ReadonlyMap<number, MatrixBlock>,
): Float32Array<ArrayBuffer> {
  const width = shape.factors + 1;
  const values = new Float32Array(shape.rowCount * width);
  for (let index = 0; index < blockCount(shape); index++) {
    const firstRow = index * rowsPerBlock(shape.factors);
    const count = rowsInBlock(shape, index);
    const stored = blocks.get(index);
    const storedRows = Math.min(stored?.rowCount ?? 0, count);
    if (stored) values.set(stored.values.subarray(0, storedRows * width), firstRow * width);
    for (let row = firstRow + storedRows; row < firstRow + count; row++) {
      writeInitialRow(shape.seed, row, values, row * width, width);
    }
  }
  return values;
}

/** What has become of rows since a kept version. */
export interface RowsSince {
  hasLeft: (row: number) => boolean;
  /** Given to somebody after that version: in it they hold what another has erased by leaving, or nothing. */
  isGivenSince: (row: number) => boolean;
}

/** The whole matrix of a kept version as it may be seen today: as a restore would make it. */
export function readKeptMatrix(
  shape: MatrixShape,
  kept: ReadonlyMap<number, MatrixBlock>,
  { hasLeft, isGivenSince }: RowsSince,
): Float32Array<ArrayBuffer> {
  const width = shape.factors + 1;
  const values = readMatrix(shape, kept);
  for (let row = 0; row < shape.rowCount; row++) {
    if (hasLeft(row)) values.fill(0, row * width, (row + 1) * width);
    else if (isGivenSince(row)) writeInitialRow(shape.seed, row, values, row * width, width);
  }
  return values;
}
