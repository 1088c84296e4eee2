/**
 * Hands records of one shard to a function, in order, with Lambda's retries:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
import { randomUUID } from "node:crypto";
import type { DynamoDBRecord } from "aws-lambda";
import type { LocalFunction } from "../functions.ts";
import type { StreamEventSource } from "../template/template.ts";
import { batchItemFailures, pause } from "./event-source.ts";

// Lambda backs off exponentially between attempts; here from 50 ms to at most 1 s.
const backoffMinMs = 50;
const backoffMaxMs = 1000;

/** What records are handed to, and where those go that it cannot handle. */
export interface StreamConsumer {
  properties: StreamEventSource;
  streamArn: string;
  fn: LocalFunction;
  /** Sends a document to the onFailure destination, if there is one. */
  sendFailure: (document: object) => Promise<void>;
  log: (line: string) => void;
}

interface Batch {
  records: DynamoDBRecord[];
  /** Failed attempts that count against maximumRetryAttempts; halving a batch does not. */
  failures: number;
}

/**
 * Resolves to true when each record has succeeded or gone to the onFailure destination, to false when `signal` fired
 * before that.
 */
export async function deliverInOrder(
  consumer: StreamConsumer,
  shardId: string,
  records: DynamoDBRecord[],
  signal: AbortSignal,
): Promise<boolean> {
  const { maximumRetryAttempts, bisectBatchOnFunctionError } = consumer.properties;
  const waiting: Batch[] = records.length > 0 ? [{ records, failures: 0 }] : [];
  while (waiting.length > 0 && !signal.aborted) {
    const batch = waiting[0];
    const attempt = await invoke(consumer, batch.records);
    const rest = batch.records.slice(attempt.succeeded);
    if (rest.length === 0) {
      waiting.shift();
    } else if (attempt.whole && bisectBatchOnFunctionError && rest.length > 1) {
      const middle = Math.ceil(rest.length / 2);
      const halves = [rest.slice(0, middle), rest.slice(middle)];
      waiting.splice(0, 1, ...halves.map((half) => ({ records: half, failures: batch.failures })));
    } else if (maximumRetryAttempts >= 0 && batch.failures >= maximumRetryAttempts) {
      waiting.shift();
      await giveUp(consumer, shardId, rest, batch.failures + 1);
    } else {
      waiting[0] = { records: rest, failures: batch.failures + 1 };
      await pause(Math.min(backoffMaxMs, backoffMinMs * 2 ** batch.failures), signal);
    }
  }
  return waiting.length === 0;
}

/** How many records from the start succeeded, and whether the batch failed as a whole. */
async function invoke(
  { fn, properties, log }: StreamConsumer,
  records: DynamoDBRecord[],
): Promise<{ succeeded: number; whole: boolean }> {
  let response: unknown;
  try {
    response = await fn.invoke({ Records: records });
  } catch {
    return { succeeded: 0, whole: true }; // logged by the function
  }
  if (!properties.functionResponseType) return { succeeded: records.length, whole: false };
  const numbers = records.map((record) => record.dynamodb?.SequenceNumber ?? "");
  const failed = batchItemFailures(response, new Set(numbers));
  if (!failed) {
    log(`${fn.name}: malformed batch response ${JSON.stringify(response)}`);
    return { succeeded: 0, whole: true };
  }
  const first = numbers.findIndex((number) => failed.has(number));
  return { succeeded: first === -1 ? records.length : first, whole: false };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
async function giveUp(
  { fn, streamArn, sendFailure, log }: StreamConsumer,
  shardId: string,
  records: DynamoDBRecord[],
  attempts: number,
): Promise<void> {
  const [first, last] = [records[0].dynamodb, records.at(-1)?.dynamodb];
  const arrival = (seconds = 0) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
  log(`${fn.name}: gave up ${records.length} stream records after ${attempts} attempts`);
  await sendFailure({
    requestContext: {
      requestId: randomUUID(),
      functionArn: fn.arn,
      condition: "RetryAttemptsExhausted",
      approximateInvokeCount: attempts,
    },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    version: "1.0",
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first?.SequenceNumber,
      endSequenceNumber: last?.SequenceNumber,
      approximateArrivalOfFirstRecord: arrival(first?.ApproximateCreationDateTime),
      approximateArrivalOfLastRecord: arrival(last?.ApproximateCreationDateTime),
      batchSize: records.length,
      streamArn,
    },
  });
}
