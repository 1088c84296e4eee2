/**
 * One step of the model: (model at version v, gradients) -> the matrix blocks of v+1. Pure: it reads blocks, returns new
 * ones, and leaves storing them, and losing the race for them, to its caller.
 */

import type { Settings } from "../community/settings.ts";
import type { Gradient } from "../messages/messages.ts";
import { type GradientSum, sumGradients } from "./aggregation.ts";
import {
  blockCount,
  blockOfRow,
  countStep,
  eraseRow,
  isErased,
  type MatrixBlock,
  type MatrixShape,
  type RowsSince,
  restartRow,
  touchRow,
  writableBlock,
} from "./item-matrix.ts";
import { learningRateAt, REGULARIZATION_BASE, stepRow } from "./optimizer.ts";

export interface Model extends MatrixShape {
  modelVersion: number;
  memberCount: number;
  settings: Settings;
  /** Stored blocks by index; a missing one is in its initial state. */
  blocks: ReadonlyMap<number, MatrixBlock>;
}

/** What a step makes of the model: the blocks that changed, written for its version. */
export interface Step {
  modelVersion: number;
  blocks: MatrixBlock[];
  /** L2 norm of the gradient that the optimizer was given. */
  gradientNorm: number;
}

/**
 * Adds the regularization and, for `mean`, divides: g_i <- (g_i + 2*lambda*(n/U)*y_i) / (mean ? n : 1), where a batch of n
 * of U members bears its share n/U of the term that the full sum of arXiv 1901.09888 holds once. By the rule, lambda here is the
 * base alone: the rest stands in the members' own gradients.
 */
function finishRow(
  sum: GradientSum,
  from: number,
  block: MatrixBlock,
  at: number,
  batchSize: number,
  model: Model,
): number {
  const { regularization, aggregation } = model.settings;
  const share = 2 * (regularization ?? REGULARIZATION_BASE) * memberShare(batchSize, model);
  const divisor = aggregation === "mean" ? batchSize : 1;
  let squares = 0;
  for (let i = 0; i < sum.width; i++) {
    const g = (sum.sums[from + i] + share * block.values[at + i]) / divisor;
    sum.sums[from + i] = g;
    squares += g * g;
  }
  return squares;
}

const memberShare = (batchSize: number, { memberCount }: Model): number =>
  batchSize / Math.max(1, memberCount);

/** What the reports of several members have come to. */
export interface ReportSum {
  gradient: Gradient;
  members: number;
}

/** Applies gradients that count, and the sum of the reports that do. */
export function applyBatch(
  model: Model,
  gradients: readonly Gradient[],
  reports: ReportSum | null = null,
): Step {
  const { settings, rowCount } = model;
  const ofMany = reports ? [reports.gradient] : [];
  const batchSize = gradients.length + (reports?.members ?? 0);
  const sum = sumGradients(gradients, rowCount, settings.factors + 1, settings.clipNorm, ofMany);
  const modelVersion = model.modelVersion + 1;
  const width = settings.factors + 1;
  const blocks: MatrixBlock[] = [];
  let squares = 0;
  let block: MatrixBlock | undefined;
  for (let slot = 0; slot < sum.rows.length; slot++) {
    const row = sum.rows[slot];
    const index = blockOfRow(row, settings.factors);
    if (block?.index !== index) {
      block = writableBlock(model.blocks.get(index), model, index, settings.optimizer);
    }
    if (isErased(block, row)) continue;
    if (blocks.at(-1) !== block) blocks.push(block);
    const at = (row - block.firstRow) * width;
    squares += finishRow(sum, slot * width, block, at, batchSize, model);
    const step = countStep(block, row);
    const rate = settings.learningRate ?? learningRateAt(step, memberShare(batchSize, model));
    stepRow(block.state, rate, step, block.values, at, sum.sums, slot * width, width);
    touchRow(block, row, modelVersion);
  }
  return { modelVersion, blocks, gradientNorm: Math.sqrt(squares) };
}

/** A step that changes one row and applies no gradient. */
function stepOfRow(model: Model, row: number, change: (block: MatrixBlock, version: number) => void): Step {
  const modelVersion = model.modelVersion + 1;
  const index = blockOfRow(row, model.settings.factors);
  const block = writableBlock(model.blocks.get(index), model, index, model.settings.optimizer);
  change(block, modelVersion);
  return { modelVersion, blocks: [block], gradientNorm: 0 };
}

/** The step by which a member leaves: their row is zero from then on, whatever gradients still come. */
export function eraseMember(model: Model, row: number): Step {
  return stepOfRow(model, row, (block, version) => eraseRow(block, row, version));
}

/** The step by which a member comes back: their row is as a new one. */
export function restartMember(model: Model, row: number): Step {
  return stepOfRow(model, row, (block, version) => restartRow(block, model.seed, row, version));
}

/** Whether the member of a row has left, as the model's blocks say. */
export function isErasedIn({ settings, blocks }: Model, row: number): boolean {
  const block = blocks.get(blockOfRow(row, settings.factors));
  return block !== undefined && row < block.firstRow + block.rowCount && isErased(block, row);
}

/**
 * The step that makes kept blocks current again. Every row counts as changed; who has left since stays erased, and a row that
 * was given since starts anew.
 */
export function restoreModel(
  model: Omit<Model, "blocks">,
  kept: ReadonlyMap<number, MatrixBlock>,
  { hasLeft, isGivenSince }: RowsSince,
): Step {
  const modelVersion = model.modelVersion + 1;
  const blocks = Array.from({ length: blockCount(model) }, (_, index) => {
    const block = writableBlock(kept.get(index), model, index, model.settings.optimizer);
    for (let row = block.firstRow; row < block.firstRow + block.rowCount; row++) {
      if (hasLeft(row)) eraseRow(block, row, modelVersion);
      else if (isGivenSince(row)) restartRow(block, model.seed, row, modelVersion);
      else touchRow(block, row, modelVersion);
    }
    return block;
  });
  return { modelVersion, blocks, gradientNorm: 0 };
}

/**
 * The blocks of a kept version that hold rows of those who have left, or whose rows were given to
 * others: these rows are zero.
 */
export function eraseFromKept(
  { seed, factors, modelVersion }: Pick<Model, "seed" | "factors" | "modelVersion">,
  kept: ReadonlyMap<number, MatrixBlock>,
  { hasLeft, isGivenSince }: RowsSince,
): MatrixBlock[] {
  return [...kept.values()].flatMap((block) => {
    const rows = Array.from({ length: block.rowCount }, (_, at) => block.firstRow + at);
    const gone = rows.filter((row) => !isErased(block, row) && (hasLeft(row) || isGivenSince(row)));
    if (gone.length === 0) return [];
    const shape = { factors, seed, rowCount: block.firstRow + block.rowCount };
    const erased = writableBlock(block, shape, block.index, block.state.optimizer);
    for (const row of gone) eraseRow(erased, row, modelVersion);
    return [erased];
  });
}
