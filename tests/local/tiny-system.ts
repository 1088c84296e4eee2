/** Starts the small system of tests/fixtures/local, with clients to look into its tables and queues. */
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { type Message, ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type LocalSystem, type LocalSystemOptions, startLocalSystem } from "../../scripts/local/system.ts";

export const tinyTemplate = new URL("../fixtures/local/serverless.yml", import.meta.url).pathname;

export interface TinySystem extends LocalSystem {
  lines: string[];
  put(...ids: string[]): Promise<void>;
  send(...bodies: string[]): Promise<void>;
  /** Up to ten messages of a queue, which stay invisible for the rest of the test. */
  receive(queue: "WORK_QUEUE" | "DEAD_WORK_QUEUE" | "DEAD_CHANGES_QUEUE"): Promise<Message[]>;
}

export async function startTinySystem(options: LocalSystemOptions = {}): Promise<TinySystem> {
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const system = await startLocalSystem({ template: tinyTemplate, log, ...options });
  const { environment } = system;
  const dynamodb = new DynamoDBClient({});
  const sqs = new SQSClient({});

  return {
    ...system,
    lines,
    async put(...ids) {
      for (const id of ids) {
        const Item = { id: { S: id }, bytes: { B: new Uint8Array([1, 2]) } };
        await dynamodb.send(new PutItemCommand({ TableName: environment.THINGS_TABLE, Item }));
      }
    },
    async send(...bodies) {
      for (let start = 0; start < bodies.length; start += 10) {
        const Entries = bodies.slice(start, start + 10).map((MessageBody, index) => ({
          Id: String(index),
          MessageBody,
        }));
        await sqs.send(new SendMessageBatchCommand({ QueueUrl: environment.WORK_QUEUE, Entries }));
      }
    },
    async receive(queue) {
      const QueueUrl = environment[queue];
      const { Messages } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
      );
      return Messages ?? [];
    },
    async stop() {
      dynamodb.destroy();
      sqs.destroy();
      await system.stop();
    },
  };
}
