import { invalidRequest, Problem } from "../domain/errors.ts";
import { COMMIT_ATTEMPTS_MAX, IDEMPOTENCY_KEY_LENGTH_MAX } from "../domain/limits.ts";
import { readSnapshot } from "../infra/model-store.ts";
import { isCurrent, publishRound, type Round, readPublishKey, readRound } from "../infra/round-store.ts";
import { backOff } from "../infra/transaction.ts";
import { makeDraft } from "./draft.ts";
import { type Answer, endpoint, type HttpEvent, readOperatorRequest, unknownCommunity } from "./http.ts";
import { roundSummary } from "./round-body.ts";
import type { Clock } from "./time-limit.ts";

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

function published(round: Round): Answer {
  const location = `rounds/${round.round}`;
  return { status: 201, headers: { location }, body: roundSummary(round) };
}

/** The stored draft if it is of this very state, else one made now: what is published is never out of date. */
async function currentDraft(community: string, nowMs: number, clock: Clock) {
  const snapshot = await readSnapshot(community, nowMs);
  if (!snapshot) throw unknownCommunity(community);
  const { head } = snapshot;
  const stored = await readRound(community, head.round);
  const draft =
    stored && isCurrent(stored, head, nowMs) ? stored : await makeDraft(snapshot, stored, nowMs, clock);
  if (!draft)
    throw new Problem(
      "nobody-to-group",
      "Fewer than two members take part: others are paused, skip the round, or have not opted in.",
    );
  return { head, draft };
}

/** `POST C/rounds`: publishes the draft, by which its pairs have met, and begins the next. */
export const handler = endpoint(async (event, context) => {
  const { community, nowMs } = readOperatorRequest(event);
  const key = idempotencyKeyOf(event);
  for (let attempt = 0; attempt < COMMIT_ATTEMPTS_MAX; attempt++) {
    const already = key === null ? null : await readPublishKey(community, key, nowMs);
    const earlier = already === null ? null : await readRound(community, already);
    if (earlier) return published(earlier);
    const { head, draft } = await currentDraft(community, nowMs, context);
    const round: Round = { ...draft, state: "published", publishedAtMs: nowMs };
    const { outcome } = await publishRound(head, round, key, nowMs);
    if (outcome === "committed") return published(round);
    await backOff(attempt);
  }
  throw new Problem("try-again", "Members kept joining or leaving.", { retryAfterSeconds: 1 });
});
