/**
 * Drives an SQS mapping as Lambda's pollers do: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 * As many loops as invocations may run at once; each gathers a batch, invokes, deletes what succeeded. One loop gathers
 * at a time, so batches are as full as the queue allows. What failed stays until its visibility timeout, and the
 * queue itself moves it to the dead-letter queue.
 */
import type { SQSMessageAttributes, SQSRecord, SQSRecordAttributes } from "aws-lambda";
import type { LocalFunction } from "../functions.ts";
import type { AwsWire } from "../services/aws-wire.ts";
import type { SqsEventSource } from "../template/template.ts";
import { batchItemFailures, type EventSource, invocationBytesMax, pause } from "./event-source.ts";

// SQS's own limit of messages a call.
const messagesPerCallMax = 10;
// Calls in flight at once; more bring nothing on two cores.
const callsMax = 4;
// A window that gathers polls at this pace while the queue is short, so that calls come back full.
const gatherPaceMs = 50;
// Lambda starts with 5 pollers where a mapping sets no maximumConcurrency.
const concurrencyDefault = 5;

export interface SqsMapping {
  properties: SqsEventSource;
  queueUrl: string;
  queueArn: string;
  region: string;
  wire: AwsWire;
  fn: LocalFunction;
  log: (line: string) => void;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Message.html */
interface WireMessage {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  MD5OfBody: string;
  MD5OfMessageAttributes?: string;
  Attributes: SQSRecordAttributes;
  /** Binary values in base64. */
  MessageAttributes?: Record<string, { DataType: string; StringValue?: string; BinaryValue?: string }>;
}

export function driveQueue(mapping: SqsMapping): EventSource {
  const stopping = new AbortController();
  const loops = mapping.properties.maximumConcurrency ?? concurrencyDefault;
  let busy = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let carried: SQSRecord[] = [];

  /** One batch at a time: each call waits for the one before. */
  function nextBatch(): Promise<SQSRecord[]> {
    const batch = turn.then(async () => {
      const gathered = await gather(mapping, carried, stopping.signal);
      carried = gathered.carried;
      if (gathered.batch.length > 0) busy += 1;
      return gathered.batch;
    });
    turn = batch.catch(() => {});
    return batch;
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted || carried.length > 0) {
      try {
        const batch = await nextBatch();
        if (batch.length === 0) continue;
        try {
          await deliver(mapping, batch);
        } finally {
          busy -= 1;
        }
      } catch (error) {
        if (stopping.signal.aborted) continue;
        mapping.log(`${mapping.queueUrl}: ${String(error)}`);
        await pause(1000, stopping.signal);
      }
    }
  }

  const running = Promise.all(Array.from({ length: loops }, loop));
  return {
    async isIdle() {
      return busy === 0 && carried.length === 0 && (await isEmpty(mapping));
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Delayed messages do not count: they are for later. */
async function isEmpty({ wire, queueUrl }: SqsMapping): Promise<boolean> {
  const { Attributes } = await wire.call<{ Attributes: Record<string, string> }>(
    "AmazonSQS",
    "GetQueueAttributes",
    {
      QueueUrl: queueUrl,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    },
  );
  return Object.values(Attributes).every((count) => count === "0");
}

/**
 * Waits for a first message, then until the batch is full, the window over or 6 MB reached.
 * `carried` is what the batch before had no room for; so is what comes back.
 */
async function gather(
  mapping: SqsMapping,
  carried: SQSRecord[],
  signal: AbortSignal,
): Promise<{ batch: SQSRecord[]; carried: SQSRecord[] }> {
  const { batchSize, maximumBatchingWindow } = mapping.properties;
  const taken = [...carried];
  if (taken.length === 0) taken.push(...(await receive(mapping, batchSize, 20, signal)));
  const deadline = performance.now() + maximumBatchingWindow * 1000;
  let bytes = sizeOf(taken);
  while (taken.length > 0 && taken.length < batchSize && bytes < invocationBytesMax && !signal.aborted) {
    if (performance.now() >= deadline) break;
    const calls = Math.min(callsMax, Math.ceil((batchSize - taken.length) / messagesPerCallMax));
    const wanted = Math.min(messagesPerCallMax, Math.floor((batchSize - taken.length) / calls));
    const received = await Promise.all(Array.from({ length: calls }, () => receive(mapping, wanted, 0)));
    for (const records of received) {
      taken.push(...records);
      bytes += sizeOf(records);
    }
    if (received.some((records) => records.length < wanted)) {
      await pause(Math.min(gatherPaceMs, Math.max(0, deadline - performance.now())), signal);
    }
  }
  return split(taken);
}

/** Cuts a batch where one invocation's 6 MB end. */
function split(records: SQSRecord[]): { batch: SQSRecord[]; carried: SQSRecord[] } {
  let bytes = 0;
  const end = records.findIndex((record) => {
    bytes += sizeOf([record]);
    return bytes > invocationBytesMax;
  });
  if (end === -1) return { batch: records, carried: [] };
  return { batch: records.slice(0, Math.max(1, end)), carried: records.slice(Math.max(1, end)) };
}

/** Bytes in the event, near enough: the body, quotes escaped, and some 600 bytes of attributes. */
function sizeOf(records: SQSRecord[]): number {
  let bytes = 0;
  for (const { body } of records) bytes += Buffer.byteLength(JSON.stringify(body)) + 600;
  return bytes;
}

async function receive(
  { wire, queueUrl, queueArn, region }: SqsMapping,
  wanted: number,
  waitSeconds: number,
  signal?: AbortSignal,
): Promise<SQSRecord[]> {
  const input = {
    QueueUrl: queueUrl,
    MaxNumberOfMessages: Math.min(messagesPerCallMax, wanted),
    WaitTimeSeconds: waitSeconds,
    MessageSystemAttributeNames: ["All"],
    MessageAttributeNames: ["All"],
  };
  try {
    const { Messages = [] } = await wire.call<{ Messages?: WireMessage[] }>(
      "AmazonSQS",
      "ReceiveMessage",
      input,
      signal,
    );
    return Messages.map((message) => recordOf(message, queueArn, region));
  } catch (error) {
    // A long poll cut off by a stop: should a message be on its way, its visibility timeout brings it back.
    if (signal?.aborted) return [];
    throw error;
  }
}

/** The event's shape: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
function recordOf(message: WireMessage, queueArn: string, region: string): SQSRecord {
  const messageAttributes: SQSMessageAttributes = {};
  for (const [name, value] of Object.entries(message.MessageAttributes ?? {})) {
    messageAttributes[name] = {
      stringValue: value.StringValue,
      binaryValue: value.BinaryValue,
      stringListValues: [],
      binaryListValues: [],
      dataType: value.DataType,
    };
  }
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes,
    messageAttributes,
    md5OfBody: message.MD5OfBody,
    ...(message.MD5OfMessageAttributes && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

async function deliver(mapping: SqsMapping, batch: SQSRecord[]): Promise<void> {
  let response: unknown;
  try {
    response = await mapping.fn.invoke({ Records: batch });
  } catch {
    return; // logged by the function; the whole batch comes back after its visibility timeout
  }
  let done = batch;
  if (mapping.properties.functionResponseType) {
    const failed = batchItemFailures(response, new Set(batch.map((record) => record.messageId)));
    if (!failed) {
      mapping.log(`${mapping.fn.name}: malformed batch response ${JSON.stringify(response)}`);
      return;
    }
    done = batch.filter((record) => !failed.has(record.messageId));
  }
  await deleteAll(mapping, done);
}

async function deleteAll({ wire, queueUrl }: SqsMapping, records: SQSRecord[]): Promise<void> {
  const starts = Array.from(
    { length: Math.ceil(records.length / messagesPerCallMax) },
    (_, index) => index * messagesPerCallMax,
  );
  const worker = async () => {
    for (let start = starts.pop(); start !== undefined; start = starts.pop()) {
      const Entries = records
        .slice(start, start + messagesPerCallMax)
        .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
      await wire.call("AmazonSQS", "DeleteMessageBatch", { QueueUrl: queueUrl, Entries });
    }
  };
  await Promise.all(Array.from({ length: callsMax }, worker));
}
