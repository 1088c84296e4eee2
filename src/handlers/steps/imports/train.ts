/**
 * Trains on what hosted members have rated: their gradients go into sums as anybody's do, a sum at a time, so
 * that nothing is lost or sent twice if the invocation ends. They need not pass the queue, since they are
 * made here.
 */

import { predictScores } from "../../../domain/learning/factorization.ts";
import { hostedGradient, learningModel } from "../../../domain/learning/hosted-learning.ts";
import { type LearningModel, learnUserFactors } from "../../../domain/learning/learner.ts";
import { currentRatings } from "../../../domain/learning/ratings.ts";
import {
  beginTraining,
  heldOutNdcg,
  likingsOf,
  nextEpoch,
  popularityNdcg,
  sendersPerSum,
  type Trainee,
  type Training,
  traineeOf,
} from "../../../domain/learning/training.ts";
import { GRADIENT_AGE_MAX_MS, TRAINING_SENDERS_PER_PAGE_MAX } from "../../../domain/limits.ts";
import {
  decodeQueuedGradient,
  encodeQueuedGradient,
  type ReceivedGradient,
} from "../../../domain/messages/queued-gradient.ts";
import { shuffle, uniform } from "../../../domain/random.ts";
import { readItemKinds } from "../../../infra/directory-store.ts";
import type { Head } from "../../../infra/head-store.ts";
import { setLearnedFactors } from "../../../infra/hosting-store.ts";
import type { Import } from "../../../infra/import-store.ts";
import { keyedHash } from "../../../infra/keyed-hash.ts";
import { type Member, readMembers } from "../../../infra/member-store.ts";
import { modelOf, readSnapshot } from "../../../infra/model-store.ts";
import { inParallel } from "../../../infra/object-store.ts";
import { readRatingsByKey } from "../../../infra/rating-store.ts";
import { senderOf } from "../../../infra/sender-tags.ts";
import { commitSums } from "../commit-sums.ts";
import { gather } from "../gather.ts";
import { firstEpochAtMs, gradientIdsOf } from "./gradient-ids.ts";

interface HostedTrainee extends Trainee {
  member: Member;
  sender: Uint8Array;
}

/**
 * The hosted members of a community who have rated, by row, and what they like. An invocation reads them
 * once.
 */
export interface Trainees {
  all: HostedTrainee[];
  likings: Float32Array;
}

export async function readTrainees({ community, rowCount }: Head): Promise<Trainees> {
  const hosted = (await readMembers(community)).filter(
    ({ learning, ratings, isBanned }) => learning === "hosted" && ratings && !isBanned,
  );
  const byKey = new Map(hosted.map((member) => [member.ratings!.key, member]));
  const all: HostedTrainee[] = [];
  for await (const [key, ratings] of readRatingsByKey(community)) {
    const member = byKey.get(key);
    if (!member) continue;
    const seed = (await keyedHash("held-out", community, member.row)).readUInt32LE(0);
    const sender = await senderOf(community, member.userId);
    all.push({ ...traineeOf(member.row, seed, currentRatings(ratings)), member, sender });
  }
  all.sort((a, b) => a.row - b.row);
  return { all, likings: likingsOf(all, rowCount) };
}

async function readModel(community: string): Promise<{ head: Head; model: LearningModel } | null> {
  const snapshot = await readSnapshot(community);
  if (!snapshot) return null;
  const { head } = snapshot;
  return { head, model: learningModel(modelOf(snapshot), await readItemKinds(head)) };
}

/** Rows that the model has: a rated item may be younger than it. */
function withinModel({ rows, values, ownRow }: Trainee["all"], { items }: LearningModel): Trainee["all"] {
  const count = rows.findLastIndex((row) => row < items.rowCount) + 1;
  return { rows: rows.subarray(0, count), values: values.subarray(0, count), ownRow };
}

/**
 * A member's gradient as the consumer would have received it, and what their held-out ratings say of the
 * model.
 */
function contribution(
  { community }: Import,
  { isLast }: Training,
  model: LearningModel,
  { trainee, id, likings }: { trainee: HostedTrainee; id: string; likings: Float32Array },
) {
  const { sender, seen, all } = trainee;
  const ratings = withinModel(isLast ? all : seen, model);
  const userFactors = learnUserFactors(model, ratings);
  const ndcg = isLast
    ? undefined
    : heldOutNdcg(trainee, predictScores(model.items.values, userFactors), likings);
  const random = uniform(Number.parseInt(id.slice(-8), 16));
  const gradient = hostedGradient(model, ratings, userFactors, { id, random });
  const received = decodeQueuedGradient(encodeQueuedGradient({ community, sender, gradient }))!;
  return { received, ndcg };
}

/**
 * Gathers the gradients of some members by pages, with the last of which the sum may be sealed; null where
 * there is no such community.
 */
async function sendSum(
  one: Import,
  training: Training,
  model: LearningModel,
  { senders, likings, isWhole }: { senders: HostedTrainee[]; likings: Float32Array; isWhole: boolean },
) {
  const gains: number[] = [];
  const idOf = await gradientIdsOf(one, training);
  for (let from = 0; from < senders.length; from += TRAINING_SENDERS_PER_PAGE_MAX) {
    const page: ReceivedGradient[] = [];
    for (const trainee of senders.slice(from, from + TRAINING_SENDERS_PER_PAGE_MAX)) {
      const of = { trainee, id: idOf(trainee.row), likings };
      const { received, ndcg } = contribution(one, training, model, of);
      if (received.gradient.rows.length > 0) page.push(received); // a member of whom nothing can be learnt sends nothing
      if (ndcg !== undefined) gains.push(ndcg);
    }
    const isLast = from + TRAINING_SENDERS_PER_PAGE_MAX >= senders.length;
    const { outcome } = await gather(one.community, page, !(isLast && isWhole));
    if (outcome === "unknown-community") return null;
    if (outcome === "lost-races") throw new Error(`others keep adding to the sum of ${one.community}`);
  }
  return { judged: gains.length, gain: gains.reduce((sum, gain) => sum + gain, 0) };
}

/** The members of an epoch's next sum: each epoch has an order of its own, the same after a crash. */
function nextSenders({ all }: Trainees, { epoch, sent }: Training, needed: number): HostedTrainee[] {
  const order = shuffle([...all], uniform(epoch));
  const count = sendersPerSum(order.length, needed);
  // What is left over is no sum of its own if that would have too few senders.
  const rest = order.length - sent - count;
  return order.slice(sent, rest < Math.max(needed, count / 2) ? order.length : sent + count);
}

const neededOf = ({ settings, memberCount }: Head): number => Math.min(settings.sumMembersMin, memberCount);

/**
 * One sum of training, and its commit. Answers the training as it is then, or null when it is over. Where
 * fewer members learn here than a sum needs, their gradients wait in the open one for others, as any do, and
 * training ends.
 */
export async function trainOneSum(one: Import, trainees: Trainees, nowMs: number): Promise<Training | null> {
  const { community } = one;
  const training = one.training ?? beginTraining(beginMs(one, nowMs));
  const read = await readModel(community);
  const { all, likings } = trainees;
  if (!read || all.length === 0) return null;
  const needed = neededOf(read.head);
  const isWhole = all.length >= needed;
  const senders = nextSenders(trainees, training, needed);
  const sum = await sendSum(one, training, read.model, { senders, likings, isWhole });
  if (!sum || !isWhole) return null;
  await commitSums(community);
  const popularity = training.popularity ?? popularityNdcg(all, likings);
  const after = {
    ...training,
    popularity,
    sent: training.sent + senders.length,
    judged: training.judged + sum.judged,
    gain: training.gain + sum.gain,
  };
  return after.sent < all.length ? after : nextEpoch(after, nowMs);
}

/**
 * When the first epoch began, as its gradients' ids say; of a load that took half a day, now, so that they
 * are not too old.
 */
function beginMs(one: Import, nowMs: number): number {
  const atMs = firstEpochAtMs(one);
  return nowMs - atMs > GRADIENT_AGE_MAX_MS / 2 ? nowMs : atMs;
}

/**
 * Groups are made of what the model now says of hosted members; who has rated meanwhile has theirs already.
 */
export async function refreshFactors(community: string, trainees: Trainees): Promise<void> {
  const read = await readModel(community);
  if (!read) return;
  await inParallel(trainees.all, async ({ member, all }) => {
    const userFactors = learnUserFactors(read.model, withinModel(all, read.model));
    await setLearnedFactors(community, member, userFactors);
  });
}
