import { SUM_STALLED_MS } from "../domain/limits.ts";
import { isCurrent } from "../domain/rounds/round.ts";
import type { Head } from "../infra/head-store.ts";
import { readQueueDepths } from "../infra/queue-depths.ts";
import { readRound } from "../infra/round-store.ts";
import { readSum, readWaitingPages } from "../infra/sum-store.ts";
import { readSweptAtMs } from "../infra/version-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint } from "./http/http.ts";

const timeOf = (ms: number | undefined): string | null =>
  ms === undefined || ms === 0 ? null : new Date(ms).toISOString();

/** The sum that takes gradients, with its senders so far; and those before it that wait for their commit. */
async function sumsBody(head: Head, nowMs: number) {
  const { community, openSum, committedSum } = head;
  const [open, next, pages] = await Promise.all([
    readSum(community, openSum),
    openSum > committedSum + 1 ? readSum(community, committedSum + 1) : null,
    readWaitingPages(head),
  ]);
  const entries = pages.filter(({ sum }) => sum === openSum).flatMap((page) => page.entries);
  const counted = entries.filter(({ rejection }) => rejection === null);
  return {
    open: {
      sum: openSum,
      gradients: counted.length,
      senders: new Set(counted.map(({ senderTag }) => senderTag)).size,
      since: timeOf(open?.firstPageAtMs),
      dueAt: timeOf(open?.dueAtMs),
    },
    waiting: openSum - committedSum - 1,
    /** Sums are committed in their order, so the first that is overdue holds up those behind it. */
    stalled: next && nowMs - next.dueAtMs > SUM_STALLED_MS ? openSum - committedSum - 1 : 0,
  };
}

async function draftBody(head: Head, nowMs: number) {
  const draft = await readRound(head.community, head.round);
  if (draft?.state !== "draft") return null;
  const { round, modelVersion, computedAtMs } = draft;
  return {
    round,
    modelVersion,
    computedAt: timeOf(computedAtMs),
    ageSeconds: Math.max(0, Math.round((nowMs - computedAtMs) / 1000)),
    isCurrent: isCurrent(draft, head, nowMs),
  };
}

/**
 * `GET C/operations`: what waits, what is late, and when what was done last, for a console. Queues are of all
 * communities.
 */
export const handler = endpoint(async (event) => {
  const { head, request } = await readOperatorRequest(event);
  const { modelVersion, committedAtMs, nextRoundAtMs } = head;
  const { nowMs } = request;
  const [queues, sums, draft, sweptAtMs] = await Promise.all([
    readQueueDepths(),
    sumsBody(head, nowMs),
    draftBody(head, nowMs),
    readSweptAtMs(head.community),
  ]);
  const lastCommit = { modelVersion, committedAt: timeOf(committedAtMs) };
  const times = { nextRoundAt: timeOf(nextRoundAtMs), lastSweepAt: timeOf(sweptAtMs) };
  return { status: 200, body: { queues, sums, lastCommit, draft, ...times } };
});
