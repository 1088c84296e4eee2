/**
 * The ratings queue. A message holds what one call has brought, and says whose it is: by userId, to find the member, and by the
 * ratings key, which is theirs until they stop hosting, so that ratings that wait longer than that can never be stored.
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
  ratings: z
    .array(
      z.strictObject({
        id: z.string().check(z.refine(isUuidV7)),
        row: z.int().check(z.gte(0)),
        value: z.number(),
        occurredAtMs: z.int(),
      }),
    )
    .check(z.minLength(1)),
});

/** Whose ratings they are. */
export interface RatingOwner {
  community: string;
  userId: string;
  ratingsKey: string;
}

/** What one call has brought. */
export interface QueuedRatings extends RatingOwner {
  ratings: Rating[];
}

const sendBody = /* @__PURE__ */ messageSender(() => names.ratingsQueue);

export async function enqueueRatings(queued: QueuedRatings): Promise<void> {
  await sendBody(JSON.stringify(queued));
}

/** The queued ratings, or null for a poison message. */
export function readRatingsMessage(body: string): QueuedRatings | null {
  try {
    const parsed = messageSchema.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
