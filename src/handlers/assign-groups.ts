/**
 * The assigner: woken by the head's stream, or by a delayed message, it recomputes the drafts of the communities named. A
 * message may also have been sent for a sum that is due, which it commits first. Events say only where to look; what it groups
 * is the state it reads.
 */
import middy from "@middy/core";
import type {
  Context,
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  SQSBatchResponse,
  SQSEvent,
} from "aws-lambda";
import { MESSAGE_DELAY_SECONDS_MAX } from "../domain/limits.ts";
import { isCurrent, isOutlived, type Round } from "../domain/rounds/round.ts";
import { names } from "../infra/aws.ts";
import { type Head, readHead } from "../infra/head-store.ts";
import { snapshotOf } from "../infra/model-store.ts";
import { claimRecomputation, readRound, storeDraft } from "../infra/round-store.ts";
import { lookLater, readSignals } from "../infra/signal-queue.ts";
import { commitSums } from "./steps/commit-sums.ts";
import { consume, eachInTime } from "./steps/consume.ts";
import { makeDraft } from "./steps/draft.ts";
import { logEvent, writesMetrics } from "./steps/log.ts";
import type { TimeBudget } from "./steps/time-limit.ts";

type Wake = DynamoDBStreamEvent | SQSEvent;

const isOfQueue = (event: Wake): event is SQSEvent => "messageId" in event.Records[0];

/** A function has one vCPU, and the engine keeps it busy. */
const ENGINES_AT_ONCE_MAX = 1;

/** A draft that took the engine more than this is not made again as soon as the interval is over, or somebody joins. */
const QUICK_SECONDS = 0.5;
/** It rests so many times the engine's seconds: grouping then takes a twentieth of a Lambda at most. */
const RESTS = 20;

/** When a draft may be made again: after the interval and the engine's rest, or for a changed roster after the shorter one. */
function dueAtMs(stored: Round, head: Head, nowMs: number): number {
  const intervalMs = head.settings.assignmentIntervalSeconds * 1000;
  const isOfTheseMembers = stored.rosterVersion === head.rosterVersion && !isOutlived(stored, nowMs);
  const { engineSeconds } = stored.quality;
  const restMs = engineSeconds > QUICK_SECONDS ? RESTS * engineSeconds * 1000 : 0;
  const pauseMs = isOfTheseMembers ? Math.max(intervalMs, restMs) : Math.min(intervalMs, restMs);
  return stored.computedAtMs + pauseMs;
}

/** Brings a community's draft up to date, or, within the interval since the last one, arranges for it to be done then. */
async function assign(community: string, budget: TimeBudget): Promise<void> {
  const nowMs = Date.now();
  const head = await readHead(community);
  if (!head) return;
  const stored = await readRound(community, head.round);
  if (stored && isCurrent(stored, head, nowMs)) return;
  const waitMs = stored ? dueAtMs(stored, head, nowMs) - nowMs : 0;
  if (waitMs > 0) {
    if ((stored?.recomputeAtMs ?? 0) >= nowMs) return; // somebody has arranged for it
    const isFirst = await claimRecomputation(community, head.round, nowMs, nowMs + waitMs);
    if (isFirst) await lookLater(community, waitMs);
    return;
  }
  const draft = await makeDraft(await snapshotOf(head), stored, nowMs, budget);
  if (!draft) return;
  const isStored = await storeDraft(community, draft);
  if (isStored) await wakeForReturn(community, draft, nowMs);
  const { round, modelVersion, groupCount } = draft;
  const elapsedMs = Date.now() - nowMs;
  logEvent("assign-groups", { community, round, modelVersion, groupCount, isStored, elapsedMs });
}

/** Makes the draft again when somebody's pause ends soon; what lies further off is left to publishing, which looks anyway. */
async function wakeForReturn(community: string, { validUntilMs }: Round, nowMs: number): Promise<void> {
  const delayMs = (validUntilMs ?? Number.POSITIVE_INFINITY) - nowMs;
  if (delayMs <= MESSAGE_DELAY_SECONDS_MAX * 1000) await lookLater(community, delayMs);
}

/**
 * The stream's records are in line one behind the other, so a community that fails or finds no time would hold those behind it:
 * it goes to the queue, where each is on its own. A record comes back only where that fails too.
 */
async function assignStreamed(
  { Records }: DynamoDBStreamEvent,
  context: Context,
): Promise<DynamoDBBatchResponse> {
  const communityOf = (record: DynamoDBRecord) => record.dynamodb?.Keys?.community.S;
  const waiting = new Set(Records.flatMap((record) => communityOf(record) ?? []));
  await eachInTime(
    [...waiting],
    context,
    async (community) => {
      await assign(community, context);
      waiting.delete(community);
    },
    ENGINES_AT_ONCE_MAX,
  );
  for (const community of waiting) await lookLater(community, 0);
  return { batchItemFailures: [] };
}

/** Each community of the batch once. */
export const handler = middy<Wake, SQSBatchResponse | DynamoDBBatchResponse>(writesMetrics).handler(
  async (event, context) => {
    if (!isOfQueue(event)) return assignStreamed(event, context);
    return consume(event, context, {
      queueUrl: names.signalsQueue,
      read: readSignals,
      communityOf: (community) => community,
      async work(community) {
        await commitSums(community);
        await assign(community, context);
        return [];
      },
    });
  },
);
