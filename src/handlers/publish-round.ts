import { invalidRequest, Problem } from "../domain/errors.ts";
import { IDEMPOTENCY_KEY_LENGTH_MAX } from "../domain/limits.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint, type HttpEvent, unknownCommunity } from "./http/http.ts";
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

type Failure = Exclude<Publication["outcome"], "published">;

function problemOf(outcome: Failure, community: string): Problem {
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
  const publication = await publish({ community, nowMs, budget, idempotencyKey, isScheduled: false });
  if (publication.outcome !== "published") throw problemOf(publication.outcome, community);
  const { round } = publication;
  return { status: 201, headers: { location: `rounds/${round.round}` }, body: roundSummary(round) };
});
