/**
 * The tick: woken by the schedule in serverless.yml, it publishes the rounds that are due by their communities' cadences, as
 * `POST C/rounds` would. A tick that comes twice, late or never does no harm: what is due is read, not told.
 */
import middy from "@middy/core";
import type { Context, EventBridgeEvent } from "aws-lambda";
import { PUBLISH_TIME_MAX_MS, ROUND_DUE_NOTICE_MS } from "../domain/limits.ts";
import { shuffle } from "../domain/random.ts";
import { readHead } from "../infra/head-store.ts";
import { missingNotices, writeNoticeOnce } from "../infra/notice-store.ts";
import { readComingRounds, readDueCommunities, skipRound } from "../infra/schedule-store.ts";
import { logError, logEvent, writesMetrics } from "./steps/log.ts";
import { publish } from "./steps/publish.ts";
import type { TimeBudget } from "./steps/time-limit.ts";

type Tick = EventBridgeEvent<"Scheduled Event", string>;

/** The invocation's budget for one community, which gets the time that a call of an operator has. */
function budgetOfOne(context: Context): TimeBudget {
  const forOthersMs = context.getRemainingTimeInMillis() - PUBLISH_TIME_MAX_MS;
  return {
    functionName: context.functionName,
    getRemainingTimeInMillis: () => context.getRemainingTimeInMillis() - forOthersMs,
  };
}

async function publishDue(community: string, nowMs: number, budget: TimeBudget): Promise<void> {
  const startedAtMs = performance.now();
  const order = { community, nowMs, budget, idempotencyKey: null, isForced: false, isScheduled: true };
  const publication = await publish(order);
  switch (publication.outcome) {
    case "not-due":
    case "unknown-community":
      return; // another tick was here first, the cadence has changed, or the community is deleted
    case "lost-races":
      throw new Error(`the due round of ${community} is not published: ${publication.outcome}`);
  }
  const { outcome, step } = publication;
  if (outcome !== "published" && !(await skipRound(community, step!))) return;
  const round = outcome === "published" ? publication.round.round : undefined;
  const [dueAt, nextRoundAt] = [step!.dueMs, step!.nextMs].map((ms) => new Date(ms).toISOString());
  const elapsedMs = Math.round(performance.now() - startedAtMs);
  logEvent("publish-due-rounds", { community, outcome, round, dueAt, nextRoundAt, elapsedMs });
}

/**
 * Tells of rounds that are due within a day, once each: what was told is read, so that a tick that did not
 * come makes a notice late and not lost.
 */
async function tellComing(nowMs: number): Promise<void> {
  const coming = await readComingRounds(nowMs, nowMs + ROUND_DUE_NOTICE_MS);
  const wanted = coming.map((one) => ({ ...one, id: `round.due-${one.dueMs}` }));
  for (const { community, dueMs, id } of await missingNotices(wanted)) {
    const head = await readHead(community);
    if (head?.nextRoundAtMs !== dueMs) continue; // the cadence has changed since
    const facts = { round: head.round, dueAt: new Date(dueMs).toISOString() };
    await writeNoticeOnce(community, { event: "round.due", facts }, nowMs, id);
  }
}

/**
 * One community after another; who fails, or finds no time, stays due for the next tick. The order is drawn by lot: were the
 * longest due always first, ten communities that fail and take their time would keep all others from their rounds.
 */
export const handler = middy<Tick, void>(writesMetrics).handler(async ({ time }, context) => {
  const nowMs = Math.max(Date.now(), Date.parse(time) || 0); // our clock may be behind the scheduler's
  await tellComing(nowMs).catch((error) => logError(error, context)); // rounds do not wait for it
  let failures = 0;
  for (const community of shuffle(await readDueCommunities(nowMs), Math.random)) {
    if (context.getRemainingTimeInMillis() < PUBLISH_TIME_MAX_MS) break;
    try {
      await publishDue(community, nowMs, budgetOfOne(context));
    } catch (error) {
      failures++;
      logError(error, context);
    }
  }
  if (failures > 0) throw new Error(`${failures} due rounds were not published`); // Lambda counts it, and tries again
});
