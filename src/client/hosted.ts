/**
 * What a hosted member's device does: it sends ratings, and asks for recommendations. The device keeps what
 * the server has taken; what differs from it waits, each under its id until it is taken, so that a rating is
 * counted once however often it is sent.
 */
import { GRADIENT_AGE_MAX_MS, RATINGS_PER_REQUEST_MAX } from "../domain/limits.ts";
import type { ListWish } from "../domain/messages/item.ts";
import { createUuidV7, timeOfUuidV7 } from "../domain/messages/uuid-v7.ts";
import { ApiError, type CommunityApi, unreadable } from "./api.ts";
import type { Recommendation } from "./learning.ts";
import type { RatingsByItem } from "./profile.ts";
import { type Storage, updateJson } from "./storage.ts";

/** The body of `POST ratings`, one of its array. */
interface WaitingRating {
  id: string;
  itemId: string;
  value: number;
  occurredAt: string;
}

/** A rating that the server will never take, such as of a member who has left. */
export interface RefusedRating {
  itemId: string;
  detail: string;
}

interface Hosting {
  /** What the server has, or has refused. */
  told: RatingsByItem;
  waiting: WaitingRating[];
}

interface Outcome {
  id?: string;
  status: "queued" | "rejected";
  errors?: { detail: string }[];
}

const KEY = "hosted";
const NOTHING: Hosting = { told: {}, waiting: [] };
/** The server refuses an id that is too old, of a rating as of a gradient. */
const WAIT_MAX_MS = GRADIENT_AGE_MAX_MS - 3_600_000;

export async function forgetHosting(storage: Storage): Promise<void> {
  await storage.update(KEY, () => null);
}

/** Puts the ratings that the server does not have in waiting. One that was taken back is told as 0. */
function withDifferences(
  hosting: Hosting,
  ratings: RatingsByItem,
  nowMs: number,
  random: () => number,
): Hosting {
  const isYoung = ({ id }: WaitingRating) => nowMs - timeOfUuidV7(id) < WAIT_MAX_MS;
  const itemIds = new Set([...Object.keys(ratings), ...Object.keys(hosting.told)]);
  const waiting = [...itemIds].flatMap((itemId): WaitingRating[] => {
    const value = ratings[itemId] ?? 0;
    if (value === (hosting.told[itemId] ?? 0)) return [];
    const before = hosting.waiting.find(
      (one) => one.itemId === itemId && one.value === value && isYoung(one),
    );
    if (before) return [before];
    return [{ id: createUuidV7(nowMs, random), itemId, value, occurredAt: new Date(nowMs).toISOString() }];
  });
  return { ...hosting, waiting };
}

/** What came of a contribution of a hosted member. */
export type HostedOutcome =
  | { outcome: "ratings-sent"; sent: number; refused: RefusedRating[] }
  | { outcome: "nothing-new"; reason: "contributed" };

export interface HostedOptions {
  api: CommunityApi;
  storage: Storage;
  ratings: RatingsByItem;
  nowMs: number;
  random: () => number;
}

/**
 * What became of each. A call of which nothing is good is answered with a problem, whose
 * pointers name the faulty ones.
 */
async function post(api: CommunityApi, part: readonly WaitingRating[]): Promise<Outcome[]> {
  try {
    const outcomes = ((await api.call("POST", "/ratings", part)).body as { ratings?: Outcome[] })?.ratings;
    if (outcomes?.length !== part.length) throw unreadable("the outcomes of ratings");
    return outcomes;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 400 || error.errors.length === 0) throw error;
    return part.map((_, n) => {
      const errors = error.errors.filter(({ pointer }) => pointer.startsWith(`#/${n}/`));
      return errors.length > 0 ? { status: "rejected", errors } : { status: "rejected" };
    });
  }
}

/** The items that the server recommends to the member, best first. */
export async function askToRecommend(api: CommunityApi, wish: ListWish): Promise<Recommendation[]> {
  const { body } = await api.call("POST", "/recommendations/me", { lists: [{ name: "all", ...wish }] });
  const [list] = (body as { lists?: { recommendations: Recommendation[] }[] })?.lists ?? [];
  if (!list) throw unreadable("the recommendations");
  return list.recommendations;
}

/** The server has taken these, or never will; a rating that has changed since waits on, for its own turn. */
async function settle(storage: Storage, settled: readonly WaitingRating[]): Promise<void> {
  const ids = new Set(settled.map(({ id }) => id));
  await updateJson(storage, KEY, NOTHING, ({ told, waiting }) => ({
    told: { ...told, ...Object.fromEntries(settled.map(({ itemId, value }) => [itemId, value])) },
    waiting: waiting.filter(({ id }) => !ids.has(id)),
  }));
}

/**
 * Sends what waits, in calls of up to a hundred. Rejects with an ApiError where a call fails; what it has not
 * settled waits on. So does what is beyond the hour's rate.
 */
export async function sendRatings(options: HostedOptions): Promise<HostedOutcome> {
  const { api, storage, ratings, nowMs, random } = options;
  const { waiting } = await updateJson(storage, KEY, NOTHING, (hosting) =>
    withDifferences(hosting, ratings, nowMs, random),
  );
  if (waiting.length === 0) return { outcome: "nothing-new", reason: "contributed" };
  const refused: RefusedRating[] = [];
  let sent = 0;
  for (let from = 0; from < waiting.length; from += RATINGS_PER_REQUEST_MAX) {
    const part = waiting.slice(from, from + RATINGS_PER_REQUEST_MAX);
    const outcomes = await post(api, part);
    const isSettled = (_: WaitingRating, n: number) => outcomes[n].status === "queued" || outcomes[n].errors;
    await settle(storage, part.filter(isSettled));
    sent += outcomes.filter(({ status }) => status === "queued").length;
    for (const [n, { errors }] of outcomes.entries())
      if (errors)
        refused.push({ itemId: part[n].itemId, detail: errors.map(({ detail }) => detail).join("; ") });
  }
  return { outcome: "ratings-sent", sent, refused };
}
