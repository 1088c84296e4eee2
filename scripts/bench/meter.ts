/** Counts what the handlers ask of DynamoDB, SQS and S3, in the middleware of their clients, step by step. */
import { dynamodb, s3, sqs } from "../../src/infra/aws.ts";
import { S3Client } from "../../src/infra/s3.ts";
import { SQS_REQUEST_BYTES } from "./prices.ts";

export interface Usage {
  /** CPU milliseconds of each invocation. */
  cpuMs: number[];
  dynamodbRequests: number;
  readUnits: number;
  writeUnits: number;
  /** As SQS bills them: a request of more than 64 KB is several. */
  sqsRequests: number;
  /** Puts and lists. */
  s3Writes: number;
  s3Reads: number;
  /** Of the largest write or transaction. */
  writeUnitsMost: number;
  /** Log lines and metrics of the handlers. */
  logBytes: number;
  /** Requests to DynamoDB and SQS, and to S3. */
  roundTrips: number;
  s3RoundTrips: number;
  /** For another system's answer. */
  waitedMs: number;
}

/** What Lambda puts around a JSON log line: time, level, request id. */
const LOG_LINE_FRAME_BYTES = 120;

interface Capacity {
  CapacityUnits?: number;
}

export const nothingUsed = (): Usage => ({
  cpuMs: [],
  dynamodbRequests: 0,
  readUnits: 0,
  writeUnits: 0,
  sqsRequests: 0,
  s3Writes: 0,
  s3Reads: 0,
  writeUnitsMost: 0,
  logBytes: 0,
  roundTrips: 0,
  s3RoundTrips: 0,
  waitedMs: 0,
});

/** Adds what one step has used to another's. */
export function addUsage(to: Usage, from: Usage): void {
  const { cpuMs, writeUnitsMost, ...counts } = from;
  to.cpuMs.push(...cpuMs);
  to.writeUnitsMost = Math.max(to.writeUnitsMost, writeUnitsMost);
  for (const name of Object.keys(counts) as (keyof typeof counts)[]) to[name] += counts[name];
}

const READS = new Set(["GetItemCommand", "BatchGetItemCommand", "QueryCommand"]);

function unitsOf(consumed: Capacity | Capacity[] | undefined): number {
  return [consumed ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

/** What SQS bills for a request with these bodies. */
export function sqsRequestsOf(bodies: readonly (string | undefined)[]): number {
  const bytes = bodies.reduce((sum, body = "") => sum + Buffer.byteLength(body), 0);
  return Math.max(1, Math.ceil(bytes / SQS_REQUEST_BYTES));
}

function bodiesOf(input: object): (string | undefined)[] {
  const { MessageBody, Entries } = input as { MessageBody?: string; Entries?: { MessageBody?: string }[] };
  return Entries ? Entries.map((entry) => entry.MessageBody) : [MessageBody];
}

/** Has what the handlers write to the log counted in its place; the function returned puts all back. */
function watchLog(onLine: (text: string) => void): () => void {
  const { info, error } = console;
  const { write } = process.stdout;
  const { AWS_LAMBDA_LOG_LEVEL, METRICS_NAMESPACE } = process.env;
  Object.assign(process.env, { AWS_LAMBDA_LOG_LEVEL: "INFO", METRICS_NAMESPACE: "tertulia-bench" });
  console.info = (fields: unknown) => onLine(JSON.stringify(fields) + " ".repeat(LOG_LINE_FRAME_BYTES));
  process.stdout.write = (text: string | Uint8Array) => {
    onLine(String(text));
    return true;
  };
  return () => {
    Object.assign(console, { info, error });
    process.stdout.write = write;
    Object.assign(process.env, { AWS_LAMBDA_LOG_LEVEL, METRICS_NAMESPACE });
  };
}

/** Of metric lines, which the handlers write to the standard output. */
const metricNames = new Set<string>();

function noteMetrics(text: string): void {
  if (!text.startsWith('{"_aws"')) return;
  for (const { Name } of JSON.parse(text)._aws.CloudWatchMetrics[0].Metrics) metricNames.add(Name);
}

/** The metrics that any invocation has written so far. */
export const metricsWritten = (): ReadonlySet<string> => metricNames;

/** Starts counting; the function returned runs one invocation and adds what it used to `usage`. */
export function startMeter(): (usage: Usage, invocation: () => Promise<unknown>) => Promise<void> {
  let current = nothingUsed();
  dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      const step = current;
      step.dynamodbRequests++;
      step.roundTrips++;
      const isRead = READS.has(context.commandName ?? "");
      try {
        const input = { ...args.input, ReturnConsumedCapacity: "TOTAL" as const };
        const result = await next({ ...args, input });
        const units = unitsOf(
          (result.output as { ConsumedCapacity?: Capacity | Capacity[] }).ConsumedCapacity,
        );
        if (isRead) step.readUnits += units;
        else step.writeUnits += units;
        if (!isRead) step.writeUnitsMost = Math.max(step.writeUnitsMost, units);
        return result;
      } catch (error) {
        if (!isRead) step.writeUnits++; // a failed condition is billed as a write; ours are on items below 1 KB
        throw error;
      }
    },
    { step: "initialize", name: "benchMeter" },
  );
  sqs.middlewareStack.add(
    (next) => async (args) => {
      current.sqsRequests += sqsRequestsOf(bodiesOf(args.input));
      current.roundTrips++;
      return next(args);
    },
    { step: "initialize", name: "benchMeter" },
  );
  const attempt = s3.attempt.bind(s3);
  s3.attempt = (request) => {
    const isList = request.method === "GET" && request.key === "";
    if (request.method === "PUT" || isList) current.s3Writes++;
    else if (request.method === "GET") current.s3Reads++;
    current.s3RoundTrips++; // a DELETE costs nothing but its time
    return attempt(request);
  };
  return async (usage, invocation) => {
    const outer = current;
    current = usage;
    const unwatch = watchLog((text) => {
      current.logBytes += Buffer.byteLength(text);
      noteMetrics(text);
    });
    const cpu = process.threadCpuUsage(); // of the handlers' thread; the queue server has another in this process
    try {
      await invocation();
    } finally {
      unwatch();
    }
    const { user, system } = process.threadCpuUsage(cpu);
    usage.cpuMs.push((user + system) / 1000);
    current = outer; // that of whoever waits for it, or of the bench itself
  };
}

export function stopMeter(): void {
  dynamodb.middlewareStack.remove("benchMeter");
  sqs.middlewareStack.remove("benchMeter");
  s3.attempt = S3Client.prototype.attempt;
}
