/**
 * `npm run attack -- --collusion --ratings FILE`: members who collude, under each way of making one step of a sum. What a default
 * may be chosen by: how far they move an item in everybody's list, what the others' lists are then worth, and the time.
 */
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { predictScores, solveUserFactors } from "../../src/domain/learning/factorization.ts";
import type { Gradient } from "../../src/domain/messages/messages.ts";
import { toFloat32 } from "../../src/domain/messages/value-encoding.ts";
import { normal } from "../../src/domain/random.ts";
import type { Dataset } from "../evaluate/dataset.ts";
import { DEFAULT_TRAINING, type Sent, type TrainedModel, trainFederated } from "../evaluate/federated.ts";
import { federatedMetrics } from "../evaluate/ranking.ts";
import { type Split, splitByUser } from "../evaluate/split.ts";
import { AGGREGATORS, type Aggregator, batchOfMean } from "./aggregators.ts";

export interface CollusionLine {
  aggregator: string;
  /** What those who collude send, and their share of the members. */
  attack: string;
  share: number;
  /** The mean over honest members of how far the target moved in their lists. */
  moved: number;
  ndcg: number;
  /** Of making one gradient of a sum. */
  millisecondsPerSum: number;
}

export interface CollusionOptions {
  seed: number;
  users: number;
  clientsPerCommit: number;
  rounds: number;
}

/** As large as the API takes. */
const LARGEST = 1e5;
const SHARES = [0.01, 0.05, 0.1];

type Attack = (values: Float32Array, target: number, width: number, gauss: () => number) => Float32Array;

const biasOf = (sign: number): Attack => {
  return (values, target, width) => {
    const wild = values.slice();
    wild.fill(0, target * width, (target + 1) * width);
    wild[(target + 1) * width - 1] = sign * LARGEST;
    return wild;
  };
};

/** What members who collude send in place of their own gradient. */
const ATTACKS: Record<string, Attack> = {
  "a friend up": biasOf(-1),
  "a rival down": biasOf(1),
  random: (values, _, __, gauss) => values.map(() => gauss() * LARGEST),
  "sign-flipped": (values) => values.map((value) => -value * LARGEST),
};

/** The rank of an item in the list of each user, those of `colluders` left out. */
function ranksOf({ items }: TrainedModel, train: Dataset, target: number, colluders: number): number[] {
  return train.users.slice(colluders).map((ratings) => {
    const scores = predictScores(items.values, solveUserFactors(items, ratings, DEFAULT_SETTINGS));
    return 1 + scores.filter((score) => score > scores[target]).length;
  });
}

function tampered({ gradient }: Sent, attack: Attack, target: number, gauss: () => number): Gradient {
  const values = attack(toFloat32(gradient.data, gradient.width), target, gradient.width, gauss);
  return { ...gradient, data: { kind: "f32", values: Float32Array.from(values) } };
}

function trained(
  train: Dataset,
  options: CollusionOptions,
  aggregator: Aggregator,
  plan: { attack: Attack; colluders: number; target: number } | null,
) {
  const settings = { ...DEFAULT_SETTINGS, clipNorm: null };
  const gauss = normal(options.seed);
  let [spentMs, sums] = [0, 0];
  const between = (sent: readonly Sent[]) => {
    const batch = sent.map((one) =>
      plan && one.user < plan.colluders ? tampered(one, plan.attack, plan.target, gauss) : one.gradient,
    );
    const startedAtMs = performance.now();
    const mean = aggregator(batch, train.itemCount);
    spentMs += performance.now() - startedAtMs;
    sums++;
    return batchOfMean(mean, batch);
  };
  let last: TrainedModel | undefined;
  for (const model of trainFederated(train, { ...DEFAULT_TRAINING, ...options, settings, between }))
    last = model;
  return { model: last!, millisecondsPerSum: spentMs / sums };
}

/** The most and the least liked of what at least a few have rated. */
function targetsOf({ users, itemCount }: Dataset): { least: number; most: number } {
  const counts = new Uint32Array(itemCount);
  for (const { rows } of users) for (const row of rows) counts[row]++;
  const order = Array.from(counts.keys()).sort((a, b) => counts[a] - counts[b]);
  return { least: order.find((row) => counts[row] >= 5)!, most: order[order.length - 1] };
}

export function* collude(ratings: Dataset, options: CollusionOptions): Generator<CollusionLine> {
  const { seed } = options;
  const users = ratings.users.slice(0, options.users);
  const split: Split = splitByUser({ ...ratings, users }, seed);
  const { train } = split;
  const { least, most } = targetsOf(train);
  const metrics = { settings: DEFAULT_SETTINGS, seed, ...DEFAULT_TRAINING };
  for (const [name, aggregator] of Object.entries(AGGREGATORS)) {
    const usual = trained(train, options, aggregator, null);
    const ndcgOf = ({ model }: typeof usual) => federatedMetrics(split, model.items, metrics).ndcg;
    const line = { aggregator: name, millisecondsPerSum: usual.millisecondsPerSum };
    yield { ...line, attack: "none", share: 0, moved: 0, ndcg: ndcgOf(usual) };
    for (const [attackName, attack] of Object.entries(ATTACKS)) {
      for (const share of SHARES) {
        const colluders = Math.round(share * users.length);
        const target = attackName === "a friend up" ? least : most;
        const run = trained(train, options, aggregator, { attack, colluders, target });
        const before = ranksOf(usual.model, train, target, colluders);
        const after = ranksOf(run.model, train, target, colluders);
        const moved = after.reduce((sum, rank, at) => sum + before[at] - rank, 0) / after.length;
        yield { ...line, attack: attackName, share, moved, ndcg: ndcgOf(run) };
      }
    }
  }
}
