import { Problem } from "../domain/errors.ts";
import { GRADIENT_AGE_MAX_MS } from "../domain/limits.ts";
import { gradientIdSchema, parse } from "../domain/messages/messages.ts";
import { timeOfUuidV7 } from "../domain/messages/uuid-v7.ts";
import { findVerdict } from "../infra/commit-log.ts";
import { endpoint, readMemberRequest, valid } from "./http/http.ts";

/** `GET C/gradients/{id}`: what the commit log says of the id. What it does not know is queued, until its day is over. */
export const handler = endpoint(async (event) => {
  const { head, request } = await readMemberRequest(event);
  const id = valid(parse(gradientIdSchema, event.pathParameters?.id, ["id"]));
  const verdict = await findVerdict(head, id, request.nowMs);
  if (!verdict) {
    const isOver = request.nowMs - timeOfUuidV7(id) > GRADIENT_AGE_MAX_MS;
    if (isOver)
      throw new Problem("unknown-gradient", `No gradient ${id} was applied, and its 24 hours are over.`);
    return { status: 200, body: { id, status: "queued" } };
  }
  const { modelVersion, reason } = verdict;
  if (reason) return { status: 200, body: { id, status: "rejected", modelVersion, reason } };
  return { status: 200, body: { id, status: "applied", modelVersion } };
});
