import { invalidRequest, Problem } from "../domain/errors.ts";
import { parseRating } from "../domain/messages/messages.ts";
import { findRow, isGiven } from "../infra/directory-store.ts";
import type { Head } from "../infra/head-store.ts";
import { readMembership } from "../infra/membership.ts";
import { takeFromRate } from "../infra/rate-limit.ts";
import { enqueueRating } from "../infra/rating-queue.ts";
import { endpoint, jsonBody, readRequest, requireHosted, valid } from "./http/http.ts";

/** The row of an item that is there, and is not the member who rates. */
async function rowToRate(head: Head, itemId: string, ownRow: number): Promise<number> {
  const row = await findRow(head, itemId);
  if (row === ownRow) throw invalidRequest([{ pointer: "#/itemId", detail: "is yourself" }]);
  if (row === null || !(await isGiven(head.community, row))) {
    throw invalidRequest([{ pointer: "#/itemId", detail: `there is no item '${itemId}'` }]);
  }
  return row;
}

/** `POST C/ratings`: checks who and what, queues the rating with the who. */
export const handler = endpoint(async (event) => {
  const { community, userId, nowMs } = readRequest(event);
  // The consistent read: under a ratings key that is over, the rating would be dropped after a 202.
  const membership = await readMembership(community, userId);
  const { head, member, ratingsKey } = requireHosted(membership, community);
  const { id, itemId, value, occurredAtMs } = valid(parseRating(jsonBody(event), nowMs));
  const row = await rowToRate(head, itemId, member.row);
  const limit = head.settings.gradientsPerHourMax;
  const full = await takeFromRate(community, member, limit, nowMs);
  if (full) throw new Problem("too-many-gradients", `At most ${limit} gradients and ratings an hour.`, full);
  await enqueueRating({ community, userId, ratingsKey, rating: { id, row, value, occurredAtMs } });
  const location = `/communities/${community}/ratings/${id}`;
  return { status: 202, headers: { location }, body: { id, status: "queued" } };
});
