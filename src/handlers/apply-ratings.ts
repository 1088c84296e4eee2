/**
 * The consumer of ratings: stores a member's, solves their factors, and posts one gradient for them all into the queue that
 * everybody's gradients go through. Each rating counts once however often it is delivered.
 */
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { hostedGradient, learningModel } from "../domain/learning/hosted-learning.ts";
import { type LearningModel, learnUserFactors, ratingsIn } from "../domain/learning/learner.ts";
import { foldRatings, type Rating } from "../domain/learning/ratings.ts";
import { GRADIENT_AGE_MAX_MS, RATINGS_PER_TRANSACTION_MAX, SERVER_SKEW_MAX_MS } from "../domain/limits.ts";
import { createUuidV7, timeOfUuidV7 } from "../domain/messages/uuid-v7.ts";
import { names } from "../infra/aws.ts";
import { isBeingErased } from "../infra/community-erasure.ts";
import { readItemKinds } from "../infra/directory-store.ts";
import { enqueueGradient, gradientMessageBody } from "../infra/gradient-queue.ts";
import { readStatus } from "../infra/gradient-status.ts";
import type { Head } from "../infra/head-store.ts";
import { readMembership } from "../infra/membership.ts";
import { modelOf, readSnapshot } from "../infra/model-store.ts";
import { inParallel } from "../infra/object-store.ts";
import { type QueuedRatings, type RatingOwner, readRatingsMessage } from "../infra/rating-queue.ts";
import { readRatings, type StoredRating, storeRatings } from "../infra/rating-store.ts";
import { retry } from "../infra/retry.ts";
import { senderOf } from "../infra/sender-tags.ts";
import { consume, type Delivery, eachInTime } from "./steps/consume.ts";
import { logEvent, writesMetrics } from "./steps/log.ts";

/** What one member has sent. */
interface Post {
  owner: RatingOwner;
  deliveries: Delivery<QueuedRatings>[];
}

function byMember(deliveries: readonly Delivery<QueuedRatings>[]): Post[] {
  const posts = Map.groupBy(deliveries, ({ message }) =>
    JSON.stringify([message.community, message.userId, message.ratingsKey]),
  );
  return [...posts.values()].map((ofOne) => ({ owner: ofOne[0].message, deliveries: ofOne }));
}

/** The ids of the gradients that these ratings went into, the new ones all into `fresh`. */
function gradientIds(
  incoming: readonly Rating[],
  stored: readonly StoredRating[],
  fresh: string,
): Set<string> {
  const known = new Map(stored.map((rating) => [rating.id, rating.gradientId]));
  return new Set(incoming.map((rating) => known.get(rating.id) ?? fresh));
}

/**
 * The stored ratings without those of `incoming` whose gradient was sent too late to count, or never. Only ratings that waited
 * a day among the dead letters can have such a one; stored anew they get a gradient with a young id.
 */
async function withoutLost(
  head: Head,
  stored: readonly StoredRating[],
  incoming: readonly Rating[],
  nowMs: number,
): Promise<StoredRating[]> {
  const ids = new Set(incoming.map((rating) => rating.id));
  const isLost = async ({ id, gradientId }: StoredRating) => {
    const ageMs = nowMs - timeOfUuidV7(gradientId);
    if (!ids.has(id) || ageMs <= GRADIENT_AGE_MAX_MS + SERVER_SKEW_MAX_MS) return false;
    const status = await readStatus(head, gradientId, nowMs);
    return status === null || (status.status === "rejected" && status.reason === "expired");
  };
  const lost = await inParallel(stored, isLost);
  return stored.filter((_, at) => !lost[at]);
}

/**
 * One attempt; null after a lost race. True when the ratings are stored and their gradient is queued, or when the member has
 * stopped hosting since they sent them and nothing of theirs may be stored. The gradient is queued after the transaction,
 * under the id that stands in it: if that fails the messages come back, and the same id is queued again.
 */
async function tryLearn(
  model: LearningModel,
  owner: RatingOwner,
  incoming: readonly Rating[],
): Promise<true | null> {
  const { community, userId, ratingsKey } = owner;
  const nowMs = Date.now();
  const { head, member } = await readMembership(community, userId);
  if (!head || member?.learning !== "hosted" || member.ratings?.key !== ratingsKey) return true;
  const stored = await withoutLost(head, await readRatings(community, ratingsKey), incoming, nowMs);
  const folded = foldRatings(stored, incoming);
  const ratings = ratingsIn(model, folded.current, member.row);
  const userFactors = learnUserFactors(model, ratings);
  const gradientId = createUuidV7(nowMs, Math.random);
  if (folded.added.length > 0) {
    const { outcome } = await storeRatings(community, member, folded, { gradientId, userFactors, nowMs });
    if (outcome !== "committed") return null;
  }
  const sender = await senderOf(community, userId);
  for (const id of gradientIds(incoming, stored, gradientId)) {
    const gradient = hostedGradient(model, ratings, userFactors, { id, random: Math.random });
    await enqueueGradient(gradientMessageBody({ community, sender, gradient })!);
  }
  return true;
}

/** Applies what one member has sent; answers the messages that must come back. */
async function applyPost(model: LearningModel, { owner, deliveries }: Post): Promise<string[]> {
  const ratings = deliveries.flatMap(({ message }) => message.ratings);
  for (let from = 0; from < ratings.length; from += RATINGS_PER_TRANSACTION_MAX) {
    const part = ratings.slice(from, from + RATINGS_PER_TRANSACTION_MAX);
    const isDone = await retry(() => tryLearn(model, owner, part));
    if (isDone) continue;
    const left = new Set(ratings.slice(from));
    const isLeft = ({ message }: Delivery<QueuedRatings>) => message.ratings.some((one) => left.has(one));
    return deliveries.filter(isLeft).map(({ messageId }) => messageId);
  }
  return [];
}

async function applyCommunity(
  community: string,
  deliveries: readonly Delivery<QueuedRatings>[],
  context: Context,
): Promise<string[]> {
  const messageIds = deliveries.map((delivery) => delivery.messageId);
  const snapshot = await readSnapshot(community);
  if (!snapshot) return (await isBeingErased(community)) ? [] : messageIds;
  const model = learningModel(modelOf(snapshot), await readItemKinds(snapshot.head));
  const posts = byMember(deliveries);
  const left = new Set(messageIds);
  await eachInTime(posts, context, async (post) => {
    const failed = new Set(await applyPost(model, post));
    for (const { messageId } of post.deliveries) if (!failed.has(messageId)) left.delete(messageId);
  });
  const ratings = deliveries.reduce((sum, { message }) => sum + message.ratings.length, 0);
  logEvent("apply-ratings", { community, members: posts.length, ratings });
  return [...left];
}

export const handler = middy<SQSEvent, SQSBatchResponse>(writesMetrics).handler((event, context) =>
  consume(event, context, {
    queueUrl: names.ratingsQueue,
    read: (bodies) => bodies.map(readRatingsMessage),
    communityOf: (queued) => queued.community,
    work: (community, deliveries) => applyCommunity(community, deliveries, context),
  }),
);
