/** Publishes a community's draft, for whoever asks: an operator by `POST C/rounds`, or the schedule by the cadence. */
import { dueAfter } from "../../domain/community/cadence.ts";
import { isCurrent, type Round } from "../../domain/rounds/round.ts";
import type { Head } from "../../infra/head-store.ts";
import { readSnapshot, type Snapshot } from "../../infra/model-store.ts";
import { retry } from "../../infra/retry.ts";
import { publishRound, readPublishKey, readRound } from "../../infra/round-store.ts";
import type { ScheduleStep } from "../../infra/schedule-store.ts";
import { makeDraft } from "./draft.ts";
import type { TimeBudget } from "./time-limit.ts";

export interface PublishOrder {
  community: string;
  nowMs: number;
  budget: TimeBudget;
  /** Of a call that may come twice. */
  idempotencyKey: string | null;
  /** By the schedule: it counts only if a round is due, and with the round the next due time is set. */
  isScheduled: boolean;
}

export type Publication =
  | { outcome: "published"; round: Round; step?: ScheduleStep }
  | { outcome: "nobody-to-group"; step?: ScheduleStep }
  | { outcome: "unknown-community" | "not-due" | "lost-races" };

/** The stored draft if it is of this very state, else one made now: what is published is never out of date. */
async function currentDraft(snapshot: Snapshot, nowMs: number, budget: TimeBudget): Promise<Round | null> {
  const { head } = snapshot;
  const stored = await readRound(head.community, head.round);
  return stored && isCurrent(stored, head, nowMs) ? stored : makeDraft(snapshot, stored, nowMs, budget);
}

/** From the due time that has come to the first after now, so that times which nobody looked at are not made up for. */
function dueStep({ nextRoundAtMs, settings }: Head, nowMs: number): ScheduleStep | undefined {
  if (!settings.cadence || nextRoundAtMs === undefined || nextRoundAtMs > nowMs) return undefined;
  return { dueMs: nextRoundAtMs, nextMs: dueAfter(settings.cadence, nowMs) };
}

/** One attempt; null when a join, a leave or another publish came between reading and writing. */
async function tryPublish(order: PublishOrder): Promise<Publication | null> {
  const { community, nowMs, budget, idempotencyKey: key, isScheduled } = order;
  const already = key === null ? null : await readPublishKey(community, key, nowMs);
  const earlier = already === null ? null : await readRound(community, already);
  if (earlier) return { outcome: "published", round: earlier };
  const snapshot = await readSnapshot(community);
  if (!snapshot) return { outcome: "unknown-community" };
  const step = isScheduled ? dueStep(snapshot.head, nowMs) : undefined;
  if (isScheduled && !step) return { outcome: "not-due" };
  const draft = await currentDraft(snapshot, nowMs, budget);
  if (!draft) return { outcome: "nobody-to-group", step };
  const round: Round = { ...draft, state: "published", publishedAtMs: nowMs };
  const { outcome } = await publishRound(snapshot.head, round, key, nowMs, step);
  return outcome === "committed" ? { outcome: "published", round, step } : null;
}

/** Tries until nobody comes between; `lost-races` if they do not end. */
export async function publish(order: PublishOrder): Promise<Publication> {
  return (await retry(() => tryPublish(order))) ?? { outcome: "lost-races" };
}
