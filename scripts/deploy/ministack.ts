// MiniStack, the emulated AWS account: CloudFormation, Lambda on the local Node, API Gateway, SQS, DynamoDB, IAM.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { start, stop } from "../child-process.ts";

export const REGION = "eu-central-1";
const EMULATOR = join(import.meta.dirname, "emulator.py");
const READY_WITHIN_MS = 60_000;
const SERVICES = [
  "s3",
  "cloudformation",
  "iam",
  "sts",
  "logs",
  "lambda",
  "apigateway",
  "sqs",
  "dynamodb",
  "dynamodbstreams",
  "scheduler",
  "events",
  "secretsmanager",
  "cloudwatch",
  "sns",
  "ecr", // `serverless remove` asks it for images
];

/** What MiniStack 1.5.33 leaves out of what serverless.yml asks for (read in its source, ministack/services). */
export const NOT_EMULATED = [
  "SQS mappings ignore the batch window and take 10 messages a batch at most",
  "stream mappings ignore partial batch responses, bisecting, the retry limit and the failure queue",
  "schedules do not ask the role that they are given",
  "tracing, encryption, point-in-time recovery and time to live are accepted and do nothing",
];

export type MiniStack = {
  endpoint: string;
  env: NodeJS.ProcessEnv;
  /** The functions of a stage that have run, without the prefix of their stack. */
  invokedFunctions(stage: string): string[];
  stop(): Promise<void>;
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The caller's environment with nothing of a real AWS account in it: neither credentials nor endpoints. */
function withoutAws(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_")));
}

export async function startMiniStack(python: string): Promise<MiniStack> {
  const port = await freePort();
  const scratch = await mkdtemp(join(tmpdir(), "tertulia-ministack-"));
  const endpoint = `http://127.0.0.1:${port}`;
  const env = {
    ...withoutAws(),
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`, // Lambdas run on the first `node` there
    NO_PROXY: "127.0.0.1",
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL: endpoint, // an address and not a name, so that S3 puts the bucket into the path
  };
  const { child, output } = start(python, [EMULATOR], {
    ...env,
    AUTH: "true", // each call is held against the caller's IAM policies
    BIND_HOST: "127.0.0.1",
    GATEWAY_PORT: String(port),
    MINISTACK_REGION: REGION,
    LAMBDA_EXECUTOR: "local",
    SERVICES: SERVICES.join(","),
    TMPDIR: scratch, // where it unpacks functions, and leaves them
    IOT_MTLS_ENABLED: "0",
    SFTP_ENABLED: "0",
  });
  const end = async () => {
    await stop(child);
    await rm(scratch, { recursive: true, force: true });
  };
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await isReady(endpoint))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await end();
      throw new Error(`MiniStack did not start:\n${output()}`);
    }
    await sleep(200);
  }
  const invokedFunctions = (stage: string) => [
    ...new Set(
      Array.from(output().matchAll(new RegExp(`spawned for \\S+-${stage}-(\\S+)`, "g")), ([, name]) => name),
    ),
  ];
  return { endpoint, env, invokedFunctions, stop: end };
}

async function isReady(endpoint: string): Promise<boolean> {
  const response = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
  return response?.ok ?? false;
}
