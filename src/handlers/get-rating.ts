import { Problem } from "../domain/errors.ts";
import { GRADIENT_AGE_MAX_MS } from "../domain/limits.ts";
import { gradientIdSchema, parse } from "../domain/messages/messages.ts";
import { timeOfUuidV7 } from "../domain/messages/uuid-v7.ts";
import { readStatus } from "../infra/gradient-status.ts";
import { readRating } from "../infra/rating-store.ts";
import { readHostedRequest } from "./http/caller.ts";
import { endpoint, valid } from "./http/http.ts";

/** `GET C/ratings/{id}`: a rating of the member's own is applied when the gradient it went into is. */
export const handler = endpoint(async (event) => {
  const { request, head, ratingsKey } = await readHostedRequest(event);
  const { community, nowMs } = request;
  const id = valid(parse(gradientIdSchema, event.pathParameters?.id, ["id"]));
  const rating = await readRating(community, ratingsKey, id);
  if (!rating && nowMs - timeOfUuidV7(id) > GRADIENT_AGE_MAX_MS) {
    throw new Problem("unknown-rating", `There is no rating ${id} of yours, and its 24 hours are over.`);
  }
  const status = rating && (await readStatus(head, rating.gradientId, nowMs));
  if (status?.status !== "applied") return { status: 200, body: { id, ...(status ?? { status: "queued" }) } };
  const recommendations = `/communities/${community}/recommendations/me`;
  return { status: 200, body: { id, ...status, recommendations } };
});
