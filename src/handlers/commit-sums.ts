/**
 * The tick of sums: woken each minute by the schedule in serverless.yml, or for one community by a delayed message, it seals
 * and commits what is due. A tick that comes twice, late or never does no harm: what is due is read, not told.
 */
import middy from "@middy/core";
import type { EventBridgeEvent, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { WRITE_RESERVE_MS } from "../domain/limits.ts";
import { count } from "../infra/metrics.ts";
import { readSignal } from "../infra/signal-queues.ts";
import { readDueSums } from "../infra/sum-store.ts";
import { commitSums } from "./steps/commit-sums.ts";
import { logError, writesMetrics } from "./steps/log.ts";

type Tick = EventBridgeEvent<"Scheduled Event", string>;

/** The community that a message names; null for a poison message. */
function communityOf(body: string): string | null {
  try {
    return readSignal(body);
  } catch {
    return null;
  }
}

/** One community after another. Who fails, and whom there is no time for, stays due. */
export const handler = middy<Tick | SQSEvent, SQSBatchResponse | undefined>(writesMetrics).handler(
  async (event, context) => {
    const records = "Records" in event ? event.Records : [];
    const asked = records.map(({ messageId, body }) => ({ messageId, community: communityOf(body) }));
    const due = "Records" in event ? asked.map(({ community }) => community) : await readDueSums(Date.now());
    const done = new Set<string | null>();
    for (const community of new Set(due)) {
      if (community === null || context.getRemainingTimeInMillis() < WRITE_RESERVE_MS) continue;
      try {
        await commitSums(community);
        done.add(community);
      } catch (error) {
        logError(error, context);
      }
    }
    count("SumsStalled", [...new Set(due)].filter((community) => community && !done.has(community)).length);
    const failures = asked.filter(({ community }) => !done.has(community));
    return { batchItemFailures: failures.map(({ messageId: itemIdentifier }) => ({ itemIdentifier })) };
  },
);
