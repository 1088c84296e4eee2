/** The queue that recomputes a draft later: when the model moves again before a draft's interval is over. */
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import * as z from "zod/mini";
import { MESSAGE_DELAY_SECONDS_MAX } from "../domain/limits.ts";
import { names, sqs } from "./aws.ts";

const messageSchema = z.strictObject({ community: z.string() });

export async function requestAssignment(community: string, delayMs: number): Promise<void> {
  const DelaySeconds = Math.min(MESSAGE_DELAY_SECONDS_MAX, Math.ceil(delayMs / 1000));
  const MessageBody = JSON.stringify({ community });
  await sqs.send(new SendMessageCommand({ QueueUrl: names.assignmentsQueue, MessageBody, DelaySeconds }));
}

/** The community that a message asks for; throws on a poison message. */
export function readAssignmentMessage(body: string): string {
  return messageSchema.parse(JSON.parse(body)).community;
}
