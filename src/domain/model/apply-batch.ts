/**
 * One step of the model: (model at version v, batch of gradients) -> the commit that makes v+1. Pure: it reads blocks,
 * returns new ones, and leaves storing them, and losing the race for them, to its caller.
 */

import type { Settings } from "../community/settings.ts";
import type { Gradient } from "../messages/messages.ts";
import { type BatchContext, foldGradients, type GradientSum, type Rejection } from "./aggregation.ts";
import {
  type Block,
  blockOfRow,
  countStep,
  eraseRow,
  isErased,
  type MatrixShape,
  touchRow,
  writableBlock,
} from "./item-matrix.ts";
import { learningRateAt, REGULARIZATION_BASE, stepRow } from "./optimizer.ts";

export interface Model extends MatrixShape {
  modelVersion: number;
  memberCount: number;
  settings: Settings;
  /** Stored blocks by index; a missing one is in its initial state. */
  blocks: ReadonlyMap<number, Block>;
}

/** What a transaction writes: the version step, the blocks that changed, and the log entry of what it did. */
export interface Commit {
  modelVersion: number;
  blocks: Block[];
  applied: string[];
  rejected: { id: string; reason: Rejection }[];
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
  block: Block,
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

/** Applies the batch; null when nothing in it is new, so that there is nothing to commit. */
export function applyBatch(
  model: Model,
  batch: readonly Gradient[],
  context: Pick<BatchContext, "nowMs" | "isCommitted">,
): Commit | null {
  const { settings, rowCount } = model;
  const folded = foldGradients(batch, { ...context, modelVersion: model.modelVersion, rowCount, settings });
  const { accepted, rejected, sum } = folded;
  if (accepted.length === 0 && rejected.length === 0) return null;
  const modelVersion = model.modelVersion + 1;
  const width = settings.factors + 1;
  const blocks: Block[] = [];
  let squares = 0;
  let block: Block | undefined;
  for (let slot = 0; slot < sum.rows.length; slot++) {
    const row = sum.rows[slot];
    const index = blockOfRow(row, settings.factors);
    if (block?.index !== index) {
      block = writableBlock(model.blocks.get(index), model, index, settings.optimizer);
      blocks.push(block);
    }
    if (isErased(block, row)) continue;
    const at = (row - block.firstRow) * width;
    squares += finishRow(sum, slot * width, block, at, accepted.length, model);
    const step = countStep(block, row);
    const rate = settings.learningRate ?? learningRateAt(step, memberShare(accepted.length, model));
    stepRow(block.state, rate, step, block.values, at, sum.sums, slot * width, width);
    touchRow(block, row, modelVersion);
  }
  const applied = accepted.map((gradient) => gradient.id);
  return { modelVersion, blocks, applied, rejected, gradientNorm: Math.sqrt(squares) };
}

/** The commit by which a member leaves: their row is zero from then on, whatever gradients still come. */
export function eraseMember(model: Model, row: number): Commit {
  const modelVersion = model.modelVersion + 1;
  const index = blockOfRow(row, model.settings.factors);
  const block = writableBlock(model.blocks.get(index), model, index, model.settings.optimizer);
  eraseRow(block, row, modelVersion);
  return { modelVersion, blocks: [block], applied: [], rejected: [], gradientNorm: 0 };
}
