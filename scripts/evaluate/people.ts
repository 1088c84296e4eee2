/**
 * People rating people: whole dyads are held out in both directions, so that a test pair is one of which nothing is known, and
 * what is asked is which of them like each other.
 */
import { uniform } from "../../src/domain/random.ts";
import { type Dataset, userRatings } from "./dataset.ts";
import { shuffle } from "./split.ts";

export interface HeldOutDyad {
  /** a < b */
  a: number;
  b: number;
  /** Whether a likes b; undefined where a did not say. */
  aLikes: boolean | undefined;
  bLikes: boolean | undefined;
}

const TEST_SHARE = 0.2;

/** Holds out a fifth of the dyads; everything either of the two said of the other leaves the training set. */
export function splitByDyad(dataset: Dataset, seed: number): { train: Dataset; test: HeldOutDyad[] } {
  const said = dataset.users.map(
    ({ rows, values }) => new Map(Array.from(rows, (row, n) => [row, values[n]])),
  );
  const dyads: [number, number][] = [];
  said.forEach((ratings, a) => {
    for (const b of ratings.keys())
      if (a < b || !said[b]?.has(a)) dyads.push([Math.min(a, b), Math.max(a, b)]);
  });
  const held = shuffle(dyads, uniform(seed)).slice(0, Math.round(dyads.length * TEST_SHARE));
  const take = (from: number, of: number): boolean | undefined => {
    const value = said[from].get(of);
    said[from].delete(of);
    return value === undefined ? undefined : value > 0;
  };
  const test = held.map(([a, b]) => ({ a, b, aLikes: take(a, b), bLikes: take(b, a) }));
  return { train: { users: said.map(userRatings), itemCount: dataset.itemCount }, test };
}

/** How the predictions of the two sides become one number for the pair. */
export const MERGES = {
  oneWay: (there: number) => there,
  product: (there: number, back: number) => there * back,
  harmonic: (there: number, back: number) => (2 * there * back) / (there + back),
  min: Math.min,
} as const;

export type Merge = keyof typeof MERGES;

export interface PairMetrics {
  matchAuc: number;
  mutualPrecisionAt3: number;
}

export type PeopleMetrics = { withinRaterAuc: number } & Record<Merge, PairMetrics>;

/** `likes(u, v)` is the predicted probability that u likes v. */
export function peopleMetrics(test: HeldOutDyad[], likes: (u: number, v: number) => number): PeopleMetrics {
  const metrics: Partial<PeopleMetrics> = { withinRaterAuc: withinRaterAuc(test, likes) };
  for (const merge of Object.keys(MERGES) as Merge[]) metrics[merge] = pairMetrics(test, likes, merge);
  return metrics as PeopleMetrics;
}

/** Both directions of each dyad that both sides spoke of, each with the score that its first member ranks by. */
function pairMetrics(
  test: HeldOutDyad[],
  likes: (u: number, v: number) => number,
  merge: Merge,
): PairMetrics {
  const scores: number[] = [];
  const isMatch: boolean[] = [];
  const candidates = new Map<number, { score: number; isMatch: boolean }[]>();
  for (const { a, b, aLikes, bLikes } of test) {
    if (aLikes === undefined || bLikes === undefined) continue;
    for (const [u, v] of [
      [a, b],
      [b, a],
    ]) {
      const score = MERGES[merge](likes(u, v), likes(v, u));
      scores.push(score);
      isMatch.push(aLikes && bLikes);
      const list = candidates.get(u) ?? [];
      candidates.set(u, list);
      list.push({ score, isMatch: aLikes && bLikes });
    }
  }
  return { matchAuc: auc(scores, isMatch), mutualPrecisionAt3: precisionAt3([...candidates.values()]) };
}

/** The share of matches among the best 3 (or all, where fewer are held out), over people with a match to find. */
function precisionAt3(lists: { score: number; isMatch: boolean }[][]): number {
  const findable = lists.filter((list) => list.some((one) => one.isMatch));
  const shares = findable.map((list) => {
    const top = list.sort((x, y) => y.score - x.score).slice(0, 3);
    return top.filter((one) => one.isMatch).length / top.length;
  });
  return shares.reduce((a, b) => a + b, 0) / shares.length;
}

/** AUC among the ratees of one rater, each rater weighing as many pairs as they decide between. */
function withinRaterAuc(test: HeldOutDyad[], likes: (u: number, v: number) => number): number {
  const byRater = new Map<number, { scores: number[]; liked: boolean[] }>();
  for (const { a, b, aLikes, bLikes } of test) {
    for (const [u, v, liked] of [
      [a, b, aLikes],
      [b, a, bLikes],
    ] as const) {
      if (liked === undefined) continue;
      const list = byRater.get(u) ?? { scores: [], liked: [] };
      byRater.set(u, list);
      list.scores.push(likes(u, v));
      list.liked.push(liked);
    }
  }
  let total = 0;
  let weight = 0;
  for (const { scores, liked } of byRater.values()) {
    const yes = liked.filter(Boolean).length;
    const pairs = yes * (liked.length - yes);
    if (pairs === 0) continue;
    total += pairs * auc(scores, liked);
    weight += pairs;
  }
  return total / weight;
}

/** The chance that a positive scores above a negative, ties half: Mann-Whitney over mean ranks. */
export function auc(scores: number[], isPositive: boolean[]): number {
  const order = scores.map((_, n) => n).sort((x, y) => scores[x] - scores[y]);
  let rankSum = 0;
  let positives = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && scores[order[to]] === scores[order[from]]) to++;
    for (let n = from; n < to; n++) {
      if (!isPositive[order[n]]) continue;
      rankSum += (from + to + 1) / 2;
      positives++;
    }
    from = to;
  }
  const negatives = order.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
