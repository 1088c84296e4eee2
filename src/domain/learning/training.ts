/**
 * Training: all hosted members' gradients in turn, epoch after epoch, until the ranking of ratings
 * that training does not see gets no better. An epoch is made of several sums: four steps of a quarter
 * of the members each learn in a third of the epochs what one step of all of them learns, and end
 * higher (docs/evidence.md).
 */

import { TRAINING_EPOCHS_MAX, TRAINING_SENDERS_PER_SUM_MAX } from "../limits.ts";
import { isHeldOut } from "./held-out.ts";
import { ndcgOf, topRows } from "./ranking-quality.ts";
import type { Ratings } from "./weights.ts";

export interface Training {
  /** From 1. The gradients of an epoch are made under ids that follow from it and from `epochAtMs`. */
  epoch: number;
  epochAtMs: number;
  /** Members whose gradients are in sums of this epoch. */
  sent: number;
  /** Of this epoch: members of whom something is held out, and the sum of their NDCG. */
  judged: number;
  gain: number;
  /** NDCG of the best epoch, and which it was. */
  best: number;
  bestEpoch: number;
  /**
   * Of the last epoch that is over: of the model, and of showing everybody what most like. Missing
   * where nothing was held out.
   */
  ndcg?: number;
  popularity?: number;
  /** In the last epoch nothing is held out. */
  isLast: boolean;
}

/**
 * Epochs without a better one after which there is none to come. On MovieLens one in three is worse
 * than the one before it.
 */
const PATIENCE = 3;
/** What counts as better. */
const GAIN_MIN = 0.0005;
const SUMS_PER_EPOCH = 4;

const NOTHING_SENT = { sent: 0, judged: 0, gain: 0 };

/** Who has fewer ratings is not tested: training needs them all. */
const RATINGS_TO_TEST_MIN = 5;

export function beginTraining(nowMs: number): Training {
  return { epoch: 1, epochAtMs: nowMs, ...NOTHING_SENT, best: 0, bestEpoch: 0, isLast: false };
}

/** Senders of one sum of an epoch: a quarter of all, or as many as a sum needs or may have. */
export function sendersPerSum(senderCount: number, needed: number): number {
  return Math.min(TRAINING_SENDERS_PER_SUM_MAX, Math.max(needed, Math.ceil(senderCount / SUMS_PER_EPOCH)));
}

/** What follows an epoch of which all is sent: the next one, or the last one; null behind that. */
export function nextEpoch(training: Training, nowMs: number): Training | null {
  if (training.isLast) return null;
  const { epoch, judged, gain } = training;
  const ndcg = judged === 0 ? undefined : gain / judged;
  const isBetter = ndcg !== undefined && ndcg > training.best + GAIN_MIN;
  const best = isBetter ? { best: ndcg, bestEpoch: epoch } : {};
  const next = { ...training, ...best, ...NOTHING_SENT, ndcg, epoch: epoch + 1, epochAtMs: nowMs };
  return { ...next, isLast: epoch - next.bestEpoch >= PATIENCE || epoch + 1 >= TRAINING_EPOCHS_MAX };
}

/** A member who learns here, and what of their ratings training does not see until its last epoch. */
export interface Trainee {
  row: number;
  all: Ratings;
  seen: Ratings;
  heldOut: Set<number>;
}

/** Of the ratings that count, rows ascending. */
export function traineeOf(
  row: number,
  seed: number,
  current: readonly { row: number; value: number }[],
): Trainee {
  const rated = current.filter((rating) => rating.row !== row);
  const isTested = rated.length >= RATINGS_TO_TEST_MIN;
  const held = rated.filter(({ row: item, value }) => isTested && value > 0 && isHeldOut(seed, item));
  const heldOut = new Set(held.map((rating) => rating.row));
  const ratings = (of: readonly { row: number; value: number }[]): Ratings => ({
    rows: Uint32Array.from(of, (rating) => rating.row),
    values: Float32Array.from(of, (rating) => rating.value),
    ownRow: row,
  });
  return { row, all: ratings(rated), seen: ratings(rated.filter((one) => !heldOut.has(one.row))), heldOut };
}

/**
 * How many trainees are seen to like each row; -1 where nobody has rated it, and nothing can be learnt of it.
 */
export function likingsOf(trainees: readonly Trainee[], rowCount: number): Float32Array {
  const likings = new Float32Array(rowCount).fill(-1);
  for (const { seen } of trainees)
    seen.rows.forEach((row, n) => {
      likings[row] = Math.max(0, likings[row]) + (seen.values[n] > 0 ? 1 : 0);
    });
  return likings;
}

/**
 * NDCG of scores on what is held out of a trainee, among all that anybody has rated; undefined
 * where nothing is held out.
 */
export function heldOutNdcg(
  { row, seen, heldOut }: Trainee,
  scores: ArrayLike<number>,
  likings: Float32Array,
): number | undefined {
  if (heldOut.size === 0) return undefined;
  const rated = new Set(seen.rows);
  return ndcgOf(
    topRows(scores, (item) => !(likings[item] >= 0) || item === row || rated.has(item)),
    heldOut,
  );
}

/** NDCG of showing everybody what most trainees like. */
export function popularityNdcg(trainees: readonly Trainee[], likings: Float32Array): number | undefined {
  const gains = trainees.flatMap((trainee) => heldOutNdcg(trainee, likings, likings) ?? []);
  return gains.length === 0 ? undefined : gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
}
