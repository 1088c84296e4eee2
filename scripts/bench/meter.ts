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
  s3Writes: number;
  s3Reads: number;
  /** Requests to any of them. */
  roundTrips: number;
}

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
  roundTrips: 0,
});

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
    if (request.method === "PUT") current.s3Writes++;
    if (request.method === "GET") current.s3Reads++;
    current.roundTrips++; // a DELETE costs nothing but its time
    return attempt(request);
  };
  return async (usage, invocation) => {
    current = usage;
    const cpu = process.threadCpuUsage(); // of the handlers' thread; the queue server has another in this process
    await invocation();
    const { user, system } = process.threadCpuUsage(cpu);
    usage.cpuMs.push((user + system) / 1000);
    current = nothingUsed(); // what the bench itself asks for
  };
}

export function stopMeter(): void {
  dynamodb.middlewareStack.remove("benchMeter");
  sqs.middlewareStack.remove("benchMeter");
  s3.attempt = S3Client.prototype.attempt;
}
