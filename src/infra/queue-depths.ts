/** How many messages the queues hold, of all communities together. SQS tells it to about a minute. */
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { environment, names, sqs } from "./aws.ts";

export interface QueueDepth {
  queue: "gradients" | "ratings" | "signals";
  waiting: number;
  inFlight: number;
  delayed: number;
  deadLetters: number;
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

export function readQueueDepths(): Promise<QueueDepth[]> {
  const queues = [
    { queue: "gradients", url: names.gradientsQueue, deadLetters: environment("GRADIENTS_DEAD_LETTERS") },
    { queue: "ratings", url: names.ratingsQueue, deadLetters: environment("RATINGS_DEAD_LETTERS") },
    { queue: "signals", url: names.signalsQueue, deadLetters: environment("SIGNALS_DEAD_LETTERS") },
  ] as const;
  return Promise.all(
    queues.map(async ({ queue, url, deadLetters }) => {
      const [[waiting, inFlight, delayed], dead] = await Promise.all([countsOf(url), countsOf(deadLetters)]);
      return { queue, waiting, inFlight, delayed, deadLetters: dead.reduce((sum, count) => sum + count) };
    }),
  );
}
