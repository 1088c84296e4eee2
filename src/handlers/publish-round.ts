import { invalidRequest, Problem } from "../domain/errors.ts";
import { IDEMPOTENCY_KEY_LENGTH_MAX } from "../domain/limits.ts";
import { parse } from "../domain/messages/messages.ts";
import { publishBodySchema } from "../domain/messages/round-messages.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint, type HttpEvent, jsonBody, unknownCommunity, valid } from "./http/http.ts";
import { roundSummary } from "./http/round-body.ts";
import { type Publication, publish } from "./steps/publish.ts";

const PRINTABLE = /^[\x21-\x7e]+$/;

function idempotencyKeyOf(event: HttpEvent): string | null {
  const key = event.headers["idempotency-key"];
  if (key === undefined) return null;
  if (key.length > IDEMPOTENCY_KEY_LENGTH_MAX || !PRINTABLE.test(key)) {
    const detail = `must be 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} visible ASCII characters`;
    throw invalidRequest([{ pointer: "#/Idempotency-Key", detail }]);
  }
  return key;
}

type Failed = Exclude<Publication, { outcome: "published" }>;

function problemOf(publication: Failed, community: string): Problem {
  const { outcome } = publication;
  if (outcome === "too-soon") {
    const { retryAfterSeconds } = publication;
    const detail =
      "The last round was published less than roundGapMinutes ago; force publishes all the same.";
    return new Problem("round-too-soon", detail, { retryAfterSeconds });
  }
  if (outcome === "unknown-community") return unknownCommunity(community);
  if (outcome === "nobody-to-group") {
    const detail =
      "Fewer than two members take part: others are paused, skip the round, or have not opted in.";
    return new Problem("nobody-to-group", detail);
  }
  return new Problem("try-again", "Members kept leaving or blocking each other.", { retryAfterSeconds: 1 });
}

/** `POST C/rounds`: publishes the draft, by which its pairs have met, and begins the next. */
export const handler = endpoint(async (event, budget) => {
  const { community, nowMs } = (await readOperatorRequest(event)).request;
  const idempotencyKey = idempotencyKeyOf(event);
  const body = event.body ? valid(parse(publishBodySchema, jsonBody(event))) : {};
  const { force: isForced = false, reason } = body;
  const order = { community, nowMs, budget, idempotencyKey, isForced, reason, isScheduled: false };
  const publication = await publish(order);
  if (publication.outcome !== "published") throw problemOf(publication, community);
  const { round } = publication;
  return { status: 201, headers: { location: `rounds/${round.round}` }, body: roundSummary(round) };
});
