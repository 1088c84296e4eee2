/**
 * The tick of sums: woken each minute by the schedule in serverless.yml, or for one community by a delayed message, it seals
 * and commits what is due. A tick that comes twice, late or never does no harm: what is due is read, not told.
 */
import middy from "@middy/core";
import type { EventBridgeEvent, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { shuffle } from "../domain/random.ts";
import { names } from "../infra/aws.ts";
import { count } from "../infra/metrics.ts";
import { readSignals } from "../infra/signal-queues.ts";
import { readDueSums } from "../infra/sum-store.ts";
import { commitSums } from "./steps/commit-sums.ts";
import { COMMITS_AT_ONCE_MAX, consume, eachInTime } from "./steps/consume.ts";
import { writesMetrics } from "./steps/log.ts";

type Tick = EventBridgeEvent<"Scheduled Event", string>;

/** Who fails, or finds no time, stays due. The order is drawn by lot, so that it is not the same ones each time. */
export const handler = middy<Tick | SQSEvent, SQSBatchResponse | undefined>(writesMetrics).handler(
  async (event, context) => {
    if (!("Records" in event)) {
      const due = shuffle(await readDueSums(Date.now()), Math.random);
      const left = new Set(due);
      const work = (community: string) => commitSums(community).then(() => void left.delete(community));
      await eachInTime(due, context, work, COMMITS_AT_ONCE_MAX);
      count("SumsStalled", left.size);
      return undefined;
    }
    return consume(event, context, {
      queueUrl: names.sumsQueue,
      read: readSignals,
      communityOf: (community) => community,
      async work(community) {
        await commitSums(community);
        return [];
      },
    });
  },
);
