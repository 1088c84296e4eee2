/**
 * Federated training in one process: every user a device of its own that sees its ratings and the model as it came over
 * the wire, the server the real `applyBatch`. Nothing but the network and the queue is left out.
 */

import type { Settings } from "../../src/domain/community/settings.ts";
import { itemGradients, solveUserFactors } from "../../src/domain/learning/factorization.ts";
import { CONTENT, ItemSet, PERSON } from "../../src/domain/learning/item-set.ts";
import { type PrivacyRule, privatized } from "../../src/domain/learning/privacy.ts";
import { sampleRows } from "../../src/domain/learning/row-sampling.ts";
import type { Gradient } from "../../src/domain/messages/messages.ts";
import { createUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { quantizeRows, toFloat32 } from "../../src/domain/messages/value-encoding.ts";
import { applyBatch, type Model } from "../../src/domain/model/apply-batch.ts";
import { readMatrix, rowsChangedSince } from "../../src/domain/model/item-matrix.ts";
import { uniform } from "../../src/domain/random.ts";
import type { Dataset } from "./dataset.ts";
import { shuffle } from "./split.ts";
import { gradientBytes, modelBytes } from "./wire-bytes.ts";

export interface Training {
  settings: Settings;
  seed: number;
  /** Times that every client contributes. */
  rounds: number;
  /** Gradients a commit; clients come in a new random order each round. */
  clientsPerCommit: number;
  encoding: "f32" | "i8";
  /** Rows a gradient, about; null for all. */
  rowsAim: number | null;
  /** This share of the clients answers to the model of `staleCommits` commits ago. */
  staleShare: number;
  staleCommits: number;
  /** Users are items: each user's own row is the one of the same number. */
  people: boolean;
  /** What each device does to its gradient before it leaves; null for nothing. */
  privacy: PrivacyRule | null;
  /** What becomes of a batch on its way from the devices to the commit; without it the batch is as it was sent. */
  between?: (sent: readonly Sent[], items: ItemSet) => Gradient[];
}

/** A gradient, and whose device sent it. */
export interface Sent {
  user: number;
  gradient: Gradient;
}

export const DEFAULT_TRAINING: Omit<Training, "settings" | "seed"> = {
  rounds: 30,
  clientsPerCommit: Number.POSITIVE_INFINITY,
  encoding: "i8",
  rowsAim: null,
  staleShare: 0,
  staleCommits: 0,
  people: false,
  privacy: null,
};

/** As gradients reach a server that waits for nobody: batches of 100, a fifth of them against the model of three commits ago. */
export function apiTraining(users: number): typeof DEFAULT_TRAINING {
  const clientsPerCommit = 100;
  const rounds = Math.ceil(200 / Math.ceil(users / clientsPerCommit));
  return { ...DEFAULT_TRAINING, ...STALE, rounds, clientsPerCommit };
}

export const STALE = { staleShare: 0.2, staleCommits: 3 };

/** Trains by whatever way, yielding the model after each round. */
export type Trainer = (
  train: Dataset,
  training: Training,
) => Iterable<TrainedModel> | AsyncIterable<TrainedModel>;

export interface TrainedModel {
  /** The item matrix as a client sees it. */
  items: ItemSet;
  commits: number;
  rounds: number;
  bytesUpPerUser: number;
  bytesDownPerUser: number;
}

export async function lastOf(models: ReturnType<Trainer>): Promise<TrainedModel> {
  let last: TrainedModel | undefined;
  for await (const model of models) last = model;
  if (!last) throw new Error("no round was trained");
  return last;
}

/** The model as one version of it reaches clients. */
interface Snapshot {
  modelVersion: number;
  items: ItemSet;
  model: Model;
}

const START_MS = Date.UTC(2025, 0, 1);

/** Yields after each round in which every client contributed once. */
export function* trainFederated(train: Dataset, training: Training): Generator<TrainedModel> {
  const random = uniform(training.seed);
  const everyRow = Uint32Array.from({ length: train.itemCount }, (_, row) => row);
  let model = newModel(train, training);
  const snapshots = [snapshotOf(model, training)];
  const syncedVersion = new Int32Array(train.users.length).fill(-1);
  const trained = { commits: 0, bytesUp: 0, bytesDown: 0 };
  for (let round = 1; round <= training.rounds; round++) {
    const order = shuffle([...train.users.keys()], random);
    for (let from = 0; from < order.length; from += training.clientsPerCommit) {
      const batch: Sent[] = [];
      for (const user of order.slice(from, from + training.clientsPerCommit)) {
        const isStale = training.staleShare > 0 && random() < training.staleShare;
        const snapshot = snapshots[isStale ? 0 : snapshots.length - 1];
        if (snapshot.modelVersion > syncedVersion[user]) {
          trained.bytesDown += syncBytes(snapshot, syncedVersion[user], training);
          syncedVersion[user] = snapshot.modelVersion;
        }
        // The noise of a whole batch is drawn at once, by its first client: sums of Gaussians are Gaussian.
        const noiseShares = batch.length === 0 ? Math.min(training.clientsPerCommit, order.length - from) : 0;
        const gradient = contribute(user, snapshot, train, training, everyRow, random, noiseShares);
        trained.bytesUp += gradientBytes(gradient);
        batch.push({ user, gradient });
      }
      const { items } = snapshots[snapshots.length - 1];
      const gradients = training.between?.(batch, items) ?? batch.map(({ gradient }) => gradient);
      model = committed(model, gradients);
      trained.commits++;
      snapshots.push(snapshotOf(model, training));
      if (snapshots.length > training.staleCommits + 1) snapshots.shift();
    }
    yield {
      items: snapshots[snapshots.length - 1].items,
      commits: trained.commits,
      rounds: round,
      bytesUpPerUser: trained.bytesUp / train.users.length,
      bytesDownPerUser: trained.bytesDown / train.users.length,
    };
  }
}

/** One device's gradient, from its own ratings and the model it last synced. */
function contribute(
  user: number,
  snapshot: Snapshot,
  train: Dataset,
  { settings, encoding, rowsAim, people, privacy }: Training,
  everyRow: Uint32Array<ArrayBuffer>,
  random: () => number,
  noiseShares: number,
): Gradient {
  const ratings = people ? { ...train.users[user], ownRow: user } : train.users[user];
  const width = settings.factors + 1;
  const userFactors = solveUserFactors(snapshot.items, ratings, settings);
  const own = { id: createUuidV7(START_MS, random), modelVersion: snapshot.modelVersion, width };
  const plain = itemGradients(snapshot.items, ratings, settings, userFactors, everyRow);
  const dense = privacy ? privatized(plain, noiseOf(privacy, noiseShares), random) : plain;
  const { rows, values } =
    rowsAim === null ? { rows: everyRow, values: dense } : sampleRows(dense, width, rowsAim, random);
  return { ...own, rows, data: encoding === "i8" ? quantizeRows(values, width) : { kind: "f32", values } };
}

/** Noise as strong as that of so many clients together. */
function noiseOf({ clipNorm, noiseMultiplier }: PrivacyRule, clients: number): PrivacyRule {
  return { clipNorm, noiseMultiplier: noiseMultiplier * Math.sqrt(clients) };
}

function newModel(train: Dataset, { settings, seed }: Training): Model {
  return {
    factors: settings.factors,
    seed,
    rowCount: train.itemCount,
    modelVersion: 0,
    memberCount: train.users.length,
    settings,
    blocks: new Map(),
  };
}

function committed(model: Model, batch: Gradient[]): Model {
  const step = applyBatch(model, batch);
  const blocks = new Map(model.blocks);
  for (const block of step.blocks) blocks.set(block.index, block);
  return { ...model, modelVersion: step.modelVersion, blocks };
}

function snapshotOf(model: Model, { encoding, people }: Training): Snapshot {
  const width = model.factors + 1;
  const values = readMatrix(model, model.blocks);
  const received = encoding === "i8" ? toFloat32(quantizeRows(values, width), width) : values;
  const items = new ItemSet(received, model.factors, () => (people ? PERSON : CONTENT));
  return { modelVersion: model.modelVersion, items, model };
}

/** Bytes of `GET model?sinceVersion=` for a client at `version`; of the whole model for one that has none (-1). */
function syncBytes(snapshot: Snapshot, version: number, { settings, encoding }: Training): number {
  const { model } = snapshot;
  const rows = version < 0 ? model.rowCount : rowsChangedSince(model.blocks, version).length;
  return modelBytes(rows, settings.factors + 1, encoding);
}
