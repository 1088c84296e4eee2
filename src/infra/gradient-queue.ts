/** The gradient queue: a message is the base64 of a queued gradient, and says by a keyed hash alone who sent it. */
import { MESSAGE_BYTES_MAX } from "../domain/limits.ts";
import {
  decodeQueuedGradient,
  encodeQueuedGradient,
  type QueuedGradient,
  type ReceivedGradient,
} from "../domain/messages/queued-gradient.ts";
import {
  decodeQueuedReport,
  encodeQueuedReport,
  type ReceivedReport,
} from "../domain/messages/queued-report.ts";
import { names } from "./aws.ts";
import { messageSender } from "./message-sender.ts";

const sendBody = /* @__PURE__ */ messageSender(() => names.gradientsQueue);

function messageBody(bytes: Uint8Array<ArrayBuffer>): string | null {
  if (Math.ceil(bytes.length / 3) * 4 > MESSAGE_BYTES_MAX) return null;
  return Buffer.from(bytes.buffer).toString("base64");
}

/** The message body, or null when it would not fit into a message. */
export function gradientMessageBody(queued: QueuedGradient): string | null {
  return messageBody(encodeQueuedGradient(queued));
}

/** The same of a report. */
export function reportMessageBody(community: string, sender: Uint8Array, report: Uint8Array): string | null {
  return messageBody(encodeQueuedReport(community, sender, report));
}

export type Received = ReceivedGradient | ReceivedReport;

export async function enqueueGradient(body: string): Promise<void> {
  await sendBody(body);
}

/** Views on four-byte values begin at multiples of four. */
const aligned = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/**
 * Reads the message bodies of a batch; null for a poison message. All are decoded into one buffer, because a buffer of its
 * own for each, and its collection, took a third of the consumer's time.
 */
export function readGradientMessages(bodies: readonly string[]): (Received | null)[] {
  const total = bodies.reduce((bytes, body) => bytes + aligned(Buffer.byteLength(body, "base64")), 0);
  const memory = Buffer.allocUnsafeSlow(total);
  let at = 0;
  return bodies.map((body) => {
    const length = memory.write(body, at, "base64");
    const bytes = new Uint8Array(memory.buffer, at, length);
    at += aligned(length);
    return decodeQueuedGradient(bytes) ?? decodeQueuedReport(bytes);
  });
}
