/** Tables, queues, buckets and buses of a template, embedded, and the environment by which src/infra reaches them. */
import { createTables, type DynamoDb, startDynamoDb } from "./services/dynamodb.ts";
import { nameBuses, type PutEvent, startEvents } from "./services/events.ts";
import { createBuckets, createQueues, type Queues, startQueues } from "./services/queues.ts";
import { type Resources, resolveIntrinsic } from "./template/resources.ts";
import type { Template } from "./template/template.ts";

export interface Stores {
  database: DynamoDb;
  queues: Queues;
  /** The last events that were put on the buses, oldest first. */
  events: readonly PutEvent[];
  resources: Resources;
  environment: Record<string, string>;
  stop(): Promise<void>;
}

export interface StoresOptions {
  /** Keeps tables, queues and objects; without it all is in memory. */
  dataDir?: string;
  log?: (line: string) => void;
}

export async function startStores(template: Template, options: StoresOptions = {}): Promise<Stores> {
  const { dataDir, log = () => {} } = options;
  const { region } = template.provider;
  await using starting = new AsyncDisposableStack(); // undone in reverse, should a step fail
  const database = await startDynamoDb({ region, dataDir, log });
  starting.defer(() => database.stop());
  const queues = await startQueues(region, dataDir);
  starting.defer(() => queues.stop());
  const { url: eventsUrl, events, stop } = await startEvents();
  starting.defer(stop);

  const environment: Record<string, string> = {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: database.url,
    AWS_ENDPOINT_URL_SQS: queues.url,
    AWS_ENDPOINT_URL_S3: queues.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: eventsUrl,
  };
  const resources: Resources = new Map();
  await Promise.all([
    createTables(template, database.wire, resources),
    createQueues(template, queues, resources),
    createBuckets(template, queues, resources),
  ]);
  nameBuses(template, resources);
  for (const [name, value] of Object.entries(template.provider.environment)) {
    environment[name] = resolveIntrinsic(value, resources);
  }
  const running = starting.move();
  return { database, queues, events, resources, environment, stop: () => running.disposeAsync() };
}
