/**
 * The ratings queue. A rating must say whose it is: by userId, to find the member, and by the ratings key, which is theirs
 * until they stop hosting, so that a rating that waits longer than that can never be stored.
 */
import * as z from "zod/mini";
import type { Rating } from "../domain/learning/ratings.ts";
import { isUuidV7 } from "../domain/messages/uuid-v7.ts";
import { names } from "./aws.ts";
import { messageSender } from "./message-sender.ts";

const messageSchema = z.strictObject({
  community: z.string(),
  userId: z.string(),
  ratingsKey: z.string(),
  rating: z.strictObject({
    id: z.string().check(z.refine(isUuidV7)),
    row: z.int().check(z.gte(0)),
    value: z.number(),
    occurredAtMs: z.int(),
  }),
});

/** Whose a rating is. */
export interface RatingOwner {
  community: string;
  userId: string;
  ratingsKey: string;
}

export interface QueuedRating extends RatingOwner {
  rating: Rating;
}

const sendBody = /* @__PURE__ */ messageSender(() => names.ratingsQueue);

export async function enqueueRating(queued: QueuedRating): Promise<void> {
  await sendBody(JSON.stringify(queued));
}

/** The queued rating, or null for a poison message. */
export function readRatingMessage(body: string): QueuedRating | null {
  try {
    const parsed = messageSchema.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
