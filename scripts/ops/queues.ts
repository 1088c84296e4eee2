/** The queues of a stack, and what was given up in them. A dead letter is sent back as it is, or left. */
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { sqs } from "../../src/infra/aws.ts";
import { readGradientMessages } from "../../src/infra/gradient-queue.ts";
import { readRatingsMessage } from "../../src/infra/rating-queue.ts";
import { readSignals } from "../../src/infra/signal-queue.ts";
import { readDeadNotice, wakeDelivery } from "./notices.ts";

export interface StackQueue {
  /** As in the functions' environment: `gradients` of GRADIENTS_QUEUE. */
  name: string;
  /** None of notices, which wait in their table. */
  url?: string;
  deadLettersUrl: string;
}

/** Given-up deliveries of notices: no queue leads to them, and they are sent back into the table. */
const NOTICES = "notices";

/** A dead letter is hidden for so long while it is told, or sent back. */
const TELL_SECONDS = 1;
const SEND_SECONDS = 60;

/** The queues that the environment names, with their dead-letter queues. */
export function findQueues(environment: NodeJS.ProcessEnv): StackQueue[] {
  return Object.entries(environment).flatMap(([variable, deadLettersUrl]) => {
    const [, name] = variable.match(/^(\w+)_DEAD_LETTERS$/) ?? [];
    if (!name || !deadLettersUrl) return [];
    return { name: name.toLowerCase(), url: environment[`${name}_QUEUE`], deadLettersUrl };
  });
}

/**
 * What a message is, without its values and without a userId; undefined for one that its consumer could not
 * read either.
 */
function describe(queue: string, body: string): string | undefined {
  if (queue === "gradients") {
    const [read] = readGradientMessages([body]);
    return read ? `gradient ${read.gradient.id} of ${read.community}` : undefined;
  }
  if (queue === "ratings") {
    const read = readRatingsMessage(body);
    return read ? `${read.ratings.length} rating(s) of ${read.community}` : undefined;
  }
  if (queue === NOTICES) {
    const read = readDeadNotice(body);
    return read && `${read.delivery} of ${read.community}`;
  }
  const [community] = readSignals([body]);
  return community === null ? undefined : `${community} is to be looked at`;
}

async function receive(url: string, hideSeconds: number): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: 10,
    VisibilityTimeout: hideSeconds,
    WaitTimeSeconds: TELL_SECONDS + 1, // those that are being told come back
    MessageSystemAttributeNames: ["SentTimestamp"],
  });
  return (await sqs.send(command)).Messages ?? [];
}

/** Some of the dead letters of a queue, which stay there; SQS tells ten at a time. */
export async function readDeadLetters({ name, deadLettersUrl }: StackQueue): Promise<string[]> {
  const messages = await receive(deadLettersUrl, TELL_SECONDS);
  return messages.map(({ Body = "", Attributes }) => {
    const sentAt = new Date(Number(Attributes?.SentTimestamp)).toISOString();
    return `${sentAt} ${describe(name, Body) ?? `unreadable, ${Body.length} characters`}`;
  });
}

/**
 * Sends `count` dead letters back. A message goes to its queue before it leaves the dead letters, so a crash
 * between leaves it in both; what is delivered twice counts once. What cannot be read stays.
 */
export async function redrive(queue: StackQueue, count: number): Promise<{ sent: number; left: number }> {
  const { name, url, deadLettersUrl } = queue;
  const counts = { sent: 0, left: 0 };
  while (counts.sent + counts.left < count) {
    const messages = await receive(deadLettersUrl, SEND_SECONDS);
    if (messages.length === 0) break;
    for (const { Body, ReceiptHandle } of messages) {
      if (describe(name, Body!) === undefined) {
        counts.left += 1;
        continue;
      }
      if (name === NOTICES) await wakeDelivery(readDeadNotice(Body!)!);
      else await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: Body }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: deadLettersUrl, ReceiptHandle }));
      counts.sent += 1;
    }
  }
  return counts;
}
