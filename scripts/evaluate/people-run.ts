/** People rating people: the federated model and the baselines as predictors of who likes whom. */
import { predictScores, probability, solveUserFactors } from "../../src/domain/learning/factorization.ts";
import { trainAdditive } from "./additive.ts";
import type { Dataset } from "./dataset.ts";
import { lastOf, type Trainer, type Training } from "./federated.ts";
import { ialsScores, trainIals } from "./ials.ts";
import { type HeldOutDyad, type PeopleMetrics, peopleMetrics } from "./people.ts";

export interface PeopleRun {
  models: Record<"fcf" | "ials" | "popularity" | "additive", PeopleMetrics>;
  commits: number;
  bytesUpPerUser: number;
  bytesDownPerUser: number;
  seconds: number;
}

/**
 * What serves central iALS best on the speed dating set: an answer outweighs an unseen pair a thousand to one, and
 * regularization is the weight of 3 answers.
 */
const TUNED = { alpha: 1000, regularization: 3000 };

/** The best of 1, 3, 5 and 10 on the speed dating set. */
const ADDITIVE_REGULARIZATION = 3;
const IALS_ITERATIONS = 12;

export async function evaluatePeople(
  { train, test }: { train: Dataset; test: HeldOutDyad[] },
  training: Training,
  trainer: Trainer,
): Promise<PeopleRun> {
  const { settings, seed } = training;
  const started = performance.now();
  const fcf = await lastOf(trainer(train, training));
  const seconds = (performance.now() - started) / 1000;
  const { items } = fcf;
  const federated = train.users.map((ratings, ownRow) =>
    predictScores(items.values, solveUserFactors(items, { ...ratings, ownRow }, settings)),
  );
  const ials = trainIals(train, { ...TUNED, factors: settings.factors, iterations: IALS_ITERATIONS, seed });
  const central = train.users.map((_, user) => ialsScores(ials, user));
  const additive = trainAdditive(train, {
    alpha: 0,
    regularization: ADDITIVE_REGULARIZATION,
    unratedWeight: 0,
  });
  const { mean, userBias, itemBias } = additive;
  const likedShare = shareOfLikes(train);
  return {
    models: {
      fcf: peopleMetrics(test, (u, v) => probability(federated[u][v])),
      ials: peopleMetrics(test, (u, v) => probability(central[u][v])),
      popularity: peopleMetrics(test, (_, v) => likedShare[v]),
      additive: peopleMetrics(test, (u, v) => probability(mean + userBias[u] + itemBias[v])),
    },
    commits: fcf.commits,
    bytesUpPerUser: fcf.bytesUpPerUser,
    bytesDownPerUser: fcf.bytesDownPerUser,
    seconds,
  };
}

/** The share of those who answered that like a person, drawn to one half by one answer. */
function shareOfLikes(train: Dataset): Float64Array {
  const likes = new Float64Array(train.itemCount).fill(0.5);
  const answers = new Float64Array(train.itemCount).fill(1);
  for (const { rows, values } of train.users) {
    rows.forEach((row, n) => {
      answers[row]++;
      if (values[n] > 0) likes[row]++;
    });
  }
  return likes.map((count, row) => count / answers[row]);
}
