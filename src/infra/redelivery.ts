/**
 * When failed messages come back. By themselves they stay away for the queue's visibility timeout, three minutes, in which a
 * gradient may go stale; so the first times they are let back sooner. How often they come stands with the queue.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
 */
import { ChangeMessageVisibilityBatchCommand } from "@aws-sdk/client-sqs";
import type { SQSRecord } from "aws-lambda";
import { RETRY_DELAYS_SECONDS } from "../domain/limits.ts";
import { sqs } from "./aws.ts";
import { inParallel } from "./object-store.ts";

const MESSAGES_PER_REQUEST_MAX = 10;

/** Shortens the absence of messages that were received a few times at most. */
export async function bringBackSoon(queueUrl: string, records: readonly SQSRecord[]): Promise<void> {
  const entries = records.flatMap(({ receiptHandle: ReceiptHandle, attributes }) => {
    const VisibilityTimeout = RETRY_DELAYS_SECONDS[Number(attributes.ApproximateReceiveCount) - 1];
    return VisibilityTimeout === undefined ? [] : { ReceiptHandle, VisibilityTimeout };
  });
  const requests = Array.from({ length: Math.ceil(entries.length / MESSAGES_PER_REQUEST_MAX) }, (_, n) =>
    entries.slice(n * MESSAGES_PER_REQUEST_MAX, (n + 1) * MESSAGES_PER_REQUEST_MAX),
  );
  await inParallel(requests, async (request) => {
    const Entries = request.map((entry, at) => ({ Id: String(at), ...entry }));
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
  });
}
