/**
 * Lambda instances in one process: each has its own copies of the modules under src, so its own caches,
 * clients and clock, as separate instances on AWS have; they share the stores alone.
 */
import { registerHooks } from "node:module";
import type {
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type {
  ChangeMessageVisibilityBatchCommandInput,
  SendMessageBatchCommandInput,
  SendMessageCommandInput,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { APIGatewayProxyStructuredResultV2, Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { HttpEvent } from "../../src/handlers/http/http.ts";
import type { S3Answer, S3Client } from "../../src/infra/s3.ts";
import { serveS3 } from "./bucket.ts";
import { networkError } from "./faults.ts";
import { Invocation } from "./invocation.ts";

type Consumer = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;
export type Endpoint = (event: HttpEvent, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

export const ENDPOINTS = [
  "submit-gradient",
  "submit-report",
  "get-gradient",
  "get-model",
  "get-community",
  "get-history",
  "join-community",
  "leave-community",
  "put-block",
  "delete-block",
  "versions",
] as const;
export type EndpointName = (typeof ENDPOINTS)[number];

/** What is woken by a schedule or a signal, and answers nobody. */
export const WORKERS = ["commit-sums", "sweep-objects"] as const;
export type WorkerName = (typeof WORKERS)[number];
type Worker = (event: object, context: Context) => Promise<unknown>;

export interface Instance {
  consume: Consumer;
  workers: Record<WorkerName, Worker>;
  endpoints: Record<EndpointName, Endpoint>;
  members: typeof import("../../src/infra/member-store.ts");
  people: typeof import("../../src/infra/person-store.ts");
  formers: typeof import("../../src/infra/former-store.ts");
}

/** Of the helper of secure sums, which is another stack. */
const HELPER_ENDPOINTS = ["get-hpke", "member-keys", "sum-masks"] as const;
export type HelperEndpointName = (typeof HELPER_ENDPOINTS)[number];

export interface HelperInstance {
  endpoints: Record<HelperEndpointName, Endpoint>;
  rotateKeys: Worker;
}

const sources = new URL("../../src/", import.meta.url).href;
const helperSources = new URL("../../helper/src/", import.meta.url).href;
const limits = `${sources}domain/limits.ts?instance=`;

/**
 * In a simulated community three rows fill a matrix block and thirty ids a sum, so that a seed meets the ends
 * of both.
 */
const SMALL_LIMITS = [
  ["const BLOCK_BYTES_AIM = 1 * MIB;", "const BLOCK_BYTES_AIM = 128;"],
  ["export const GRADIENTS_PER_SUM_MAX = 10_000;", "export const GRADIENTS_PER_SUM_MAX = 30;"],
];

function withSmallLimits(source: string): string {
  return SMALL_LIMITS.reduce((text, [large, small]) => {
    if (!text.includes(large)) throw new Error(`limits.ts does not say ${large}`);
    return text.replace(large, small);
  }, source);
}

/** A module of ours that is imported by one of an instance belongs to that instance. */
function separateInstances(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const instance = context.parentURL && new URL(context.parentURL).searchParams.get("instance");
      const isOurs = [sources, helperSources].some((directory) => resolved.url.startsWith(directory));
      if (!instance || !isOurs) return resolved;
      return { ...resolved, url: `${resolved.url}?instance=${instance}` };
    },
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.startsWith(limits)) return loaded;
      return { ...loaded, source: withSmallLimits(String(loaded.source)) };
    },
  });
}

type Sends = Parameters<Parameters<DynamoDBClient["middlewareStack"]["add"]>[0]>[0];

/** A BatchGetItem is no snapshot: members are read, others act, and the heads are read. */
async function readTorn(invocation: Invocation, next: Sends, args: Parameters<Sends>[0]) {
  const input = args.input as BatchGetItemCommandInput;
  const tables = Object.keys(input.RequestItems!).sort(
    (a, b) => Number(/Model/.test(a)) - Number(/Model/.test(b)),
  );
  const answers: BatchGetItemCommandOutput[] = [];
  for (const table of tables) {
    const RequestItems = { [table]: input.RequestItems![table] };
    const proceed = () => next({ ...args, input: { ...input, RequestItems } as typeof args.input });
    const command = "BatchGetItemCommand";
    const { output } = (await invocation.park({ command, proceed })) as { output: BatchGetItemCommandOutput };
    answers.push(output);
  }
  const Responses = Object.assign({}, ...answers.map((answer) => answer.Responses));
  return { output: { ...answers[0], Responses }, response: {} };
}

/**
 * The one place where the simulation meets the system: requests of an invocation wait to be let go, and may
 * fail.
 */
function interceptDynamoDb({ middlewareStack }: DynamoDBClient): void {
  middlewareStack.add(
    (next, context) => (args) => {
      const proceed = () => next(args);
      const invocation = Invocation.current();
      if (!invocation) return proceed();
      if (invocation.isTearing && context.commandName === "BatchGetItemCommand")
        return readTorn(invocation, next as Sends, args as Parameters<Sends>[0]) as ReturnType<typeof next>;
      return invocation.park({ command: String(context.commandName), proceed }) as ReturnType<typeof next>;
    },
    { step: "initialize", name: "simulatedFaults", priority: "high" },
  );
  // Below the SDK's retries: they see the fault, the handler does not.
  middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      if (Invocation.current()?.takeLostResponse()) throw networkError();
      return answer;
    },
    { step: "finalizeRequest", name: "simulatedLostResponse", priority: "low" },
  );
}

const UNCHECKED_SIGNATURE = {
  authorization:
    "AWS4-HMAC-SHA256 Credential=local/20250101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=unchecked",
  "x-amz-date": "20250101T000000Z",
};

/** The database wants a signature and does not check it; making one takes a fifth of a seed's CPU. */
function signCheaply({ middlewareStack }: DynamoDBClient): void {
  middlewareStack.remove("httpSigningMiddleware");
  middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: object }).headers, UNCHECKED_SIGNATURE);
      return next(args);
    },
    { step: "build", name: "uncheckedSignature" },
  );
}

/** Objects stand in the simulated bucket. */
/** Requests go to the simulated bucket: those of an invocation in their turn, others at once. */
export function interceptS3(s3: S3Client): void {
  s3.send = async (request) => {
    const invocation = Invocation.current();
    if (!invocation) return serveS3(request);
    const proceed = async () => {
      if (invocation.takeLostResponse()) serveS3(request); // a retry of the client does it once more
      return serveS3(request);
    };
    return (await invocation.park({ command: `S3 ${request.method}`, proceed })) as S3Answer;
  };
}

/** Messages go to the simulated queue of the seed. */
function interceptSqs({ middlewareStack }: SQSClient): void {
  middlewareStack.add(
    (_, context) => async (args) => {
      const invocation = Invocation.current()!;
      const send = () => {
        if (context.commandName === "SendMessageCommand")
          return invocation.queue.signal(args.input as SendMessageCommandInput);
        if (context.commandName === "ChangeMessageVisibilityBatchCommand")
          return invocation.queue.bringBack(args.input as ChangeMessageVisibilityBatchCommandInput);
        return invocation.queue.send(args.input as SendMessageBatchCommandInput);
      };
      const proceed = async () => {
        // A retry of the SDK sends the same messages once more: SQS has no idempotency token.
        if (invocation.takeLostResponse()) send();
        return { output: { $metadata: {}, ...send() }, response: {} };
      };
      const answer = await invocation.park({ command: String(context.commandName), proceed });
      return answer as Awaited<ReturnType<typeof proceed>>;
    },
    { step: "initialize", name: "simulatedQueue", priority: "high" },
  );
}

/** A bus that takes everything. */
function interceptEventBridge({ middlewareStack }: EventBridgeClient): void {
  middlewareStack.add(
    (_, context) => async () => {
      const proceed = async () => ({ output: { $metadata: {}, FailedEntryCount: 0 }, response: {} });
      const answer = await Invocation.current()!.park({ command: String(context.commandName), proceed });
      return answer as Awaited<ReturnType<typeof proceed>>;
    },
    { step: "initialize", name: "simulatedBus", priority: "high" },
  );
}

let isSeparating = false;

/** A fresh instance, with nothing loaded but its clients: loads modules of src by their paths there. */
export async function loadInstance(number: number | string): Promise<(path: string) => Promise<unknown>> {
  if (!isSeparating) separateInstances();
  isSeparating = true;
  const load = (path: string) => import(`${sources}${path}?instance=${number}`);
  const { dynamodb, sqs, s3, eventBridge } = (await load("infra/aws.ts")) as {
    dynamodb: DynamoDBClient;
    sqs: SQSClient;
    s3: S3Client;
    eventBridge: EventBridgeClient;
  };
  interceptDynamoDb(dynamodb);
  signCheaply(dynamodb);
  interceptSqs(sqs);
  interceptEventBridge(eventBridge);
  interceptS3(s3);
  return load;
}

/**
 * The deployment's secret is there: an instance that reads it first would make the first seed of a process
 * another run.
 */
async function warm(load: (path: string) => Promise<unknown>): Promise<void> {
  const { keyedHash } = (await load("infra/keyed-hash.ts")) as typeof import("../../src/infra/keyed-hash.ts");
  await keyedHash("warm");
}

export async function startInstance(number: number): Promise<Instance> {
  const load = await loadInstance(number);
  const { handler: consume } = (await load("handlers/apply-gradients.ts")) as { handler: Consumer };
  const endpoints: Partial<Record<EndpointName, Endpoint>> = {};
  for (const name of ENDPOINTS) {
    endpoints[name] = ((await load(`handlers/${name}.ts`)) as { handler: Endpoint }).handler;
  }
  const workers: Partial<Record<WorkerName, Worker>> = {};
  for (const name of WORKERS) {
    workers[name] = ((await load(`handlers/${name}.ts`)) as { handler: Worker }).handler;
  }
  await warm(load);
  return {
    consume,
    workers: workers as Record<WorkerName, Worker>,
    endpoints: endpoints as Record<EndpointName, Endpoint>,
    members: (await load("infra/member-store.ts")) as Instance["members"],
    people: (await load("infra/person-store.ts")) as Instance["people"],
    formers: (await load("infra/former-store.ts")) as Instance["formers"],
  };
}

export async function startHelperInstance(number: number): Promise<HelperInstance> {
  const load = await loadInstance(`helper-${number}`);
  const read = async (name: string) =>
    (await load(`../helper/src/handlers/${name}.ts`)) as { handler: Endpoint & Worker };
  const endpoints: Partial<Record<HelperEndpointName, Endpoint>> = {};
  for (const name of HELPER_ENDPOINTS) endpoints[name] = (await read(name)).handler;
  await warm(load);
  const { handler: rotateKeys } = await read("rotate-keys");
  return { endpoints: endpoints as HelperInstance["endpoints"], rotateKeys };
}
