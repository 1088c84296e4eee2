import { type FieldError, invalidRequest, Problem } from "../domain/errors.ts";
import type { Rating } from "../domain/learning/ratings.ts";
import { type PostedRating, parse, parseRating, ratingBatchSchema } from "../domain/messages/messages.ts";
import { findRows } from "../infra/directory-store.ts";
import type { Head } from "../infra/head-store.ts";
import type { Member } from "../infra/member-store.ts";
import { takeFromRate } from "../infra/rate-limit.ts";
import { enqueueRatings } from "../infra/rating-queue.ts";
import { noteSeen } from "../infra/seen-store.ts";
import { readHostedRequest } from "./http/caller.ts";
import { endpoint, jsonBody, valid } from "./http/http.ts";

/** What becomes of one rating of a call. */
type Outcome =
  | { status: "queued"; rating: Rating }
  | { status: "rejected"; id?: string; errors: readonly FieldError[] }
  | { status: "rejected"; id: string; retryAfterSeconds: number };

const ERRORS_MAX = 20;

/** The faults of a rating that is right by itself: its item must be there and not the member, its id not that of one before it. */
function faultsOf(
  { id, itemId }: PostedRating,
  row: number | undefined,
  ownRow: number,
  seen: ReadonlySet<string>,
): FieldError[] {
  if (seen.has(id)) return [{ pointer: "#/id", detail: "is the id of a rating before it" }];
  if (row === undefined) return [{ pointer: "#/itemId", detail: `there is no item '${itemId}'` }];
  return row === ownRow ? [{ pointer: "#/itemId", detail: "is yourself" }] : [];
}

const idIn = (input: unknown): string | undefined => {
  const { id } = (input ?? {}) as { id?: unknown };
  return typeof id === "string" ? id : undefined;
};

/** Judges the ratings of a call, each by itself; the good ones count against the hour in their order. */
async function judge(
  inputs: readonly unknown[],
  head: Head,
  member: Member,
  nowMs: number,
): Promise<Outcome[]> {
  const parsed = inputs.map((input) => parseRating(input, nowMs));
  const rowOf = await findRows(
    head,
    parsed.flatMap((one) => (one.ok ? one.value.itemId : [])),
  );
  const seen = new Set<string>();
  const outcomes: Outcome[] = [];
  for (const [n, one] of parsed.entries()) {
    const row = one.ok ? rowOf.get(one.value.itemId) : undefined;
    const errors = one.ok ? faultsOf(one.value, row, member.row, seen) : one.errors;
    if (!one.ok || row === undefined || errors.length > 0) {
      outcomes.push({ status: "rejected", id: idIn(inputs[n]), errors });
      continue;
    }
    const { id, value, occurredAtMs } = one.value;
    seen.add(id);
    const limit = head.settings.gradientsPerHourMax;
    const full = await takeFromRate(head.community, member, "gradients", limit, nowMs);
    const rating = { id, row, value, occurredAtMs };
    outcomes.push(full ? { status: "rejected", id, ...full } : { status: "queued", rating });
  }
  return outcomes;
}

const tooMany = ({ settings }: Head): string =>
  `At most ${settings.gradientsPerHourMax} gradients and ratings an hour.`;

/** The problem where not one of the ratings is queued. */
function problemOf(outcomes: readonly Outcome[], head: Head, isBatch: boolean): Problem {
  const errors = outcomes.flatMap((outcome, n) => ("errors" in outcome ? placed(outcome, n, isBatch) : []));
  const full = outcomes.find((outcome) => "retryAfterSeconds" in outcome);
  if (full) return new Problem("too-many-gradients", tooMany(head), full);
  return invalidRequest(errors.slice(0, ERRORS_MAX));
}

/** In an array a field's pointer begins with the index of its rating. */
function placed({ errors }: { errors: readonly FieldError[] }, n: number, isBatch: boolean): FieldError[] {
  return errors.map(({ pointer, detail }) => ({
    pointer: isBatch ? `#/${n}${pointer.slice(1)}` : pointer,
    detail,
  }));
}

function outcomeBody(outcome: Outcome, n: number, head: Head): object {
  if (outcome.status === "queued") return { id: outcome.rating.id, status: "queued" };
  const { id, status } = outcome;
  const of = { index: n, ...(id === undefined ? {} : { id }), status };
  if ("errors" in outcome) return { ...of, type: "invalid-request", errors: placed(outcome, n, true) };
  return { ...of, type: "too-many-gradients", detail: tooMany(head) };
}

/** `POST C/ratings`: checks who and what, and queues what is good of one rating or of up to 100, in one message. */
export const handler = endpoint(async (event) => {
  // The consistent read: under a ratings key that is over, the rating would be dropped after a 202.
  const { request, head, member, ratingsKey } = await readHostedRequest(event);
  const { community, userId, nowMs } = request;
  const body = jsonBody(event);
  const isBatch = Array.isArray(body);
  const inputs = isBatch ? valid(parse(ratingBatchSchema, body)) : [body];
  const outcomes = await judge(inputs, head, member, nowMs);
  const ratings = outcomes.flatMap((outcome) => (outcome.status === "queued" ? outcome.rating : []));
  if (ratings.length === 0) throw problemOf(outcomes, head, isBatch);
  await Promise.all([
    enqueueRatings({ community, userId, ratingsKey, ratings }),
    noteSeen(community, member, nowMs),
  ]);
  if (isBatch) {
    const full = outcomes.find((outcome) => "retryAfterSeconds" in outcome);
    const headers: Record<string, string> = full ? { "retry-after": String(full.retryAfterSeconds) } : {};
    const shown = outcomes.map((outcome, n) => outcomeBody(outcome, n, head));
    return { status: 202, headers, body: { ratings: shown } };
  }
  const [{ id }] = ratings;
  const location = `/communities/${community}/ratings/${id}`;
  return { status: 202, headers: { location }, body: { id, status: "queued" } };
});
