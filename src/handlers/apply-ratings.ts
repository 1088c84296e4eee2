/**
 * The consumer of ratings: stores a member's, solves their factors, and posts one gradient for them all into the queue that
 * everybody's gradients go through. Each rating counts once however often it is delivered. What cannot be read goes
 * back to the queue alone, and after its last delivery to the dead-letter queue.
 */
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import {
  hostedGradient,
  type LearningModel,
  learningModel,
  learnUserFactors,
} from "../domain/learning/hosted-learning.ts";
import { foldRatings, type Rating } from "../domain/learning/ratings.ts";
import { COMMIT_ATTEMPTS_MAX, RATINGS_PER_TRANSACTION_MAX } from "../domain/limits.ts";
import { createUuidV7 } from "../domain/messages/uuid-v7.ts";
import { readItemKinds } from "../infra/directory-store.ts";
import { enqueueGradient, gradientMessageBody } from "../infra/gradient-queue.ts";
import { readMembership } from "../infra/membership.ts";
import { modelOf, readSnapshot } from "../infra/model-store.ts";
import { type RatingOwner, readRatingMessage } from "../infra/rating-queue.ts";
import { readRatings, type StoredRating, storeRatings } from "../infra/rating-store.ts";
import { senderOf } from "../infra/sender-tags.ts";
import { backOff } from "../infra/transaction.ts";
import { logError, logEvent, writesMetrics } from "./steps/log.ts";

interface Delivery {
  messageId: string;
  rating: Rating;
}

/** What one member has sent. */
interface Post {
  owner: RatingOwner;
  deliveries: Delivery[];
}

/** Deliveries by community and member, and the messages that are no ratings at all. */
function sortMessages(event: SQSEvent): { byCommunity: Map<string, Post[]>; poison: string[] } {
  const posts = new Map<string, Post>();
  const poison: string[] = [];
  for (const { messageId, body } of event.Records) {
    const queued = readRatingMessage(body);
    if (!queued) {
      poison.push(messageId);
      continue;
    }
    const { rating, ...owner } = queued;
    const key = JSON.stringify([owner.community, owner.userId, owner.ratingsKey]);
    const post = posts.get(key) ?? { owner, deliveries: [] };
    posts.set(key, post);
    post.deliveries.push({ messageId, rating });
  }
  return { byCommunity: Map.groupBy(posts.values(), (post) => post.owner.community), poison };
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
 * True when the ratings are stored and their gradient is queued, or when the member has stopped hosting since they sent
 * them and nothing of theirs may be stored. The gradient is queued after the transaction, under the id that stands in it:
 * if that fails the messages come back, and the same id is queued again.
 */
async function learn(
  model: LearningModel,
  owner: RatingOwner,
  incoming: readonly Rating[],
): Promise<boolean> {
  const { community, userId, ratingsKey } = owner;
  for (let attempt = 0; attempt < COMMIT_ATTEMPTS_MAX; attempt++) {
    const nowMs = Date.now();
    const { member } = await readMembership(community, userId);
    if (member?.learning !== "hosted" || member.ratings?.key !== ratingsKey) return true;
    const stored = await readRatings(community, ratingsKey);
    const folded = foldRatings(stored, incoming);
    const userFactors = learnUserFactors(model, folded.current, member.row);
    const gradientId = createUuidV7(nowMs, Math.random);
    if (folded.added.length > 0) {
      const learned = { gradientId, userFactors, nowMs };
      const { outcome } = await storeRatings(community, member, folded, learned);
      if (outcome !== "committed") {
        await backOff(attempt);
        continue;
      }
    }
    const sender = senderOf(community, userId);
    for (const id of gradientIds(incoming, stored, gradientId)) {
      const gradient = hostedGradient(model, folded.current, member.row, userFactors, {
        id,
        random: Math.random,
      });
      await enqueueGradient(gradientMessageBody({ community, sender, gradient })!);
    }
    return true;
  }
  return false;
}

/** Applies what one member has sent; answers the messages that must come back. */
async function applyPost(model: LearningModel, { owner, deliveries }: Post): Promise<string[]> {
  for (let from = 0; from < deliveries.length; from += RATINGS_PER_TRANSACTION_MAX) {
    const part = deliveries.slice(from, from + RATINGS_PER_TRANSACTION_MAX);
    const isDone = await learn(
      model,
      owner,
      part.map((delivery) => delivery.rating),
    );
    if (!isDone) return deliveries.slice(from).map((delivery) => delivery.messageId);
  }
  return [];
}

const messageIds = (posts: readonly Post[]): string[] =>
  posts.flatMap((post) => post.deliveries.map((delivery) => delivery.messageId));

async function applyCommunity(
  community: string,
  posts: readonly Post[],
  report: (error: unknown) => void,
): Promise<string[]> {
  const snapshot = await readSnapshot(community);
  if (!snapshot) return messageIds(posts);
  const model = learningModel(modelOf(snapshot), await readItemKinds(snapshot.head));
  const failed = await Promise.all(
    posts.map((post) =>
      applyPost(model, post).catch((error) => {
        report(error);
        return messageIds([post]);
      }),
    ),
  );
  logEvent("apply-ratings", { community, members: posts.length, ratings: messageIds(posts).length });
  return failed.flat();
}

export const handler = middy<SQSEvent, SQSBatchResponse>(writesMetrics).handler(async (event, context) => {
  const { byCommunity, poison } = sortMessages(event);
  const report = (error: unknown) => logError(error, context);
  const failed = await Promise.all(
    [...byCommunity].map(([community, posts]) =>
      applyCommunity(community, posts, report).catch((error) => {
        report(error);
        return messageIds(posts);
      }),
    ),
  );
  return { batchItemFailures: [...poison, ...failed.flat()].map((itemIdentifier) => ({ itemIdentifier })) };
});
