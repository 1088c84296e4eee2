/**
 * The Lambdas of one seed: starts handlers on instances, lets the requests of those under way go one by one in an order of
 * the seed's, and does for a consumer what Lambda's poller does at the end of a batch.
 */
import type { APIGatewayProxyStructuredResultV2, SQSBatchResponse } from "aws-lambda";
import { type Call, CONTEXT, type Delivered, httpEvent, sqsEvent } from "../fixtures/events.ts";
import { withClockError } from "./clock.ts";
import type { Fault } from "./faults.ts";
import { type EndpointName, type Instance, startInstance, type WorkerName } from "./instances.ts";
import { Invocation } from "./invocation.ts";
import { Violation } from "./ledger.ts";
import type { SimulatedQueue } from "./queue.ts";
import type { RandomSource } from "./random-source.ts";

/** Two Lambdas' clocks differ by less than a minute (limits.ts, SERVER_SKEW_MAX_MS). */
const CLOCK_ERROR_MAX_MS = 29_000;
const STEPS_MAX = 2000;

interface UnderWay {
  instance: Instance;
  isConsumer: boolean;
  invocation: Invocation;
  end: () => Promise<void>;
}

/** They outlive seeds, as warm instances do; every seed has a community that none of them knows. */
let pool: Instance[] = [];
let startedCount = 0;

/** Instances that were left in the middle of something are of no further use. */
export function dropInstances(): void {
  pool = [];
}

export class Lambdas {
  readonly trace: string[] = [];
  private readonly random: RandomSource;
  private readonly queue: SimulatedQueue;
  private readonly clockErrorsMs: number[];
  private readonly crashed = new Set<Instance>();
  private readonly underWay: UnderWay[] = [];
  /** Whether an instance serves two batches at once, as the local runtime does; a Lambda of its own does not. */
  private readonly isSharing: boolean;
  private readonly tearingOdds: number;

  constructor(random: RandomSource, queue: SimulatedQueue, tearingOdds = 0) {
    this.tearingOdds = tearingOdds;
    this.random = random;
    this.queue = queue;
    this.isSharing = random.isHit(0.4);
    const error = () => random.whole(-CLOCK_ERROR_MAX_MS, CLOCK_ERROR_MAX_MS);
    this.clockErrorsMs = Array.from({ length: 50 }, error);
  }

  get busyCount(): number {
    return this.underWay.length;
  }

  private isFree(instance: Instance, isConsumer: boolean): boolean {
    if (this.crashed.has(instance)) return false;
    const others = this.underWay.filter((other) => other.instance === instance);
    if (others.length === 0) return true;
    return this.isSharing && isConsumer && others.length === 1 && others[0].isConsumer;
  }

  /** An instance that may serve: one of `warmMax`, or a new one in the place of those that crashed. */
  private async freeInstance(isConsumer: boolean, warmMax = 3): Promise<Instance> {
    const usable = warmMax + this.crashed.size;
    while (pool.length < usable) {
      pool.push(await startInstance(startedCount));
      startedCount++;
    }
    const free = pool.slice(0, usable).filter((instance) => this.isFree(instance, isConsumer));
    return free.length > 0 ? this.random.pick(free) : this.freeInstance(isConsumer, warmMax + 1);
  }

  private async start(
    name: string,
    isConsumer: boolean,
    fault: Fault | null,
    run: (instance: Instance) => Promise<unknown>,
    end: (invocation: Invocation) => Promise<void>,
  ): Promise<void> {
    const instance = await this.freeInstance(isConsumer);
    const place = pool.indexOf(instance);
    const title = `${String.fromCharCode(65 + place)} ${name}`;
    const isTearing = this.tearingOdds > 0 && this.random.isHit(this.tearingOdds);
    const invocation = new Invocation(title, this.queue, fault, isTearing);
    const entry = { instance, isConsumer, invocation, end: () => end(invocation) };
    this.underWay.push(entry);
    this.trace.push(invocation.name);
    await invocation.start(() => withClockError(this.clockErrorsMs[place], () => run(instance)));
    if (invocation.isOver) await this.finish(entry);
  }

  private async finish(entry: UnderWay): Promise<void> {
    const { instance, invocation } = entry;
    this.underWay.splice(this.underWay.indexOf(entry), 1);
    await entry.end();
    if (!invocation.isDead) return;
    this.crashed.add(instance);
    for (const other of this.underWay.filter((other) => other.instance === instance)) {
      other.invocation.die();
      await this.finish(other);
    }
  }

  /** Lets one request of one invocation go; tells which, and what befell it. */
  async step(): Promise<string> {
    return this.stepOf(this.random.pick(this.underWay));
  }

  private async stepOf(entry: UnderWay): Promise<string> {
    const did = await entry.invocation.step(this.random.next());
    this.trace.push(`${entry.invocation.name}: ${did}`);
    if (entry.invocation.isOver) await this.finish(entry);
    return did;
  }

  /** Lets the invocations of one function come to their end, while all others are held where they are. */
  async finishOnly(name: WorkerName | EndpointName | "apply-gradients"): Promise<void> {
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      const entry = this.underWay.find(({ invocation }) => invocation.name.includes(name));
      if (!entry) return;
      await this.stepOf(entry);
    }
    throw new Violation(`${name} does not end`);
  }

  /** Lets all that is under way come to its end. */
  async finishAll(): Promise<void> {
    for (let steps = 0; this.underWay.length > 0; steps++) {
      if (steps > STEPS_MAX) throw new Violation(`${this.underWay[0].invocation.name} does not end`);
      await this.step();
    }
  }

  /** Calls an endpoint; `answered` gets what the client sees, status 504 where that is nothing. */
  async call(
    endpoint: EndpointName,
    call: Call,
    fault: Fault | null,
    answered: (status: number, body: Record<string, unknown>, invocation: Invocation) => void,
  ): Promise<void> {
    const run = (instance: Instance) => instance.endpoints[endpoint](httpEvent(call), CONTEXT);
    await this.start(endpoint, false, fault, run, async (invocation) => {
      const { statusCode = 504, body } = (invocation.outcome ?? {}) as APIGatewayProxyStructuredResultV2;
      this.trace.push(`${invocation.name}: ${statusCode}`);
      if (statusCode >= 500 && !fault)
        throw new Violation(`${invocation.name} answered ${statusCode} ${body}`);
      answered(statusCode, body ? JSON.parse(body) : {}, invocation);
    });
  }

  /** Runs what no route leads to; `done` gets what came of it, or nothing where it failed. */
  async run<Value>(
    name: string,
    fault: Fault | null,
    run: (instance: Instance) => Promise<Value>,
    done: (value: Value | undefined) => void,
  ): Promise<void> {
    await this.start(name, false, fault, run, async ({ outcome, isDead, name: title }) => {
      const isFailure = isDead || outcome instanceof Error;
      if (isFailure && !fault) throw new Violation(`${title} failed: ${outcome}`);
      done(isFailure ? undefined : (outcome as Value));
    });
  }

  /** Wakes a worker. Nobody waits for its answer; what it leaves undone the next one does. */
  async wake(worker: WorkerName, event: object, fault: Fault | null): Promise<void> {
    const run = (instance: Instance) => instance.workers[worker](event, CONTEXT);
    await this.start(worker, false, fault, run, async (invocation) => {
      const { outcome } = invocation;
      if (outcome instanceof Error && !fault)
        throw new Violation(`${invocation.name} threw ${outcome.stack}`);
    });
  }

  /** Calls an endpoint of one instance many times at once, with nothing held back. */
  async callAll(endpoint: EndpointName, calls: readonly Call[]): Promise<{ status: number; body: string }[]> {
    const { endpoints } = await this.freeInstance(false);
    const answers = await Promise.all(calls.map((call) => endpoints[endpoint](httpEvent(call), CONTEXT)));
    return answers.map(({ statusCode = 0, body = "{}" }) => ({ status: statusCode, body }));
  }

  /** Gives messages to a consumer. Without `isDeleting` the poller dies before it deletes what was done. */
  async consume(messages: readonly Delivered[], fault: Fault | null, isDeleting: boolean): Promise<void> {
    const name = `apply-gradients of ${messages.length}${isDeleting ? "" : ", not deleted"}`;
    const run = (instance: Instance) => instance.consume(sqsEvent(messages), CONTEXT);
    await this.start(name, true, fault, run, async (invocation) => {
      const { outcome } = invocation;
      if (outcome instanceof Error) throw new Violation(`${invocation.name} threw ${outcome.stack}`);
      if (invocation.isDead || !isDeleting) return;
      const { batchItemFailures } = outcome as SQSBatchResponse;
      const failed = new Set(batchItemFailures.map((failure) => failure.itemIdentifier));
      this.trace.push(`${invocation.name}: ${failed.size} failed`);
      this.queue.delete(messages.filter((message) => !failed.has(message.messageId)));
    });
  }
}
