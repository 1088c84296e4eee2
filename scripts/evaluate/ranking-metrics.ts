/** Precision, recall, F1, MAP and NDCG at 10 over all items a user has not rated in training. */
import { CUTOFF, ndcgOf, topRows } from "../../src/domain/learning/ranking-quality.ts";
import type { Split } from "./split.ts";

export interface RankingMetrics {
  precision: number;
  recall: number;
  f1: number;
  map: number;
  ndcg: number;
}

/** The mean over users with held-out items. `scoresOf` gives one score an item; ties go to the lower row. */
export function rankingMetrics(split: Split, scoresOf: (user: number) => ArrayLike<number>): RankingMetrics {
  const total: RankingMetrics = { precision: 0, recall: 0, f1: 0, map: 0, ndcg: 0 };
  let users = 0;
  split.test.forEach((held, user) => {
    if (held.length === 0) return;
    users++;
    const rated = new Set(split.train.users[user].rows);
    const ranked = topRows(scoresOf(user), (row) => rated.has(row));
    const one = metricsOf(ranked, new Set(held));
    for (const name of Object.keys(total) as (keyof RankingMetrics)[]) total[name] += one[name];
  });
  for (const name of Object.keys(total) as (keyof RankingMetrics)[]) total[name] /= users;
  return total;
}

function metricsOf(ranked: number[], relevant: Set<number>): RankingMetrics {
  let hits = 0;
  let precisions = 0;
  for (let n = 0; n < CUTOFF; n++) {
    if (!relevant.has(ranked[n])) continue;
    hits++;
    precisions += hits / (n + 1);
  }
  const precision = hits / CUTOFF;
  const recall = hits / relevant.size;
  return {
    precision,
    recall,
    f1: hits === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    map: precisions / Math.min(CUTOFF, relevant.size),
    ndcg: ndcgOf(ranked, relevant),
  };
}
