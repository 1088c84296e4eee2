/**
 * The consumer: a batch of queued gradients becomes one page of the open sum of each community, once in effect however often
 * it is delivered; where that seals the sum, it is committed too. What cannot be read goes back to the queue alone, and
 * after its last delivery to the dead-letter queue.
 */
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { MESSAGE_DELAY_SECONDS_MAX } from "../domain/limits.ts";
import type { ReceivedGradient } from "../domain/messages/queued-gradient.ts";
import { readGradientMessages } from "../infra/gradient-queue.ts";
import { count } from "../infra/metrics.ts";
import { requestCommit } from "../infra/signal-queues.ts";
import { commitSums } from "./steps/commit-sums.ts";
import { type Gathering, gather } from "./steps/gather.ts";
import { logError, logEvent, writesMetrics } from "./steps/log.ts";

interface Delivery {
  messageId: string;
  queued: ReceivedGradient;
}

/** Deliveries by community, and the messages that are no gradients at all. */
function sortMessages(event: SQSEvent): { byCommunity: Map<string, Delivery[]>; poison: string[] } {
  const byCommunity = new Map<string, Delivery[]>();
  const poison: string[] = [];
  const messages = readGradientMessages(event.Records.map((record) => record.body));
  for (const [at, queued] of messages.entries()) {
    const { messageId } = event.Records[at];
    if (!queued) {
      poison.push(messageId);
      continue;
    }
    const deliveries = byCommunity.get(queued.community) ?? [];
    byCommunity.set(queued.community, deliveries);
    deliveries.push({ messageId, queued });
  }
  return { byCommunity, poison };
}

/** Has the sum committed when it is due: now, or by a delayed message. What lies further off the tick finds. */
async function followUp(
  community: string,
  { sum, before }: Gathering & { outcome: "gathered" },
): Promise<void> {
  if (!sum) return;
  const delayMs = sum.dueAtMs - Date.now();
  if (sum.state === "sealed") await commitSums(community);
  else if (sum.dueAtMs !== before?.dueAtMs && delayMs <= MESSAGE_DELAY_SECONDS_MAX * 1000)
    await requestCommit(community, delayMs);
}

/** True when all gradients stand in a page or in the log; only then are their messages done. */
async function apply(
  community: string,
  batch: readonly ReceivedGradient[],
  report: (error: unknown) => void,
) {
  const gathering = await gather(community, batch);
  if (gathering.outcome !== "gathered") return false;
  const { sum, judged } = gathering;
  const rejected = judged.filter(({ rejection }) => rejection !== null).length;
  logEvent("apply-gradients", { community, sum: sum?.number, gathered: judged.length, rejected });
  count("GradientsGathered", judged.length - rejected);
  // The tick does it too, so that it fails is no reason to have the messages again.
  await followUp(community, gathering).catch(report);
  return true;
}

export const handler = middy<SQSEvent, SQSBatchResponse>(writesMetrics).handler(async (event, context) => {
  const { byCommunity, poison } = sortMessages(event);
  const report = (error: unknown) => logError(error, context);
  const failed = await Promise.all(
    [...byCommunity].map(async ([community, deliveries]) => {
      const batch = deliveries.map((delivery) => delivery.queued);
      const isDone = await apply(community, batch, report).catch(report);
      return isDone ? [] : deliveries.map((delivery) => delivery.messageId);
    }),
  );
  return { batchItemFailures: [...poison, ...failed.flat()].map((itemIdentifier) => ({ itemIdentifier })) };
});
