/**
 * The Lambdas of one seed: starts handlers on instances, lets the requests of those under way go one by one
 * in an order of the seed's, and does for a consumer what Lambda's poller does at the end of a batch.
 */
import type { APIGatewayProxyStructuredResultV2, SQSBatchResponse } from "aws-lambda";
import { type Call, CONTEXT, type Delivered, httpEvent, sqsEvent } from "../fixtures/events.ts";
import { withClockError } from "./clock.ts";
import type { Fault } from "./faults.ts";
import {
  type EndpointName,
  type HelperEndpointName,
  type HelperInstance,
  type Instance,
  startHelperInstance,
  startInstance,
  type WorkerName,
} from "./instances.ts";
import { Invocation } from "./invocation.ts";
import { Violation } from "./ledger.ts";
import type { SimulatedQueue } from "./queue.ts";
import type { RandomSource } from "./random-source.ts";

/** Two Lambdas' clocks differ by less than a minute (limits.ts, SERVER_SKEW_MAX_MS). */
const CLOCK_ERROR_MAX_MS = 29_000;
const STEPS_MAX = 2000;

interface UnderWay {
  /** Null where it is a device. */
  instance: object | null;
  isConsumer: boolean;
  invocation: Invocation;
  end: () => Promise<void>;
}

/**
 * Instances of one stack. They outlive seeds, as warm ones do; every seed has a community that none of them
 * knows.
 */
class Pool<I extends object> {
  readonly name: string;
  instances: I[] = [];
  private startedCount = 0;
  private readonly startOne: (number: number) => Promise<I>;

  constructor(name: string, startOne: (number: number) => Promise<I>) {
    this.name = name;
    this.startOne = startOne;
  }

  async start(): Promise<void> {
    this.instances.push(await this.startOne(this.startedCount));
    this.startedCount++;
  }
}

const leaders = new Pool<Instance>("", startInstance);
const helpers = new Pool<HelperInstance>("helper ", startHelperInstance);

/** Instances that were left in the middle of something are of no further use. */
export function dropInstances(): void {
  leaders.instances = [];
  helpers.instances = [];
}

/** What a caller sees of an answer, status 504 where there is none. */
type Answered = (status: number, body: Record<string, unknown>, invocation: Invocation) => void;

export class Lambdas {
  readonly trace: string[] = [];
  private readonly random: RandomSource;
  private readonly queue: SimulatedQueue;
  private readonly clockErrorsMs: number[];
  private readonly crashed = new Set<object>();
  private readonly underWay: UnderWay[] = [];
  /**
   * Whether an instance serves two batches at once, as the local runtime does; a Lambda of its own does not.
   */
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

  private isFree(instance: object, isConsumer: boolean): boolean {
    if (this.crashed.has(instance)) return false;
    const others = this.underWay.filter((other) => other.instance === instance);
    if (others.length === 0) return true;
    return this.isSharing && isConsumer && others.length === 1 && others[0].isConsumer;
  }

  /** An instance that may serve: one of `warmMax`, or a new one in the place of those that crashed. */
  private async freeInstance<I extends object>(pool: Pool<I>, isConsumer: boolean, warmMax = 3): Promise<I> {
    const usable = warmMax + pool.instances.filter((instance) => this.crashed.has(instance)).length;
    while (pool.instances.length < usable) await pool.start();
    const free = pool.instances.slice(0, usable).filter((instance) => this.isFree(instance, isConsumer));
    return free.length > 0 ? this.random.pick(free) : this.freeInstance(pool, isConsumer, warmMax + 1);
  }

  private async start<I extends object>(
    pool: Pool<I>,
    { name, isConsumer = false, fault }: { name: string; isConsumer?: boolean; fault: Fault | null },
    run: (instance: I) => Promise<unknown>,
    end: (invocation: Invocation) => Promise<void>,
  ): Promise<void> {
    const instance = await this.freeInstance(pool, isConsumer);
    const place = pool.instances.indexOf(instance);
    const title = `${pool.name}${String.fromCharCode(65 + place)} ${name}`;
    const isTearing = this.tearingOdds > 0 && this.random.isHit(this.tearingOdds);
    const invocation = new Invocation(title, this.queue, fault, { isTearing });
    const work = () => withClockError(this.clockErrorsMs[place], () => run(instance));
    await this.begin({ instance, isConsumer, invocation, end: () => end(invocation) }, work);
  }

  private async begin(entry: UnderWay, work: () => Promise<unknown>): Promise<void> {
    const { invocation } = entry;
    this.underWay.push(entry);
    this.trace.push(invocation.name);
    await invocation.start(work);
    if (invocation.isOver) await this.finish(entry);
  }

  /** Runs what is no Lambda: a device, whose requests are to the Lambdas. */
  async runDevice(
    name: string,
    fault: Fault | null,
    work: () => Promise<unknown>,
    ended: (invocation: Invocation) => void,
  ): Promise<void> {
    const invocation = new Invocation(name, this.queue, fault, { isDevice: true });
    const end = async () => ended(invocation);
    await this.begin({ instance: null, isConsumer: false, invocation, end }, work);
  }

  private async finish(entry: UnderWay): Promise<void> {
    const { instance, invocation } = entry;
    this.underWay.splice(this.underWay.indexOf(entry), 1);
    await entry.end();
    if (!invocation.isDead || !instance) return;
    this.crashed.add(instance);
    for (const other of this.underWay.filter((other) => other.instance === instance)) {
      other.invocation.die();
      await this.finish(other);
    }
  }

  /** Lets one request of one invocation go; tells which, and what befell it. */
  async step(): Promise<string> {
    const ready = this.underWay.filter(({ invocation }) => invocation.isReady);
    return this.stepOf(this.random.pick(ready.length > 0 ? ready : this.underWay));
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
  async call(endpoint: EndpointName, call: Call, fault: Fault | null, answered: Answered): Promise<void> {
    const run = (instance: Instance) => instance.endpoints[endpoint](httpEvent(call), CONTEXT);
    await this.start(leaders, { name: endpoint, fault }, run, this.answering(fault, answered));
  }

  /** The same of the helper of secure sums. */
  async callHelper(endpoint: HelperEndpointName, call: Call, fault: Fault | null, answered: Answered) {
    const run = (instance: HelperInstance) => instance.endpoints[endpoint](httpEvent(call), CONTEXT);
    await this.start(helpers, { name: endpoint, fault }, run, this.answering(fault, answered));
  }

  private answering(fault: Fault | null, answered: Answered) {
    return async (invocation: Invocation) => {
      const { statusCode = 504, body } = (invocation.outcome ?? {}) as APIGatewayProxyStructuredResultV2;
      this.trace.push(`${invocation.name}: ${statusCode}`);
      if (statusCode >= 500 && !fault)
        throw new Violation(`${invocation.name} answered ${statusCode} ${body}`);
      answered(statusCode, body ? JSON.parse(body) : {}, invocation);
    };
  }

  /** Runs what no route leads to; `done` gets what came of it, or nothing where it failed. */
  async run<Value>(
    name: string,
    fault: Fault | null,
    run: (instance: Instance) => Promise<Value>,
    done: (value: Value | undefined) => void,
  ): Promise<void> {
    await this.start(leaders, { name, fault }, run, async ({ outcome, isDead, name: title }) => {
      const isFailure = isDead || outcome instanceof Error;
      if (isFailure && !fault) throw new Violation(`${title} failed: ${outcome}`);
      done(isFailure ? undefined : (outcome as Value));
    });
  }

  /** Wakes a worker. Nobody waits for its answer; what it leaves undone the next one does. */
  async wake(worker: WorkerName, event: object, fault: Fault | null): Promise<void> {
    const run = (instance: Instance) => instance.workers[worker](event, CONTEXT);
    await this.start(leaders, { name: worker, fault }, run, this.unheard(fault));
  }

  /** The helper's daily tick. */
  async rotateKeys(event: object, fault: Fault | null): Promise<void> {
    const run = (instance: HelperInstance) => instance.rotateKeys(event, CONTEXT);
    await this.start(helpers, { name: "rotate-keys", fault }, run, this.unheard(fault));
  }

  private unheard(fault: Fault | null) {
    return async ({ name, outcome }: Invocation) => {
      if (outcome instanceof Error && !fault) throw new Violation(`${name} threw ${outcome.stack}`);
    };
  }

  /** Calls an endpoint of one instance many times at once, with nothing held back. */
  async callAll(endpoint: EndpointName, calls: readonly Call[]): Promise<{ status: number; body: string }[]> {
    const { endpoints } = await this.freeInstance(leaders, false);
    const answers = await Promise.all(calls.map((call) => endpoints[endpoint](httpEvent(call), CONTEXT)));
    return answers.map(({ statusCode = 0, body = "{}" }) => ({ status: statusCode, body }));
  }

  /** Gives messages to a consumer. Without `isDeleting` the poller dies before it deletes what was done. */
  async consume(messages: readonly Delivered[], fault: Fault | null, isDeleting: boolean): Promise<void> {
    const name = `apply-gradients of ${messages.length}${isDeleting ? "" : ", not deleted"}`;
    const run = (instance: Instance) => instance.consume(sqsEvent(messages), CONTEXT);
    await this.start(leaders, { name, isConsumer: true, fault }, run, async (invocation) => {
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
