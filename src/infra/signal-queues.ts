/** The queues that wake a function for a community later: a draft whose interval is not over, a sum that is not due yet. */
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import * as z from "zod/mini";
import { MESSAGE_DELAY_SECONDS_MAX } from "../domain/limits.ts";
import { names, sqs } from "./aws.ts";

const messageSchema = z.strictObject({ community: z.string() });

async function signalLater(QueueUrl: string, community: string, delayMs: number): Promise<void> {
  const DelaySeconds = Math.min(MESSAGE_DELAY_SECONDS_MAX, Math.max(0, Math.ceil(delayMs / 1000)));
  const MessageBody = JSON.stringify({ community });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
}

export function requestAssignment(community: string, delayMs: number): Promise<void> {
  return signalLater(names.assignmentsQueue, community, delayMs);
}

export function requestCommit(community: string, delayMs: number): Promise<void> {
  return signalLater(names.sumsQueue, community, delayMs);
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
