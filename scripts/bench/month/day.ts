/**
 * A stretch of a community's day, invocation by invocation, with the real handlers on the embedded stores and a clock that
 * leaps from event to event: gradients at even times, batches after their window, wakes of the stream, delayed messages, ticks,
 * devices that sync once a day. What Lambda and its pollers would do stands here; all else is the system's own.
 */
import { createUuidV7 } from "../../../src/domain/messages/uuid-v7.ts";
import { uniform } from "../../../src/domain/random.ts";
import { gradientBody } from "../community.ts";
import {
  answered,
  apiEvent,
  contextOf,
  type Handler,
  loadHandler,
  queueEvent,
  streamEvent,
} from "../invocations.ts";
import { ID_PLACEHOLDER } from "../load-generator.ts";
import { addUsage, nothingUsed, sqsRequestsOf, startMeter, stopMeter, type Usage } from "../meter.ts";
import { HTTP_API_REQUEST_BYTES } from "../prices.ts";
import { userOf } from "./people.ts";

export const DAY_SECONDS = 86_400;
/** Lambda asks a shard for records four times a second. */
const STREAM_DELAY_MS = 250;
const MESSAGES_PER_RECEIVE = 10;
const RECEIVE_AND_DELETE = 2;
/** Bodies that differ; each is posted again and again under new ids. */
const BODIES = 64;

/** What invocations are for, and the function that serves them. */
export const STEPS = {
  submit: "submit-gradient",
  gather: "apply-gradients",
  "other wakes": "assign-groups",
  draft: "assign-groups",
  sync: "get-model",
  publish: "publish-round",
  "tick of sums": "commit-sums",
  "tick of rounds": "publish-due-rounds",
  "tick of imports": "run-imports",
} as const;
export type Step = keyof typeof STEPS;

export interface DayPlan {
  community: string;
  members: number;
  gradientsPerMember: number;
  rowsPerGradient: number;
  stretchSeconds: number;
  windowSeconds: number;
  dueRoundsSeconds: number;
  seed: number;
}

export interface DayUsage {
  usage: Record<Step, Usage>;
  gradients: number;
  commits: number;
  /** As the API meters them. */
  apiRequests: number;
  bytesOut: number;
  syncs: number;
  /** Of the engine, each draft. */
  draftSeconds: number[];
}

interface Event {
  atMs: number;
  work: () => Promise<void>;
}

class Day {
  private readonly events: Event[] = [];
  private readonly handlers = new Map<string, Handler>();
  private readonly meter = startMeter();
  private readonly random: () => number;
  private readonly bodies: string[];
  private readonly plan: DayPlan;
  private waiting: string[] = [];
  private isWoken = false;
  private nowMs = Date.now();
  readonly figures: DayUsage;

  constructor(plan: DayPlan) {
    this.plan = plan;
    this.random = uniform(plan.seed);
    const shape = {
      rowCount: plan.members,
      rows: plan.rowsPerGradient,
      factors: 16,
      encoding: "i8",
    } as const;
    this.bodies = Array.from({ length: BODIES }, (_, n) => gradientBody(plan.seed + n, shape));
    const usage = Object.fromEntries(Object.keys(STEPS).map((step) => [step, nothingUsed()]));
    this.figures = {
      usage: usage as Record<Step, Usage>,
      ...{ gradients: 0, commits: 0, apiRequests: 0, bytesOut: 0, syncs: 0, draftSeconds: [] },
    };
  }

  private at(atMs: number, work: () => Promise<void>): void {
    const place = this.events.findIndex((event) => event.atMs > atMs);
    this.events.splice(place < 0 ? this.events.length : place, 0, { atMs, work });
  }

  private each(seconds: number, work: () => Promise<void>): void {
    const endMs = this.nowMs + this.plan.stretchSeconds * 1000;
    for (let atMs = this.nowMs + seconds * 1000; atMs <= endMs; atMs += seconds * 1000) this.at(atMs, work);
  }

  private async invoke(step: Step, event: object): Promise<void> {
    const name = STEPS[step];
    const handler = this.handlers.get(name) ?? (await loadHandler(name));
    this.handlers.set(name, handler);
    await this.meter(this.figures.usage[step], () => handler(event, contextOf()));
  }

  private async call(step: Step, event: object, status: readonly number[]): Promise<void> {
    const handler = await loadHandler(STEPS[step]);
    const { figures } = this;
    await this.meter(figures.usage[step], async () => {
      const { length } = await answered(status, handler(event, contextOf()));
      figures.bytesOut += length;
      figures.apiRequests += Math.max(1, Math.ceil(length / HTTP_API_REQUEST_BYTES));
    });
  }

  private async post(): Promise<void> {
    const { community, members } = this.plan;
    const id = createUuidV7(this.nowMs, this.random);
    const body = this.bodies[this.figures.gradients % BODIES].replace(ID_PLACEHOLDER, id);
    const sub = userOf(Math.floor(this.random() * members));
    this.figures.gradients++;
    await this.call("submit", apiEvent({ community, sub, body }), [202]);
  }

  private async deliver(): Promise<void> {
    const { windowSeconds, community } = this.plan;
    const bodies = this.waiting;
    this.waiting = [];
    const used = this.figures.usage.gather;
    for (let from = 0; from < bodies.length; from += MESSAGES_PER_RECEIVE)
      used.sqsRequests += sqsRequestsOf(bodies.slice(from, from + MESSAGES_PER_RECEIVE)) + 1; // and its deletion
    await this.invoke("gather", queueEvent(bodies));
    if (this.waiting.length > 0) throw new Error(`${community}: a batch took more than ${windowSeconds} s`);
  }

  /** A wake that makes a draft is counted as one. */
  private async assign(event: object, sqsRequests: number): Promise<void> {
    const { readRound } = await import("../../../src/infra/round-store.ts");
    const used = { ...nothingUsed(), sqsRequests };
    const assign = await loadHandler("assign-groups");
    await this.meter(used, () => assign(event, contextOf()));
    const draft = await readRound(this.plan.community, 1);
    const isNew = draft?.computedAtMs === this.nowMs;
    if (isNew) this.figures.draftSeconds.push(draft.quality.engineSeconds);
    addUsage(this.figures.usage[isNew ? "draft" : "other wakes"], used);
  }

  private async sync(): Promise<void> {
    const { community, members } = this.plan;
    const sub = userOf(this.figures.syncs++ % members);
    const query = { encoding: "i8", sinceVersion: "0", knownRows: String(members) };
    await this.call("sync", apiEvent({ community, sub, query }), [200]);
  }

  /** Sees what the handlers send and write: messages that come after their delay, and heads that wake the stream. */
  private async listen(): Promise<() => void> {
    const { dynamodb, names, sqs } = await import("../../../src/infra/aws.ts");
    type Sent = {
      QueueUrl?: string;
      MessageBody?: string;
      DelaySeconds?: number;
      Entries?: { MessageBody?: string }[];
    };
    const send = ({ QueueUrl, MessageBody, DelaySeconds = 0, Entries = [] }: Sent) => {
      if (QueueUrl === names.signalsQueue) {
        const event = queueEvent([MessageBody!]);
        return this.at(this.nowMs + DelaySeconds * 1000, () => this.assign(event, RECEIVE_AND_DELETE));
      }
      if (this.waiting.length === 0)
        this.at(this.nowMs + this.plan.windowSeconds * 1000, () => this.deliver());
      this.waiting.push(...Entries.map((entry) => entry.MessageBody!));
    };
    sqs.middlewareStack.add(
      (next) => (args) => {
        send(args.input as Sent);
        return next(args);
      },
      { step: "initialize", name: "benchDay" },
    );
    dynamodb.middlewareStack.add(
      (next, { commandName = "" }) =>
        async (args) => {
          const result = await next(args);
          if (/Transact|Update/.test(commandName) && JSON.stringify(args.input).includes('"head"'))
            this.wake();
          return result;
        },
      { step: "initialize", name: "benchDay" },
    );
    return () => {
      sqs.middlewareStack.remove("benchDay");
      dynamodb.middlewareStack.remove("benchDay");
    };
  }

  private wake(): void {
    if (this.isWoken) return;
    this.isWoken = true;
    this.at(this.nowMs + STREAM_DELAY_MS, async () => {
      this.isWoken = false;
      await this.assign(streamEvent(this.plan.community), 0);
    });
  }

  async run(): Promise<DayUsage> {
    const { plan, figures } = this;
    const { readHead } = await import("../../../src/infra/head-store.ts");
    const clock = Date.now;
    const unlisten = await this.listen();
    Date.now = () => this.nowMs;
    try {
      await this.assign(streamEvent(plan.community), 0);
      const before = (await readHead(plan.community))!.modelVersion;
      this.each(DAY_SECONDS / (plan.members * plan.gradientsPerMember), () => this.post());
      this.each(DAY_SECONDS / plan.members, () => this.sync());
      this.each(60, () => this.invoke("tick of sums", {}));
      this.each(60, () => this.invoke("tick of imports", {}));
      this.each(plan.dueRoundsSeconds, () =>
        this.invoke("tick of rounds", { time: new Date().toISOString() }),
      );
      const endMs = this.nowMs + plan.stretchSeconds * 1000;
      while (this.events.length > 0 && this.events[0].atMs <= endMs) {
        const { atMs, work } = this.events.shift()!;
        this.nowMs = atMs;
        await work();
      }
      figures.commits = (await readHead(plan.community))!.modelVersion - before;
      await this.call("publish", apiEvent({ community: plan.community, sub: "operator" }), [200, 201]);
      return figures;
    } finally {
      Date.now = clock;
      unlisten();
      stopMeter();
    }
  }
}

export const runDay = (plan: DayPlan): Promise<DayUsage> => new Day(plan).run();
