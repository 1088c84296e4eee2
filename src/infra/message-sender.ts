/** Sends messages to a queue: one request for those that are sent at the same time. */
import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { MESSAGE_BYTES_MAX } from "../domain/limits.ts";
import { sqs } from "./aws.ts";
import { coalesce } from "./coalesce.ts";

/** SendMessageBatch takes 10 messages, 1 MiB together; a body of more than a tenth travels alone. */
const MESSAGES_PER_REQUEST_MAX = 10;

async function sendBodies(queueUrl: string, bodies: string[]): Promise<(undefined | Error)[]> {
  const total = bodies.reduce((bytes, body) => bytes + body.length, 0);
  if (bodies.length > 1 && total > MESSAGE_BYTES_MAX) {
    return (await Promise.all(bodies.map((body) => sendBodies(queueUrl, [body])))).flat();
  }
  const Entries = bodies.map((MessageBody, at) => ({ Id: String(at), MessageBody }));
  const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  const outcomes: (undefined | Error)[] = bodies.map(() => undefined);
  for (const failure of answer.Failed ?? []) {
    outcomes[Number(failure.Id)] = new Error(
      `SQS refused a message: ${failure.Code} ${failure.Message ?? ""}`,
    );
  }
  return outcomes;
}

/** A function that sends one body. `queueUrl` is asked for with each request. */
export function messageSender(queueUrl: () => string): (body: string) => Promise<undefined> {
  return coalesce(MESSAGES_PER_REQUEST_MAX, (bodies: string[]) => sendBodies(queueUrl(), bodies));
}
