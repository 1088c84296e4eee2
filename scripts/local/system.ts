/**
 * The whole of serverless.yml on one machine: its tables, queues, routes and mappings around the real handlers.
 *
 * One system at a time in a process: process.env and handler modules belong to the process. A second start after a stop
 * finds the same ports and names, so clients that handler modules keep go on working; state those modules cache
 * is the first system's, as in a warm Lambda whose tables were replaced. Jest gives each test file fresh modules.
 */
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { openCheckpoints } from "./checkpoints.ts";
import { createTables, startDynamoDb } from "./dynamodb.ts";
import type { EventSource } from "./event-source.ts";
import { driveQueue } from "./event-source-sqs.ts";
import { driveStream } from "./event-source-stream.ts";
import { type Activity, type LocalFunction, localFunction } from "./functions.ts";
import { startGateway, type Target } from "./gateway.ts";
import { createQueues, startQueues } from "./queues.ts";
import { type Resources, resolveIntrinsic } from "./resources.ts";
import { type Route, route } from "./routes.ts";
import { readTemplate, type Template } from "./template.ts";
import { openTokens } from "./tokens.ts";
import type { Json } from "./variables.ts";

export interface LocalSystemOptions {
  /** 0, the default, takes any free one. */
  port?: number;
  /** Keeps tables, queues, stream positions and the token key; without it all is in memory. */
  dataDir?: string;
  /** Win over the parameters of serverless.yml. */
  params?: Record<string, string | number>;
  /** Default: this repository's serverless.yml. Handlers are looked for beside it. */
  template?: string;
  log?: (line: string) => void;
}

export interface LocalSystem {
  url: string;
  /** The functions' environment: with it, other code reaches the same tables and queues. */
  environment: Record<string, string>;
  token(sub: string, scope?: string): Promise<string>;
  /** Resolves when no mapped queue has a message visible or in flight (delayed ones apart) and each stream is read. */
  drain(): Promise<void>;
  /** Accepts no request, finishes what was taken from queues and streams, ends the children. */
  stop(): Promise<void>;
}

const repositoryTemplate = join(dirname(fileURLToPath(import.meta.url)), "../../serverless.yml");

export async function startLocalSystem(options: LocalSystemOptions = {}): Promise<LocalSystem> {
  const { dataDir, log = () => {} } = options;
  const file = resolve(options.template ?? repositoryTemplate);
  const template = readTemplate(file, { params: options.params });
  const { region } = template.provider;
  if (dataDir) mkdirSync(dataDir, { recursive: true });

  await using starting = new AsyncDisposableStack(); // undone in reverse, should a step fail
  const database = await startDynamoDb(dataDir);
  starting.defer(() => database.stop());
  const queues = await startQueues(region, dataDir);
  starting.defer(() => queues.stop());

  const environment: Record<string, string> = {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: database.url,
    AWS_ENDPOINT_URL_SQS: queues.url,
  };
  Object.assign(process.env, environment);
  const sqsClient = new SQSClient({ md5: false });
  const streamsClient = new DynamoDBStreamsClient({ endpoint: database.url });
  starting.defer(() => sqsClient.destroy());
  starting.defer(() => streamsClient.destroy());

  const resources: Resources = new Map();
  await Promise.all([
    createTables(template, database.url, resources),
    createQueues(template, sqsClient, queues.url, resources),
  ]);
  for (const [name, value] of Object.entries(template.provider.environment)) {
    environment[name] = resolveIntrinsic(value, resources);
  }
  Object.assign(process.env, environment);

  const activity: Activity = { started: 0, running: 0 };
  const functions = new Map<string, LocalFunction>();
  for (const name of Object.keys(template.functions)) {
    functions.set(name, localFunction(name, { template, root: dirname(file), activity, log }));
  }
  const sources = driveMappings({ template, functions, resources, sqsClient, streamsClient, dataDir, log });
  starting.defer(async () => void (await Promise.all(sources.map((source) => source.stop()))));

  const tokens = await openTokens(dataDir);
  const issuer = Object.values(template.provider.httpApi.authorizers)[0];
  const gateway = await startGateway({
    port: options.port ?? 0,
    routes: routesOf(template, functions),
    tokens,
    issuer,
    log,
  });
  starting.defer(() => gateway.stop());

  const running = starting.move();
  return {
    url: gateway.url,
    environment,
    token: (sub, scope) => tokens.sign({ sub, scope }, issuer),
    drain: () => drain(sources, activity),
    stop: () => running.disposeAsync(),
  };
}

function routesOf(template: Template, functions: Map<string, LocalFunction>): Route<Target>[] {
  const routes: Route<Target>[] = [];
  for (const [name, { events }] of Object.entries(template.functions)) {
    for (const { httpApi } of events) {
      if (!httpApi) continue;
      const authorizer = httpApi.authorizer
        ? template.provider.httpApi.authorizers[httpApi.authorizer]
        : undefined;
      if (httpApi.authorizer && !authorizer) {
        throw new Error(`serverless.yml: ${name}: there is no authorizer ${httpApi.authorizer}`);
      }
      routes.push(route(httpApi.method, httpApi.path, { fn: functions.get(name)!, authorizer }));
    }
  }
  return routes;
}

function driveMappings(parts: {
  template: Template;
  functions: Map<string, LocalFunction>;
  resources: Resources;
  sqsClient: SQSClient;
  streamsClient: DynamoDBStreamsClient;
  dataDir?: string;
  log: (line: string) => void;
}): EventSource[] {
  const { template, functions, resources, sqsClient, streamsClient, log } = parts;
  const { region } = template.provider;
  const checkpoints = openCheckpoints(parts.dataDir);
  const urlOf = (arn: string) =>
    [...resources.values()].find(({ attributes }) => attributes.Arn === arn)?.attributes.QueueUrl;
  const sources: EventSource[] = [];
  for (const [name, { events }] of Object.entries(template.functions)) {
    const fn = functions.get(name)!;
    for (const { sqs, stream } of events) {
      if (sqs) {
        const queueArn = resolveIntrinsic(sqs.arn, resources);
        const queueUrl = urlOf(queueArn)!;
        sources.push(driveQueue({ properties: sqs, queueUrl, queueArn, region, client: sqsClient, fn, log }));
      }
      if (stream) {
        const failureUrl =
          stream.destinations &&
          urlOf(resolveIntrinsic(stream.destinations.onFailure.arn as Json, resources));
        const sendFailure = async (document: object) => {
          await sqsClient.send(
            new SendMessageCommand({ QueueUrl: failureUrl, MessageBody: JSON.stringify(document) }),
          );
        };
        sources.push(
          driveStream({
            properties: stream,
            streamArn: resolveIntrinsic(stream.arn, resources),
            region,
            client: streamsClient,
            fn,
            checkpoints,
            sendFailure: failureUrl ? sendFailure : undefined,
            log,
          }),
        );
      }
    }
  }
  return sources;
}

/** One source may feed another, so all must be idle with no invocation begun in between. */
async function drain(sources: EventSource[], activity: Activity): Promise<void> {
  for (;;) {
    const { started } = activity;
    const idle = await Promise.all(sources.map((source) => source.isIdle()));
    if (idle.every(Boolean) && activity.running === 0 && activity.started === started) return;
    await new Promise((again) => setTimeout(again, 20));
  }
}
