/**
 * One community for one run of the campaign of calls: people, queues, and a way to run any handler, freely or
 * with each of its requests to AWS in the hand of the campaign.
 */
import { type DynamoDBClient, QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { SendMessageBatchCommandInput } from "@aws-sdk/client-sqs";
import type { APIGatewayProxyStructuredResultV2, Context, SQSBatchResponse } from "aws-lambda";
import { CT_BYTES, ENC_BYTES, encodeReport } from "../../../src/domain/messages/report.ts";
import { createUuidV7 } from "../../../src/domain/messages/uuid-v7.ts";
import { EXACT } from "../../../tests/e2e/caller.ts";
import { type Call, CONTEXT, type Delivered, httpEvent, sqsEvent } from "../../../tests/fixtures/events.ts";
import { serveS3 } from "../../../tests/simulation/bucket.ts";
import { clockMs } from "../../../tests/simulation/clock.ts";
import type { Fault } from "../../../tests/simulation/faults.ts";
import { loadInstance } from "../../../tests/simulation/instances.ts";
import { Invocation } from "../../../tests/simulation/invocation.ts";
import { Violation } from "../../../tests/simulation/ledger.ts";
import { SimulatedQueue } from "../../../tests/simulation/queue.ts";
import { RandomSource } from "../../../tests/simulation/random-source.ts";
import { SCHEDULED_EVENT } from "../../../tests/simulation/scene.ts";

type Handler = (event: object, context: Context) => Promise<unknown>;

const STEPS_MAX = 500;
export const C = "/communities/{community}";
export const PEOPLE = ["ana", "bo", "cy", "di"] as const;
/** Of the simulation's small limits; so few calls an hour that each is counted in the store. */
const RATES = { gradientsPerHourMax: 20, sumHoursMax: 1 };
export const SETTINGS = { ...EXACT, ...RATES, factors: 2, sumMembersMin: 2, assignmentIntervalSeconds: 0 };

/** The gradient queue, and beside it that of ratings. */
class Queues extends SimulatedQueue {
  readonly ratings: SimulatedQueue;

  constructor(random: RandomSource) {
    super(random);
    this.ratings = new SimulatedQueue(random);
  }

  override send(input: SendMessageBatchCommandInput) {
    return input.QueueUrl === process.env.RATINGS_QUEUE ? this.ratings.send(input) : super.send(input);
  }
}

export interface Requests {
  /** Commands in the order in which they were sent. */
  commands: string[];
  outcome: unknown;
  isDead: boolean;
}

let instances = 0;

/** An instance, and which of its handlers are loaded. */
export class LoadedInstance {
  private readonly load: Promise<(path: string) => Promise<unknown>>;

  constructor() {
    this.load = loadInstance(100_000 + instances++);
  }

  async handler(name: string): Promise<Handler> {
    const load = await this.load;
    return ((await load(`handlers/${name}.ts`)) as { handler: Handler }).handler;
  }
}

export interface ApiCall {
  route: string;
  user: string;
  isOperator?: boolean;
  parameters?: Record<string, string>;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: unknown;
  octets?: Uint8Array;
}

export class World {
  readonly community: string;
  readonly queues: Queues;
  /** By name. */
  readonly memberIds = new Map<string, string>();
  hasImports = false;
  private readonly random: RandomSource;
  private readonly warm: LoadedInstance;

  constructor(number: number, warm: LoadedInstance) {
    this.community = `calls-${String(number).padStart(6, "0")}`;
    this.random = new RandomSource(1);
    this.queues = new Queues(this.random);
    this.warm = warm;
  }

  userId(name: string): string {
    return `${name}.${this.community}`;
  }

  newId(): string {
    return createUuidV7(clockMs(), this.random.next);
  }

  apiEvent({ user, parameters, ...call }: ApiCall): object {
    const all = { community: this.community, ...parameters };
    return httpEvent({ ...call, userId: this.userId(user), parameters: all } as Call);
  }

  /** Runs a handler with nothing held back. */
  async free(name: string, event: object, instance = this.warm): Promise<unknown> {
    const handler = await instance.handler(name);
    return new Invocation(name, this.queues, null).runFreely(() => handler(event, CONTEXT));
  }

  /** Calls an endpoint, which must succeed; answers its body. */
  async call<Body = Record<string, unknown>>(name: string, call: ApiCall): Promise<Body> {
    const { statusCode, body } = (await this.free(
      name,
      this.apiEvent(call),
    )) as APIGatewayProxyStructuredResultV2;
    if (statusCode! >= 300) throw new Error(`${call.route} was answered ${statusCode} ${body}`);
    return (body ? JSON.parse(body) : {}) as Body;
  }

  operate<Body = Record<string, unknown>>(name: string, call: Omit<ApiCall, "user">): Promise<Body> {
    return this.call<Body>(name, { user: "olga", isOperator: true, ...call });
  }

  /** Runs a handler request by request, with a fault at one of them. */
  async stepwise(
    instance: LoadedInstance,
    name: string,
    event: object,
    fault: Fault | null,
  ): Promise<Requests> {
    const handler = await instance.handler(name);
    const invocation = new Invocation(name, this.queues, fault);
    const commands: string[] = [];
    await invocation.start(() => handler(event, CONTEXT));
    for (let steps = 0; !invocation.isOver; steps++) {
      if (steps > STEPS_MAX) throw new Violation(`${name} does not end`);
      commands.push((await invocation.step(0)).split(" ").slice(0, 2).join(" "));
    }
    return { commands, outcome: invocation.outcome, isDead: invocation.isDead };
  }

  /** A community of four members, with numbers that do not depend on its name. */
  async found(dynamodb: DynamoDBClient, settings: object): Promise<void> {
    await this.operate("put-community", {
      route: `PUT ${C}`,
      body: { settings: { ...SETTINGS, ...settings } },
    });
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: process.env.MODEL_TABLE,
        Key: { community: { S: this.community }, part: { S: "head" } },
        UpdateExpression: "SET seed = :seed",
        ExpressionAttributeValues: { ":seed": { N: "7" } },
      }),
    );
    for (const name of PEOPLE) await this.join(name, {});
  }

  async join(name: string, body: object): Promise<void> {
    const joined = { route: `PUT ${C}/members/me`, user: name, body };
    const { memberId } = await this.call<{ memberId: string }>("join-community", joined);
    this.memberIds.set(name, memberId);
  }

  /** A gradient of one of them, on the row after the sender's own. */
  gradientCall(user: string): ApiCall {
    const own = PEOPLE.indexOf(user as (typeof PEOPLE)[number]);
    const body = {
      ...{ id: this.newId(), modelVersion: 0, rows: [(own + 1) % PEOPLE.length], encoding: "json" },
      values: [[2, 3, 4]],
    };
    return { route: `POST ${C}/gradients`, user, body };
  }

  /** A report for the first sum. The leader cannot tell that there is nothing behind it. */
  reportCall(user: string): ApiCall {
    const [enc, ct] = [new Uint8Array(ENC_BYTES), new Uint8Array(CT_BYTES)];
    const share = new Uint16Array(PEOPLE.length * (SETTINGS.factors + 1)).fill(7);
    const octets = encodeReport({ id: this.newId(), sum: 1, modelVersion: 0, enc, ct, share });
    return { route: `POST ${C}/sums/{sum}/reports`, user, parameters: { sum: "1" }, octets };
  }

  async contribute(user: string): Promise<string> {
    return (await this.call<{ id: string }>("submit-gradient", this.gradientCall(user))).id;
  }

  /** A rating of another member, of whoever hosts. */
  ratingCall(user: string, of: string): ApiCall {
    const body = { id: this.newId(), itemId: this.memberIds.get(of), value: 2 };
    return { route: `POST ${C}/ratings`, user, body };
  }

  /** Delivers what the queue holds; what was done is deleted. */
  async deliver(queue: SimulatedQueue, handler: string, instance = this.warm): Promise<void> {
    for (const message of [...queue.invisible]) queue.expire(message);
    const received = queue.receive(100);
    if (received.length === 0) return;
    this.settle(queue, received, await this.free(handler, sqsEvent(received), instance));
  }

  /** What Lambda's poller does at the end of a batch. */
  settle(queue: SimulatedQueue, received: readonly Delivered[], outcome: unknown): void {
    if (outcome === undefined || outcome instanceof Error) return;
    const failed = new Set(
      (outcome as SQSBatchResponse).batchItemFailures.map((failure) => failure.itemIdentifier),
    );
    queue.delete(received.filter(({ messageId }) => !failed.has(messageId)));
  }

  /** All queues to their end, as often as one feeds another. */
  async drainQueues(): Promise<void> {
    const { queues } = this;
    for (let turns = 0; ; turns++) {
      if (turns > 20) throw new Violation("I1: the queues do not drain");
      await this.deliver(queues.ratings, "apply-ratings");
      await this.deliver(queues, "apply-gradients");
      const signals = queues.signals.splice(0);
      for (const signal of signals) await this.free("assign-groups", sqsEvent([signal]));
      if (queues.isEmpty && queues.ratings.isEmpty && signals.length === 0) return;
    }
  }

  streamEvent(): object {
    const Keys = { community: { S: this.community }, part: { S: "head" } };
    return { Records: [{ eventName: "MODIFY", dynamodb: { SequenceNumber: "1", Keys } }] };
  }

  /** The stream's record of the notice of an event. */
  async noticeEvent(dynamodb: DynamoDBClient, event: string): Promise<object> {
    const query = new QueryCommand({
      TableName: process.env.NOTICES_TABLE,
      KeyConditionExpression: "community = :community AND begins_with(part, :prefix)",
      ExpressionAttributeValues: { ":community": { S: this.community }, ":prefix": { S: `notice#${event}` } },
    });
    const [{ community, part }] = (await dynamodb.send(query)).Items!;
    const record = { SequenceNumber: "1", Keys: { community, part } };
    return { Records: [{ eventName: "INSERT", dynamodb: record }] };
  }

  /** Asks for an import, and puts its file. */
  async import(kind: string, file: string): Promise<string> {
    const route = `POST ${C}/imports`;
    const { id } = await this.operate<{ id: string }>("imports", { route, body: { kind } });
    const key = `_imports/${this.community}/${id}`;
    serveS3({ method: "PUT", bucket: "", key, body: Uint8Array.from(Buffer.from(file)) });
    this.hasImports = true;
    return id;
  }

  /** A worker's tick. One that fails fails again until its cause is gone. */
  async tick(
    worker: "commit-sums" | "publish-due-rounds" | "delete-community" | "sweep-objects" | "run-imports",
  ) {
    await this.free(worker, { ...SCHEDULED_EVENT, time: new Date(clockMs()).toISOString() });
  }
}
