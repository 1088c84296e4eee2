/** Precision, recall, F1, MAP and NDCG at 10 over all items a user has not rated in training. */
import type { Split } from "./split.ts";

export interface RankingMetrics {
  precision: number;
  recall: number;
  f1: number;
  map: number;
  ndcg: number;
}

const CUTOFF = 10;

/** The mean over users with held-out items. `scoresOf` gives one score an item; ties go to the lower row. */
export function rankingMetrics(split: Split, scoresOf: (user: number) => ArrayLike<number>): RankingMetrics {
  const total: RankingMetrics = { precision: 0, recall: 0, f1: 0, map: 0, ndcg: 0 };
  let users = 0;
  split.test.forEach((held, user) => {
    if (held.length === 0) return;
    users++;
    const ranked = topItems(scoresOf(user), new Set(split.train.users[user].rows));
    const one = metricsOf(ranked, new Set(held));
    for (const name of Object.keys(total) as (keyof RankingMetrics)[]) total[name] += one[name];
  });
  for (const name of Object.keys(total) as (keyof RankingMetrics)[]) total[name] /= users;
  return total;
}

function metricsOf(ranked: number[], relevant: Set<number>): RankingMetrics {
  let hits = 0;
  let gain = 0;
  let precisions = 0;
  let ideal = 0;
  for (let n = 0; n < CUTOFF; n++) {
    const discount = 1 / Math.log2(n + 2);
    if (n < relevant.size) ideal += discount;
    if (!relevant.has(ranked[n])) continue;
    hits++;
    gain += discount;
    precisions += hits / (n + 1);
  }
  const precision = hits / CUTOFF;
  const recall = hits / relevant.size;
  return {
    precision,
    recall,
    f1: hits === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    map: precisions / Math.min(CUTOFF, relevant.size),
    ndcg: gain / ideal,
  };
}

/** The best `CUTOFF` rows, by one pass that keeps a short sorted list. */
function topItems(scores: ArrayLike<number>, excluded: Set<number>): number[] {
  const top: number[] = [];
  for (let row = 0; row < scores.length; row++) {
    if (top.length === CUTOFF && scores[row] <= scores[top[CUTOFF - 1]]) continue;
    if (excluded.has(row)) continue;
    let at = top.length;
    while (at > 0 && scores[top[at - 1]] < scores[row]) at--;
    top.splice(at, 0, row);
    if (top.length > CUTOFF) top.pop();
  }
  return top;
}
