/**
 * The local system with a stored community, in a process of its own, so that its memory and time are told
 * apart from those of whoever calls it. Run by fork with --expose-gc; it answers each message of its parent
 * with one.
 */
import { DEFAULT_SETTINGS } from "../../../src/domain/community/settings.ts";
import { makePeople, userOf } from "../../bench/month/people.ts";
import { awsWire } from "../../local/services/aws-wire.ts";
import { type LocalSystem, startLocalSystem } from "../../local/system.ts";

export type Order =
  | { do: "start"; community: string; members: number; dataDir: string; seed: number }
  | { do: "token"; sub: string; scope?: string }
  | { do: "measure" }
  | { do: "stop" };

export interface Measure {
  /** Of the thread that runs the handlers, after a collection. */
  heapMb: number;
  /** Of the whole process: queues and objects are served by it too. */
  residentMb: number;
  /** Messages that wait or are in work, in all queues but the dead-letter queues. */
  queued: number;
  dead: number;
}

const MB = 1e6;
const QUEUES = ["GRADIENTS_QUEUE", "RATINGS_QUEUE", "SIGNALS_QUEUE"];
const COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];

let system: LocalSystem;

async function start({ community, members, dataDir, seed }: Order & { do: "start" }) {
  system = await startLocalSystem({ dataDir, log: (line) => console.error(line) });
  await makePeople(community, members, DEFAULT_SETTINGS, seed);
  const tokens: string[] = [];
  for (let row = 0; row < members; row++) tokens.push(await system.token(userOf(row)));
  return { url: system.url, tokens };
}

async function messagesIn(queueUrls: readonly string[]): Promise<number> {
  const { environment } = system;
  const wire = awsWire(environment.AWS_ENDPOINT_URL_SQS, environment.AWS_REGION);
  let messages = 0;
  for (const QueueUrl of queueUrls) {
    const input = { QueueUrl, AttributeNames: COUNTS };
    type Output = { Attributes: Record<string, string> };
    const { Attributes } = await wire.call<Output>("AmazonSQS", "GetQueueAttributes", input);
    for (const name of COUNTS) messages += Number(Attributes[name]);
  }
  wire.close();
  return messages;
}

async function deadLetterQueues(): Promise<string[]> {
  const { environment } = system;
  const wire = awsWire(environment.AWS_ENDPOINT_URL_SQS, environment.AWS_REGION);
  const { QueueUrls } = await wire.call<{ QueueUrls: string[] }>("AmazonSQS", "ListQueues", {});
  wire.close();
  return QueueUrls.filter((url) => /DeadLetter/.test(url));
}

async function measure(): Promise<Measure> {
  globalThis.gc!();
  const { heapUsed, external, rss } = process.memoryUsage();
  const queued = await messagesIn(QUEUES.map((name) => system.environment[name]));
  const dead = await messagesIn(await deadLetterQueues());
  return { heapMb: (heapUsed + external) / MB, residentMb: rss / MB, queued, dead };
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case "start":
      return start(order);
    case "token":
      return system.token(order.sub, order.scope);
    case "measure":
      return measure();
    case "stop":
      await system.stop();
      return null;
  }
}

process.on("message", async (order: Order) => {
  process.send!({ answer: await obey(order) });
  if (order.do === "stop") process.exit(0);
});
