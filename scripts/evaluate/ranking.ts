/** Ranking unseen items: the federated model beside what a server with every rating could do, and what needs no model. */
import { predictScores, solveUserFactors } from "../../src/domain/learning/factorization.ts";
import type { ItemSet } from "../../src/domain/learning/item-set.ts";
import { trainAdditive } from "./additive.ts";
import { lastOf, type Trainer, type Training } from "./federated.ts";
import { ialsScores, trainIals } from "./ials.ts";
import { popularityScores } from "./popularity.ts";
import { type RankingMetrics, rankingMetrics } from "./ranking-metrics.ts";
import type { Split } from "./split.ts";

export interface RankingRun {
  models: Record<"fcf" | "ials" | "popularity" | "additive", RankingMetrics>;
  commits: number;
  bytesUpPerUser: number;
  bytesDownPerUser: number;
  /** Of the federated training alone. */
  seconds: number;
}

const IALS_ITERATIONS = 12;
/** What serves central iALS best on MovieLens 100k. */
const TUNED = { alpha: 1, regularization: 10 };

export async function evaluateRanking(
  split: Split,
  training: Training,
  trainer: Trainer,
): Promise<RankingRun> {
  const { settings, seed } = training;
  const { train } = split;
  const started = performance.now();
  const fcf = await lastOf(trainer(train, training));
  const seconds = (performance.now() - started) / 1000;
  const ials = trainIals(train, { ...TUNED, factors: settings.factors, iterations: IALS_ITERATIONS, seed });
  const additive = trainAdditive(train, { ...TUNED, unratedWeight: 1 });
  const popularity = popularityScores(train);
  return {
    models: {
      fcf: federatedMetrics(split, fcf.items, training),
      ials: rankingMetrics(split, (user) => ialsScores(ials, user)),
      popularity: rankingMetrics(split, () => popularity),
      additive: rankingMetrics(split, () => additive.itemBias),
    },
    commits: fcf.commits,
    bytesUpPerUser: fcf.bytesUpPerUser,
    bytesDownPerUser: fcf.bytesDownPerUser,
    seconds,
  };
}

/** What each device ranks for its owner, from the model and its own ratings. */
export function federatedMetrics(split: Split, items: ItemSet, { settings }: Training): RankingMetrics {
  return rankingMetrics(split, (user) =>
    predictScores(items.values, solveUserFactors(items, split.train.users[user], settings)),
  );
}
