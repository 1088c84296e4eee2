/**
 * The consumer: a batch of queued gradients becomes one commit a community, once in effect however often it is delivered.
 * What cannot be read goes back to the queue alone, and after its last delivery to the dead-letter queue.
 */
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { COMMIT_ATTEMPTS_MAX, GRADIENTS_PER_COMMIT_MAX } from "../domain/limits.ts";
import type { Gradient } from "../domain/messages/messages.ts";
import { applyBatch, type Commit } from "../domain/model/apply-batch.ts";
import { earliestCommitMs } from "../infra/commit-log.ts";
import { readGradientMessages } from "../infra/gradient-queue.ts";
import { modelOf, readSnapshot, type Snapshot, writeCommit } from "../infra/model-store.ts";
import { backOff } from "../infra/transaction.ts";
import { logError, logEvent } from "./steps/log.ts";

interface Delivery {
  messageId: string;
  gradient: Gradient;
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
    deliveries.push({ messageId, gradient: queued.gradient });
  }
  return { byCommunity, poison };
}

/** The commit that the gradients make of the snapshot; null when every one of them is committed already. */
async function decide(
  snapshot: Snapshot,
  gradients: readonly Gradient[],
  nowMs: number,
): Promise<Commit | null> {
  const earliestMs = Math.min(...gradients.map((gradient) => earliestCommitMs(gradient.id)));
  await snapshot.log.readBackTo(earliestMs, nowMs);
  const isCommitted = (id: string) => snapshot.log.verdict(id) !== undefined;
  return applyBatch(modelOf(snapshot), gradients, { nowMs, isCommitted });
}

/** True when all gradients are applied or rejected in the log; false when the race for the head was lost too often. */
async function commitGradients(community: string, gradients: readonly Gradient[]): Promise<boolean> {
  for (let attempt = 0; attempt < COMMIT_ATTEMPTS_MAX; attempt++) {
    const nowMs = Date.now();
    const snapshot = await readSnapshot(community, nowMs);
    if (!snapshot) return false;
    const commit = await decide(snapshot, gradients, nowMs);
    if (!commit) return true;
    const { outcome } = await writeCommit(snapshot, commit, nowMs);
    if (outcome === "committed") {
      const { modelVersion, applied, rejected, gradientNorm } = commit;
      const counts = { applied: applied.length, rejected: rejected.length, attempts: attempt + 1 };
      logEvent("apply-gradients", { community, modelVersion, ...counts, gradientNorm });
      return true;
    }
    await backOff(attempt);
  }
  return false;
}

/** Commits one community's deliveries; answers the messages that must come back. */
async function apply(community: string, deliveries: Delivery[]): Promise<string[]> {
  for (let from = 0; from < deliveries.length; from += GRADIENTS_PER_COMMIT_MAX) {
    const part = deliveries.slice(from, from + GRADIENTS_PER_COMMIT_MAX);
    const isDone = await commitGradients(
      community,
      part.map((delivery) => delivery.gradient),
    );
    if (!isDone) return deliveries.slice(from).map((delivery) => delivery.messageId);
  }
  return [];
}

export const handler = middy<SQSEvent, SQSBatchResponse>().handler(async (event, context) => {
  const { byCommunity, poison } = sortMessages(event);
  const failed = await Promise.all(
    [...byCommunity].map(([community, deliveries]) =>
      apply(community, deliveries).catch((error) => {
        logError(error, context);
        return deliveries.map((delivery) => delivery.messageId);
      }),
    ),
  );
  return { batchItemFailures: [...poison, ...failed.flat()].map((itemIdentifier) => ({ itemIdentifier })) };
});
