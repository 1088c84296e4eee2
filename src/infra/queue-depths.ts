/** How many messages the queues hold, of all communities together. SQS tells it to about a minute. */
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { names, sqs } from "./aws.ts";

export interface QueueDepth {
  queue: "gradients" | "ratings" | "signals" | "notices";
  deadLetters: number;
  /** Notices wait in their table. */
  waiting?: number;
  inFlight?: number;
  delayed?: number;
}

const COUNTS = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

async function countsOf(QueueUrl: string): Promise<number[]> {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] });
  const { Attributes = {} } = await sqs.send(command);
  return COUNTS.map((name) => Number(Attributes[name] ?? 0));
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count);

export async function readQueueDepths(): Promise<QueueDepth[]> {
  const queues = [
    { queue: "gradients", url: names.gradientsQueue, deadLetters: names.gradientsDeadLetters },
    { queue: "ratings", url: names.ratingsQueue, deadLetters: names.ratingsDeadLetters },
    { queue: "signals", url: names.signalsQueue, deadLetters: names.signalsDeadLetters },
  ] as const;
  const depths = queues.map(async ({ queue, url, deadLetters }) => {
    const [[waiting, inFlight, delayed], dead] = await Promise.all([countsOf(url), countsOf(deadLetters)]);
    return { queue, waiting, inFlight, delayed, deadLetters: sumOf(dead) };
  });
  const notices = countsOf(names.noticesDeadLetters).then((dead) => {
    return { queue: "notices" as const, deadLetters: sumOf(dead) };
  });
  return Promise.all([...depths, notices]);
}
