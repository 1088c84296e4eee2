/** Publishes a community's draft, for whoever asks: an operator by `POST C/rounds`, or the schedule by the cadence. */
import { dueAfter } from "../../domain/community/cadence.ts";
import { MINUTE_MS } from "../../domain/limits.ts";
import { isCurrent, type Round } from "../../domain/rounds/round.ts";
import type { Head } from "../../infra/head-store.ts";
import { readSnapshot, type Snapshot } from "../../infra/model-store.ts";
import { retry } from "../../infra/retry.ts";
import { publishRound, readPublishKey, readRound } from "../../infra/round-store.ts";
import type { ScheduleStep } from "../../infra/schedule-store.ts";
import { makeDraft } from "./draft.ts";
import { shortBudget, type TimeBudget } from "./time-limit.ts";

export interface PublishOrder {
  community: string;
  nowMs: number;
  budget: TimeBudget;
  /** Of a call that may come twice. */
  idempotencyKey: string | null;
  /** Whether it may come sooner after the last round than roundGapMinutes. */
  isForced: boolean;
  /** Shown with the round. */
  reason?: string;
  /** By the schedule: it counts only if a round is due, and with the round the next due time is set. */
  isScheduled: boolean;
}

export type Publication =
  | { outcome: "published"; round: Round; step?: ScheduleStep }
  | { outcome: "nobody-to-group"; step?: ScheduleStep }
  | { outcome: "too-soon"; retryAfterSeconds: number; step?: ScheduleStep }
  | { outcome: "unknown-community" | "not-due" | "lost-races" };

/** What the engine gets to bring a draft up to date that it has just made. */
const REPAIR_TIME_MS = 400;

/**
 * The stored draft if it is of this very state, else one made now. Where an attempt has made one and lost its race, that one
 * is repaired: somebody was removed or blocked, and the engine does not begin anew for it.
 */
async function currentDraft(
  snapshot: Snapshot,
  made: Round | null,
  nowMs: number,
  budget: TimeBudget,
): Promise<Round | null> {
  const { head } = snapshot;
  const stored = await readRound(head.community, head.round);
  if (stored && isCurrent(stored, head, nowMs)) return stored;
  const isOfRound = made?.round === head.round;
  const time = isOfRound ? shortBudget(budget, REPAIR_TIME_MS) : budget;
  return makeDraft(snapshot, isOfRound ? made : stored, nowMs, time);
}

/** From the due time that has come to the first after now, so that times which nobody looked at are not made up for. */
function dueStep({ nextRoundAtMs, settings }: Head, nowMs: number): ScheduleStep | undefined {
  if (!settings.cadence || nextRoundAtMs === undefined || nextRoundAtMs > nowMs) return undefined;
  return { dueMs: nextRoundAtMs, nextMs: dueAfter(settings.cadence, nowMs) };
}

/**
 * How long the gap behind the latest round still lasts; no round is published while it is looked at, or this
 * attempt is lost.
 */
async function gapLeftMs({ community, latestRound, settings }: Head, nowMs: number): Promise<number> {
  if (settings.roundGapMinutes === 0 || latestRound === 0) return 0;
  const latest = await readRound(community, latestRound);
  return (latest?.publishedAtMs ?? 0) + settings.roundGapMinutes * MINUTE_MS - nowMs;
}

/** An attempt's end, or the draft that it could not publish, since somebody came between reading and writing. */
type Attempt = Publication | { outcome: "lost"; draft: Round };

async function tryPublish(order: PublishOrder, made: Round | null): Promise<Attempt> {
  const { community, nowMs, budget, idempotencyKey: key, isScheduled, isForced, reason } = order;
  const already = key === null ? null : await readPublishKey(community, key, nowMs);
  const earlier = already === null ? null : await readRound(community, already);
  if (earlier) return { outcome: "published", round: earlier };
  const snapshot = await readSnapshot(community);
  if (!snapshot) return { outcome: "unknown-community" };
  const step = isScheduled ? dueStep(snapshot.head, nowMs) : undefined;
  if (isScheduled && !step) return { outcome: "not-due" };
  const leftMs = isForced ? 0 : await gapLeftMs(snapshot.head, nowMs);
  if (leftMs > 0) return { outcome: "too-soon", retryAfterSeconds: Math.ceil(leftMs / 1000), step };
  const draft = await currentDraft(snapshot, made, nowMs, budget);
  if (!draft) return { outcome: "nobody-to-group", step };
  const previousRound = snapshot.head.latestRound;
  const round: Round = { ...draft, state: "published", publishedAtMs: nowMs, previousRound, reason };
  const { outcome } = await publishRound(snapshot.head, round, key, nowMs, step);
  return outcome === "committed" ? { outcome: "published", round, step } : { outcome: "lost", draft };
}

/** Tries until nobody comes between; `lost-races` if they do not end. */
export async function publish(order: PublishOrder): Promise<Publication> {
  let made: Round | null = null;
  const published = await retry(async () => {
    const attempt = await tryPublish(order, made);
    if (attempt.outcome !== "lost") return attempt;
    made = attempt.draft;
    return null;
  });
  return published ?? { outcome: "lost-races" };
}
