import { invalidRequest, Problem } from "../domain/errors.ts";
import { parseRating } from "../domain/messages/messages.ts";
import { findRow, isGiven } from "../infra/directory-store.ts";
import type { Head } from "../infra/head-store.ts";
import { takeFromRate } from "../infra/rate-limit.ts";
import { enqueueRating } from "../infra/rating-queue.ts";
import { noteSeen } from "../infra/seen-store.ts";
import { readHostedRequest } from "./http/caller.ts";
import { endpoint, jsonBody, valid } from "./http/http.ts";

/** The row of an item that is there, and is not the member who rates. */
async function rowToRate(head: Head, itemId: string, ownRow: number): Promise<number> {
  const row = await findRow(head, itemId);
  if (row === ownRow) throw invalidRequest([{ pointer: "#/itemId", detail: "is yourself" }]);
  if (row === null || !(await isGiven(head.community, row, itemId))) {
    throw invalidRequest([{ pointer: "#/itemId", detail: `there is no item '${itemId}'` }]);
  }
  return row;
}

/** `POST C/ratings`: checks who and what, queues the rating with the who. */
export const handler = endpoint(async (event) => {
  // The consistent read: under a ratings key that is over, the rating would be dropped after a 202.
  const { request, head, member, ratingsKey } = await readHostedRequest(event);
  const { community, userId, nowMs } = request;
  const { id, itemId, value, occurredAtMs } = valid(parseRating(jsonBody(event), nowMs));
  const row = await rowToRate(head, itemId, member.row);
  const limit = head.settings.gradientsPerHourMax;
  const full = await takeFromRate(community, member, limit, nowMs);
  if (full) throw new Problem("too-many-gradients", `At most ${limit} gradients and ratings an hour.`, full);
  const rating = { id, row, value, occurredAtMs };
  await Promise.all([
    enqueueRating({ community, userId, ratingsKey, rating }),
    noteSeen(community, member, nowMs),
  ]);
  const location = `/communities/${community}/ratings/${id}`;
  return { status: 202, headers: { location }, body: { id, status: "queued" } };
});
