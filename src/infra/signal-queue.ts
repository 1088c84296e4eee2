/** The queue that has a community looked at again later: its draft whose interval is not over, its sum that is not due yet. */
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import * as z from "zod/mini";
import { MESSAGE_DELAY_SECONDS_MAX } from "../domain/limits.ts";
import { names, sqs } from "./aws.ts";

const messageSchema = z.strictObject({ community: z.string() });

/** Has a community looked at again after a delay, or the longest that there is. */
export async function lookLater(community: string, delayMs: number): Promise<void> {
  const DelaySeconds = Math.min(MESSAGE_DELAY_SECONDS_MAX, Math.max(0, Math.ceil(delayMs / 1000)));
  const MessageBody = JSON.stringify({ community });
  await sqs.send(new SendMessageCommand({ QueueUrl: names.signalsQueue, MessageBody, DelaySeconds }));
}

function readSignal(body: string): string | null {
  try {
    return messageSchema.parse(JSON.parse(body)).community;
  } catch {
    return null;
  }
}

/** The communities that messages ask for; null for a poison message. */
export function readSignals(bodies: readonly string[]): (string | null)[] {
  return bodies.map(readSignal);
}
