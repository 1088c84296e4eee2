/**
 * The AWS clients and the names of what they talk to. One client a process, made on import, so that a Lambda's connections
 * outlive its invocations. Tests put faults into these clients' middleware stacks.
 */
import { DynamoDBClient, TransactionConflictException } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import { AwsJson1_0Protocol, JsonCodec2 } from "@aws-sdk/core/protocols";
import { S3Client } from "./s3.ts";

/** For its logger, which is silent, the SDK copies each input and output: 0.16 of the 1.2 ms of CPU of a query of 17 items. */
function withoutLogger<Client extends DynamoDBClient | SQSClient | EventBridgeClient>(
  client: Client,
): Client {
  client.middlewareStack.remove("loggerMiddleware");
  return client;
}

/**
 * A plain write that meets somebody's transaction on its item is refused, and the SDK takes that for final; marked so, it tries
 * again as after a throttle. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
function retryingConflicts(client: DynamoDBClient): DynamoDBClient {
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof TransactionConflictException) Object.assign(error, { $retryable: {} });
        throw error;
      }
    },
    { step: "deserialize", name: "retryingConflicts", priority: "high" },
  );
  return client;
}

/** Attempts at a request: with pauses of up to 0.1, 0.2, .. s they outlast a transaction. */
const ATTEMPTS_MAX = 5;

export const dynamodb = /* @__PURE__ */ retryingConflicts(
  /* @__PURE__ */ withoutLogger(/* @__PURE__ */ new DynamoDBClient({ maxAttempts: ATTEMPTS_MAX })),
);
export const eventBridge = /* @__PURE__ */ withoutLogger(/* @__PURE__ */ new EventBridgeClient());
export const s3 = /* @__PURE__ */ new S3Client();

/**
 * The SDK's own serializer writes a string byte by byte in JavaScript. What we send to SQS is plain JSON already, so that
 * JSON.stringify makes the same bytes: 1.6 instead of 2.3 ms of CPU to send 10 gradients of 6 KB.
 */
class StringifyCodec extends JsonCodec2 {
  override createSerializer() {
    let body = new Uint8Array(0);
    return {
      setSerdeContext() {},
      write(_schema: unknown, value: unknown) {
        body = new TextEncoder().encode(JSON.stringify(value));
      },
      flush: () => body,
    };
  }
}

class StringifyProtocol extends AwsJson1_0Protocol {
  constructor(settings: ConstructorParameters<typeof AwsJson1_0Protocol>[0]) {
    const timestampFormat = { useTrait: true, default: 7 } as const;
    super({ ...settings, jsonCodec: new StringifyCodec({ timestampFormat, jsonName: false }) });
  }
}

/** Checksums of message bodies guard nothing that TLS does not. */
export const sqs = /* @__PURE__ */ withoutLogger(
  /* @__PURE__ */ new SQSClient({ md5: false, protocol: StringifyProtocol }),
);

export function environment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`the environment variable ${name} is not set`);
  return value;
}

type Name =
  | "modelTable"
  | "commitsTable"
  | "membersTable"
  | "itemsTable"
  | "catalogueTable"
  | "roundsTable"
  | "ratingsTable"
  | "sumsTable"
  | "noticesTable"
  | "noticesBus"
  | "noticesDeadLetters"
  | "objectsBucket"
  | "gradientsQueue"
  | "ratingsQueue"
  | "signalsQueue"
  | "gradientsDeadLetters"
  | "ratingsDeadLetters"
  | "signalsDeadLetters"
  /** Who has it in a token's scope is an operator. An identity provider may prefix it, as Cognito does: `server/operator`. */
  | "operatorScope"
  | "helperKey";

/**
 * Names of tables, bucket and queues, and the operators' scope, from the environment that serverless.yml
 * gives each function: `modelTable` is MODEL_TABLE. As a getter each they were 1 KB of every function.
 */
export const names = /* @__PURE__ */ new Proxy({} as Readonly<Record<Name, string>>, {
  get: (_, name) => environment(String(name).replace(/[A-Z]/g, "_$&").toUpperCase()),
});

/** Whether webhooks may be on the machine itself, by http: on a developer's. */
export const allowsLoopback = (): boolean => process.env.WEBHOOK_LOOPBACK === "true";

/** Of the helper of secure sums; empty where there is none. */
export const helperUrl = (): string => (process.env.HELPER_URL ?? "").replace(/\/$/, "");
