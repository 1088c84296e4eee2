/**
 * Compares kept versions on the stored ratings of hosted members: of a sample of them, always the same as far
 * as time allows, so that a later comparison can be held against an earlier one.
 */

import { qualityFor, type RaterQuality, raterOf } from "../../domain/learning/held-out.ts";
import { learningModel } from "../../domain/learning/hosted-learning.ts";
import type { LearningModel } from "../../domain/learning/learner.ts";
import { currentRatings, type Rating } from "../../domain/learning/ratings.ts";
import { COMPARED_MEMBERS_MAX, WRITE_RESERVE_MS } from "../../domain/limits.ts";
import { readItemKinds } from "../../infra/directory-store.ts";
import { keyedHash } from "../../infra/keyed-hash.ts";
import { readMembers } from "../../infra/member-store.ts";
import { modelOf, type Snapshot } from "../../infra/model-store.ts";
import { inParallel } from "../../infra/object-store.ts";
import { readRatings } from "../../infra/rating-store.ts";
import type { KeptVersion } from "../../infra/version-store.ts";
import { keptMatrix } from "./kept-model.ts";
import type { TimeBudget } from "./time-limit.ts";

interface Sampled {
  row: number;
  ratingsKey: string;
  order: number;
  /** Of what is held out of their ratings. */
  seed: number;
}

/** Hosted members in an order that none of them can choose a place in. */
async function readSample(community: string): Promise<Sampled[]> {
  const hosted = (await readMembers(community)).flatMap(({ userId, row, learning, ratings }) =>
    learning === "hosted" && ratings ? [{ userId, row, ratingsKey: ratings.key }] : [],
  );
  const sample: Sampled[] = [];
  for (const { userId, ...member } of hosted) {
    const hash = await keyedHash("compare", community, userId);
    sample.push({ ...member, order: hash.readUInt32BE(0), seed: hash.readUInt32BE(4) });
  }
  return sample.sort((a, b) => a.order - b.order);
}

/** The mean over members of whom it could be measured. */
interface Mean {
  sum: number;
  members: number;
}

function add(mean: Mean, value: number | null): void {
  if (value === null) return;
  mean.sum += value;
  mean.members++;
}

const meanOf = ({ sum, members }: Mean): number | null => (members === 0 ? null : sum / members);

export interface Comparison {
  /** Of each model. */
  qualities: RaterQuality[];
  hosted: number;
  /** Members whose ratings were looked at; of them, those of whom there was an item to rank, and a person. */
  compared: number;
  ranked: number;
  rankedPeople: number;
  ratings: number;
  heldOut: number;
}

/** Members whose ratings are in memory at once. */
const AT_ONCE = 16;

/** A version alone is compared with the model as it is. */
export async function compareVersions(
  snapshot: Snapshot,
  kept: readonly KeptVersion[],
  budget: TimeBudget,
): Promise<Comparison> {
  const { community } = snapshot.head;
  const kindOf = await readItemKinds(snapshot.head);
  const present = modelOf(snapshot);
  const learning: LearningModel[] = [];
  for (const version of kept)
    learning.push(learningModel(present, kindOf, await keptMatrix(snapshot, version)));
  if (kept.length === 1) learning.push(learningModel(present, kindOf));
  const sample = await readSample(community);
  const means = learning.map(() => ({ ndcg: { sum: 0, members: 0 }, auc: { sum: 0, members: 0 } }));
  let [compared, ratings, heldOut] = [0, 0, 0];
  for (let at = 0; at < Math.min(sample.length, COMPARED_MEMBERS_MAX); at += AT_ONCE) {
    if (budget.getRemainingTimeInMillis() < 2 * WRITE_RESERVE_MS) break;
    const raters = await inParallel(sample.slice(at, at + AT_ONCE), async ({ row, ratingsKey, seed }) =>
      raterOf(row, currentRatings<Rating>(await readRatings(community, ratingsKey)), seed),
    );
    for (const rater of raters) {
      compared++;
      ratings += rater.known.length + rater.heldOut.length;
      heldOut += rater.heldOut.length;
      for (const [n, model] of learning.entries()) {
        const { ndcg, auc } = qualityFor(model, rater);
        add(means[n].ndcg, ndcg);
        add(means[n].auc, auc);
      }
    }
  }
  const qualities = means.map(({ ndcg, auc }) => ({ ndcg: meanOf(ndcg), auc: meanOf(auc) }));
  const [{ ndcg, auc }] = means;
  const counts = { hosted: sample.length, compared, ranked: ndcg.members, rankedPeople: auc.members };
  return { qualities, ...counts, ratings, heldOut };
}
