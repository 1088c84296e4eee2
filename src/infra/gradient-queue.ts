/** The gradient queue: a message is the base64 of a queued gradient, and says nothing of who sent it. */
import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { MESSAGE_BYTES_MAX } from "../domain/limits.ts";
import {
  decodeQueuedGradient,
  encodeQueuedGradient,
  type QueuedGradient,
} from "../domain/queued-gradient.ts";
import { names, sqs } from "./aws.ts";
import { coalesce } from "./coalesce.ts";

/** SendMessageBatch takes 10 messages, 1 MiB together; a body of more than a tenth travels alone. */
const MESSAGES_PER_REQUEST_MAX = 10;

async function sendBodies(bodies: string[]): Promise<(undefined | Error)[]> {
  const total = bodies.reduce((bytes, body) => bytes + body.length, 0);
  if (bodies.length > 1 && total > MESSAGE_BYTES_MAX) {
    return (await Promise.all(bodies.map((body) => sendBodies([body])))).flat();
  }
  const Entries = bodies.map((MessageBody, at) => ({ Id: String(at), MessageBody }));
  const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: names.gradientsQueue, Entries }));
  const outcomes: (undefined | Error)[] = bodies.map(() => undefined);
  for (const failure of answer.Failed ?? []) {
    outcomes[Number(failure.Id)] = new Error(
      `SQS refused a message: ${failure.Code} ${failure.Message ?? ""}`,
    );
  }
  return outcomes;
}

const sendBody = /* @__PURE__ */ coalesce(MESSAGES_PER_REQUEST_MAX, sendBodies);

/** The message body, or null when it would not fit into a message. */
export function gradientMessageBody(queued: QueuedGradient): string | null {
  const bytes = encodeQueuedGradient(queued);
  if (Math.ceil(bytes.length / 3) * 4 > MESSAGE_BYTES_MAX) return null;
  return Buffer.from(bytes.buffer).toString("base64");
}

export async function enqueueGradient(body: string): Promise<void> {
  await sendBody(body);
}

/** Views on four-byte values begin at multiples of four. */
const aligned = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/**
 * Reads the message bodies of a batch; null for a poison message. All are decoded into one buffer, because a buffer of its
 * own for each, and its collection, took a third of the consumer's time.
 */
export function readGradientMessages(bodies: readonly string[]): (QueuedGradient | null)[] {
  const total = bodies.reduce((bytes, body) => bytes + aligned(Buffer.byteLength(body, "base64")), 0);
  const memory = Buffer.allocUnsafeSlow(total);
  let at = 0;
  return bodies.map((body) => {
    const length = memory.write(body, at, "base64");
    const bytes = new Uint8Array(memory.buffer, at, length);
    at += aligned(length);
    return decodeQueuedGradient(bytes);
  });
}
