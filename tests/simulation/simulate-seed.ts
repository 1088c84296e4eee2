/**
 * One seed: a fresh community, operations and faults in an order of the seed's, then a drain without faults, then the
 * invariants. After TigerBeetle's simulator and the one-hot tests of Janus.
 */
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { createHead } from "../../src/infra/head-store.ts";
import { Clients } from "./clients.ts";
import { advanceClock, clockMs, restartClock } from "./clock.ts";
import type { Fault, FaultKind } from "./faults.ts";
import { checkInvariants } from "./invariants.ts";
import { dropInstances, Lambdas } from "./lambdas.ts";
import { Ledger, Violation } from "./ledger.ts";
import { SimulatedQueue } from "./queue.ts";
import { RandomSource } from "./random-source.ts";
import { createPoison, createUnfit } from "./workload.ts";

const OPERATIONS = {
  submit: 26,
  stale: 6,
  replay: 10,
  unfit: 4,
  poison: 4,
  consume: 18,
  race: 8,
  expire: 6,
  clock: 4,
  read: 6,
  follow: 6,
  status: 5,
  join: 3,
  leave: 1,
};
type Operation = keyof typeof OPERATIONS;

const OPERATIONS_MIN = 14;
const OPERATIONS_MAX = 26;
const BUSY_MAX = 5;
/** With maxReceiveCount 5, a message that comes back at most this often by our doing does not become a dead letter. */
const DISTURBED_RECEIVES_MAX = 2;
const DRAIN_ROUNDS_MAX = 60;
const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;

export interface SeedResult {
  violation: Error | null;
  trace: string[];
  gradients: number;
  commits: number;
}

let runs = 0;

class SeedRun {
  private readonly random: RandomSource;
  private readonly queue: SimulatedQueue;
  readonly lambdas: Lambdas;
  readonly ledger: Ledger;
  private readonly community: string;
  private readonly clients: Clients;

  constructor(seed: number) {
    runs++;
    this.community = `seed-${seed}-${runs}`;
    this.random = new RandomSource(seed);
    this.queue = new SimulatedQueue(this.random);
    this.lambdas = new Lambdas(this.random, this.queue);
    const factors = this.random.pick([2, 3, 128]);
    const stalenessVersionsMax = this.random.pick([1, 2, 4, 50]);
    this.ledger = new Ledger(factors + 1, stalenessVersionsMax);
    this.clients = new Clients(this.community, this.random, this.lambdas, this.ledger);
  }

  /** A community whose rows fill one to three blocks, two of its members real ones, and a first look at its model. */
  async setUp(seed: number): Promise<void> {
    const { random, ledger } = this;
    const factors = ledger.width - 1;
    const rowCount = factors === 128 ? random.whole(20, 80) : random.whole(2, 10);
    ledger.memberCount = rowCount;
    await createHead({
      community: this.community,
      modelVersion: 0,
      rosterVersion: rowCount,
      sharedVersion: 0,
      createdAtMs: clockMs(),
      rowCount,
      memberCount: rowCount,
      itemCount: rowCount,
      round: 1,
      seed,
      committedAtMs: 0,
      settings: {
        ...DEFAULT_SETTINGS,
        factors,
        optimizer: "sgd",
        learningRate: 1,
        regularization: 0,
        aggregation: "sum",
        stalenessVersionsMax: ledger.stalenessVersionsMax,
        gradientsPerHourMax: null,
      },
    });
    for (const user of ["ana", "ben"]) await this.clients.join(user, null);
    await this.lambdas.finishAll();
    await this.clients.read(null);
    await this.lambdas.finishAll();
  }

  async operate(): Promise<void> {
    const count = this.random.whole(OPERATIONS_MIN, OPERATIONS_MAX);
    for (let n = 0; n < count; n++) {
      while (this.lambdas.busyCount >= BUSY_MAX) await this.lambdas.step();
      await this.operation(this.random.weighted(OPERATIONS));
      const pace = this.random.pick([0.5, 0.85, 0.97]);
      while (this.lambdas.busyCount > 0 && this.random.isHit(pace)) await this.lambdas.step();
    }
  }

  private async operation(operation: Operation): Promise<void> {
    const { clients, random } = this;
    const fault = (odds: number, command: string, ...kinds: FaultKind[]): Fault | null =>
      random.isHit(odds) ? { kind: random.pick(kinds), command, from: 0, times: 1 } : null;
    const network: FaultKind[] = ["unsent", "response-lost", "response-lost-once"];
    const sending = () =>
      fault(0.25, random.pick(["SendMessageBatchCommand", "BatchGetItemCommand"]), ...network);
    const reading = () =>
      fault(0.1, random.pick(["QueryCommand", "GetItemCommand"]), "throttled", ...network);
    const writing = () => fault(0.3, "TransactWriteItemsCommand", "throttled", "conflict", ...network);
    switch (operation) {
      case "submit":
      case "stale":
        return clients.submit(operation === "stale", sending());
      case "replay":
        return clients.replay(sending());
      case "read":
        return clients.read(reading());
      case "follow":
        return clients.follow(reading());
      case "status":
        return clients.askStatus(reading());
      case "join":
        return clients.join(`user-${random.whole(0, 9)}`, writing());
      case "leave":
        return clients.leave(writing());
      case "consume":
        return this.consume();
      case "race":
        return this.race();
      case "expire":
        return this.expire();
      case "clock":
        return this.moveClock();
      default:
        return this.putPastTheApi(operation);
    }
  }

  private putPastTheApi(operation: "unfit" | "poison"): void {
    const { random, ledger, community } = this;
    if (operation === "poison") {
      ledger.poison.add(this.queue.put(createPoison(random, community)));
      return;
    }
    const unfit = createUnfit(ledger, random, community);
    if (unfit) this.queue.put(unfit.body);
  }

  private isDisturbable(message: { messageId: string; receiveCount: number }): boolean {
    return this.ledger.poison.has(message.messageId) || message.receiveCount <= DISTURBED_RECEIVES_MAX;
  }

  /** What befalls a consumer: mostly its transaction, at times one of its reads. */
  private consumerFault(): Fault {
    const { random } = this;
    const isWrite = random.isHit(0.75);
    const reads = ["GetItemCommand", "QueryCommand", "BatchGetItemCommand"];
    const command = isWrite ? "TransactWriteItemsCommand" : random.pick(reads);
    const kinds: FaultKind[] = ["crash-before", "unsent", "response-lost", "response-lost-once", "throttled"];
    if (isWrite) kinds.push("crash-after", "crash-after", "conflict", "in-progress");
    const kind = random.pick(kinds);
    return { kind, command, from: random.isHit(0.7) ? 0 : 1, times: random.whole(1, 3) };
  }

  private async consume(countMax = this.random.whole(1, 20)): Promise<void> {
    const { random, queue } = this;
    const received = queue.receive(countMax);
    if (received.length === 0) return;
    const mayFail = received.every((message) => this.isDisturbable(message));
    const fault = mayFail && random.isHit(0.4) ? this.consumerFault() : null;
    const isDeleting = !(mayFail && random.isHit(0.12));
    await this.lambdas.consume(received, fault, isDeleting);
  }

  /** Two consumers at once: each has part of the messages, or both have some of them. */
  private async race(): Promise<void> {
    const { random, queue } = this;
    await this.consume(Math.ceil(queue.visibleCount / 2));
    if (random.isHit(0.4)) this.expire();
    await this.consume();
  }

  /** Messages become visible again, their consumer perhaps still at work. */
  private expire(): void {
    for (const message of this.random.shuffled(this.queue.invisible)) {
      if (this.isDisturbable(message) && this.random.isHit(0.7)) this.queue.expire(message);
    }
  }

  private moveClock(): void {
    const { random } = this;
    const span = random.weighted({ seconds: 70, minutes: 20, hours: 8, days: 2 });
    const unitMs = { seconds: SECOND_MS, minutes: 60 * SECOND_MS, hours: HOUR_MS, days: 24 * HOUR_MS }[span];
    advanceClock(random.whole(1, span === "days" ? 1 : 12) * unitMs + random.whole(0, 999));
    this.lambdas.trace.push(`it is ${clockMs()}`);
  }

  /** No more faults: clients repeat what was not answered, every message comes back until it is done or dead. */
  async drain(): Promise<void> {
    const { lambdas, queue } = this;
    await lambdas.finishAll();
    await this.clients.repeatUnanswered();
    for (let round = 0; round < DRAIN_ROUNDS_MAX; round++) {
      for (const message of [...queue.invisible]) queue.expire(message);
      const received = queue.receive(10);
      if (received.length === 0 && queue.isEmpty) return;
      if (received.length > 0) await lambdas.consume(received, null, true);
      await lambdas.finishAll();
    }
    throw new Violation(`the queue is not empty after ${DRAIN_ROUNDS_MAX} rounds`);
  }

  async check(): Promise<number> {
    await this.clients.read(null);
    await this.clients.follow(null);
    await this.lambdas.finishAll();
    await this.clients.askEveryStatus();
    await this.clients.checkCounts();
    return checkInvariants(this.ledger, this.community, this.queue.deadLetters);
  }
}

/** Runs a seed; its violation, if there is one, and what happened, line by line. */
export async function simulateSeed(seed: number): Promise<SeedResult> {
  restartClock();
  const run = new SeedRun(seed);
  const { trace } = run.lambdas;
  let commits = 0;
  let violation: Error | null = null;
  try {
    await run.setUp(seed);
    await run.operate();
    await run.drain();
    commits = await run.check();
  } catch (error) {
    violation = error as Error;
    dropInstances();
  }
  return { violation, trace, gradients: run.ledger.promised.size, commits };
}
