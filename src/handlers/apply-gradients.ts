/**
 * The consumer: a batch of queued gradients becomes one page of the open sum of each community, once in effect however often
 * it is delivered; where that seals the sum, it is committed too, when all are gathered.
 */
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { MESSAGE_DELAY_SECONDS_MAX } from "../domain/limits.ts";
import { names } from "../infra/aws.ts";
import { isBeingErased } from "../infra/community-erasure.ts";
import { type Received, readGradientMessages } from "../infra/gradient-queue.ts";
import { count } from "../infra/metrics.ts";
import { lookLater } from "../infra/signal-queue.ts";
import { commitSums } from "./steps/commit-sums.ts";
import { COMMITS_AT_ONCE_MAX, consume, type Delivery, eachInTime } from "./steps/consume.ts";
import { type Gathering, gather } from "./steps/gather.ts";
import { logEvent, writesMetrics } from "./steps/log.ts";

interface Gathered {
  community: string;
  gathering: Gathering & { outcome: "gathered" };
}

/** What was gathered, nothing of a community that is deleted; null where it was not, and the messages must come back. */
async function gatherBatch(
  community: string,
  deliveries: readonly Delivery<Received>[],
): Promise<Gathered[] | null> {
  const gathering = await gather(
    community,
    deliveries.map(({ message }) => message),
  );
  if (gathering.outcome !== "gathered") return (await isBeingErased(community)) ? [] : null;
  const { sum, judged } = gathering;
  const rejected = judged.filter(({ rejection }) => rejection !== null).length;
  logEvent("apply-gradients", { community, sum: sum?.number, gathered: judged.length, rejected });
  count("GradientsGathered", judged.length - rejected);
  return [{ community, gathering }];
}

/** Has the sum committed when it is due: now, or by a delayed message. What lies further off the tick finds. */
async function followUp({ community, gathering: { sum, before } }: Gathered): Promise<void> {
  if (!sum) return;
  const delayMs = sum.dueAtMs - Date.now();
  if (sum.state === "sealed") await commitSums(community);
  else if (sum.dueAtMs !== before?.dueAtMs && delayMs <= MESSAGE_DELAY_SECONDS_MAX * 1000)
    await lookLater(community, delayMs);
}

export const handler = middy<SQSEvent, SQSBatchResponse>(writesMetrics).handler(async (event, context) => {
  const gathered: Gathered[] = [];
  const response = await consume(event, context, {
    queueUrl: names.gradientsQueue,
    read: readGradientMessages,
    communityOf: (message) => message.community,
    async work(community, deliveries) {
      const ofOne = await gatherBatch(community, deliveries);
      if (!ofOne) return deliveries.map(({ messageId }) => messageId);
      gathered.push(...ofOne);
      return [];
    },
  });
  // The tick does it too, so neither a failure nor a want of time is a reason to have the messages again.
  await eachInTime(gathered, context, followUp, COMMITS_AT_ONCE_MAX);
  return response;
});
