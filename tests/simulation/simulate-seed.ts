/**
 * One seed: a fresh community, operations and faults in an order of the seed's, then a drain without faults, then the
 * invariants. After TigerBeetle's simulator and the one-hot tests of Janus.
 */
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { createHead, readHead } from "../../src/infra/head-store.ts";
import { blockPrefix } from "../../src/infra/matrix-block-store.ts";
import { pagePrefix, readSum } from "../../src/infra/sum-store.ts";
import { readVersions } from "../../src/infra/version-store.ts";
import { emptyBucket, loseObject, objectKeys } from "./bucket.ts";
import { Clients } from "./clients.ts";
import { advanceClock, clockMs, restartClock } from "./clock.ts";
import type { Fault, FaultKind } from "./faults.ts";
import { checkInvariants } from "./invariants.ts";
import { dropInstances, Lambdas } from "./lambdas.ts";
import { Ledger, Violation } from "./ledger.ts";
import { SimulatedQueue } from "./queue.ts";
import { RandomSource } from "./random-source.ts";
import { createPoison, createUnfit, SENDERS } from "./workload.ts";

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
  leave: 2,
  tick: 8,
  signal: 4,
  restore: 3,
  sweep: 3,
  loss: 1.5,
};
type Operation = keyof typeof OPERATIONS;

const OPERATIONS_MIN = 20;
const OPERATIONS_MAX = 36;
const BUSY_MAX = 5;
/** With maxReceiveCount 8, a message that comes back at most this often by our doing does not become a dead letter. */
const DISTURBED_RECEIVES_MAX = 2;
const DRAIN_ROUNDS_MAX = 60;
const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;
/** What EventBridge Scheduler wakes a worker with. */
const SCHEDULED_EVENT = { "detail-type": "Scheduled Event", detail: "{}" };

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
    const factors = this.random.pick([2, 3]);
    const stalenessVersionsMax = this.random.pick([1, 2, 4, 50]);
    this.ledger = new Ledger(factors + 1, stalenessVersionsMax);
    this.clients = new Clients(this.community, this.random, this.lambdas, this.ledger);
  }

  /** A community whose rows fill one to five matrix blocks, four of its members real ones, and a first look at its model. */
  async setUp(seed: number): Promise<void> {
    const { random, ledger } = this;
    const factors = ledger.width - 1;
    const rowCount = random.whole(2, 10);
    ledger.memberCount = rowCount;
    await createHead({
      community: this.community,
      modelVersion: 0,
      rosterVersion: rowCount,
      sharedVersion: 0,
      removalVersion: 0,
      createdAtMs: clockMs(),
      rowCount,
      memberCount: rowCount,
      itemCount: rowCount,
      round: 1,
      seed,
      committedAtMs: 0,
      openSum: 1,
      committedSum: 0,
      voidedSum: 0,
      restoredVersion: 0,
      rejoinedVersion: 0,
      manifest: new Map(),
      settings: {
        ...DEFAULT_SETTINGS,
        factors,
        optimizer: "sgd",
        learningRate: 1,
        regularization: 0,
        aggregation: "sum",
        stalenessVersionsMax: ledger.stalenessVersionsMax,
        gradientsPerHourMax: null,
        sumMembersMin: random.pick([1, 1, 2, 3]),
        sumSecondsMin: random.pick([0, 5]),
        sumHoursMax: random.pick([1, 24]),
        gradientsPerSumMax: random.pick([null, 1, 2]),
      },
    });
    for (const user of [...SENDERS, "ben"]) await this.clients.join(user, null);
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
      fault(0.1, random.pick(["QueryCommand", "GetItemCommand", "S3 GET"]), "throttled", ...network);
    const writing = () =>
      fault(0.3, random.pick(["TransactWriteItemsCommand", "S3 PUT"]), "throttled", ...network);
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
        return this.leave(writing());
      case "restore":
        return this.restore();
      case "tick":
        return this.lambdas.wake("commit-sums", SCHEDULED_EVENT, this.mayFault(0.4));
      case "signal":
        return this.signal();
      case "sweep":
        return this.sweep();
      case "loss":
        return this.loseAPage();
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

  private async putPastTheApi(operation: "unfit" | "poison"): Promise<void> {
    const { random, ledger, community } = this;
    if (operation === "poison") {
      ledger.poison.add(this.queue.put(createPoison(random, community)));
      return;
    }
    const unfit = await createUnfit(ledger, random, community);
    if (unfit) this.queue.put(unfit.body);
  }

  private isDisturbable(message: { messageId: string; receiveCount: number }): boolean {
    return this.ledger.poison.has(message.messageId) || message.receiveCount <= DISTURBED_RECEIVES_MAX;
  }

  /** What befalls a consumer or a worker: mostly one of its writes, at times one of its reads. */
  private workerFault(): Fault {
    const { random } = this;
    const isWrite = random.isHit(0.75);
    const reads = ["GetItemCommand", "QueryCommand", "S3 GET"];
    const writes = ["TransactWriteItemsCommand", "TransactWriteItemsCommand", "S3 PUT", "S3 DELETE"];
    const command = random.pick(isWrite ? writes : reads);
    const kinds: FaultKind[] = ["crash-before", "unsent", "response-lost", "response-lost-once", "throttled"];
    if (isWrite) kinds.push("crash-after", "crash-after");
    if (command === "TransactWriteItemsCommand") kinds.push("conflict", "in-progress");
    const kind = random.pick(kinds);
    return { kind, command, from: random.pick([0, 0, 0, 1, 1, 2]), times: random.whole(1, 3) };
  }

  private mayFault(odds: number): Fault | null {
    return this.random.isHit(odds) ? this.workerFault() : null;
  }

  /** One of the delayed messages comes; the rest may never do. */
  private async signal(): Promise<void> {
    const { signals } = this.queue;
    if (signals.length === 0) return;
    signals.splice(this.random.whole(0, signals.length - 1), 1);
    await this.lambdas.wake("commit-sums", SCHEDULED_EVENT, this.mayFault(0.3));
  }

  /** An operator goes back to a version that a sweep has kept, often while a sealed sum waits for its commit. */
  private async restore(): Promise<void> {
    if ((await readVersions(this.community)).length === 0) {
      await this.lambdas.wake("sweep-objects", SCHEDULED_EVENT, null);
      await this.lambdas.finishAll();
    }
    if (this.random.isHit(0.5)) {
      // It gathers and seals, and dies before the commit.
      await this.consume(20, {
        kind: "crash-before",
        command: "TransactWriteItemsCommand",
        from: 1,
        times: 1,
      });
      await this.lambdas.finishAll();
    }
    await this.clients.restore(this.mayFault(0.4));
  }

  /**
   * A sweep among the others; or days before it, so that it finds what another one has marked; or two in a row at the worst
   * moment, while readers hold a head whose objects they have not read, and committers have put what they have not named.
   */
  private async sweep(): Promise<void> {
    const { lambdas } = this;
    const how = this.random.pick(["among", "later", "twice", "twice", "late-reader"]);
    if (how === "later") await this.passDays(1);
    if (how === "twice") await this.untilSomethingIsPut();
    if (how === "late-reader") await this.readAndCommit();
    await lambdas.wake("sweep-objects", SCHEDULED_EVENT, this.mayFault(0.3));
    if (how !== "twice" && how !== "late-reader") return;
    await lambdas.finishOnly("sweep-objects");
    await lambdas.wake("sweep-objects", SCHEDULED_EVENT, null);
    await lambdas.finishOnly("sweep-objects");
  }

  /** Somebody has read a head of days ago when a commit comes, and reads the objects that it named only later. */
  private async readAndCommit(): Promise<void> {
    await this.passDays(1);
    await this.clients.read(null);
    await this.lambdas.step();
    await this.consume(20);
    await this.lambdas.finishOnly("apply-gradients");
  }

  private async untilSomethingIsPut(prefix = ""): Promise<boolean> {
    const isOfThose = (key: string) => key.startsWith(prefix);
    const known = new Set(objectKeys());
    for (let steps = 0; steps < 40 && this.lambdas.busyCount > 0; steps++) {
      await this.lambdas.step();
      if (objectKeys().some((key) => isOfThose(key) && !known.has(key))) return true;
    }
    return false;
  }

  /**
   * A leave among the others; or while a committer has put blocks that no head names yet, so that it has to commit them as of a
   * later version, with a client that reads what the leave made, and later the changes since.
   */
  private async leave(fault: Fault | null): Promise<void> {
    const { clients, lambdas, random } = this;
    if (random.isHit(0.3)) return clients.leave(fault);
    await this.consume();
    if (!(await this.untilSomethingIsPut(blockPrefix(this.community)))) return clients.leave(fault);
    await clients.leave(null);
    await lambdas.finishOnly("leave-community");
    await clients.follow(null);
    await lambdas.finishOnly("get-model");
  }

  /** An invocation ends within minutes: none is under way while hours pass. */
  private async passDays(days: number): Promise<void> {
    await this.lambdas.finishAll();
    advanceClock(days * DAY_MS + HOUR_MS);
  }

  private loseAPage(): void {
    const pages = objectKeys().filter((key) => key.startsWith(pagePrefix(this.community)));
    if (pages.length === 0) return;
    const key = this.random.pick(pages);
    loseObject(key);
    this.ledger.lostPages.add(key);
  }

  private async consume(countMax = this.random.whole(1, 20), wanted?: Fault): Promise<void> {
    const { random, queue } = this;
    const received = queue.receive(countMax);
    if (received.length === 0) return;
    const mayFail = received.every((message) => this.isDisturbable(message));
    const fault = mayFail ? (wanted ?? this.mayFault(0.4)) : null;
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

  private async moveClock(): Promise<void> {
    const { random } = this;
    const span = random.weighted({ seconds: 70, minutes: 20, hours: 8, days: 2 });
    if (span === "hours" || span === "days") await this.lambdas.finishAll();
    const unitMs = { seconds: SECOND_MS, minutes: 60 * SECOND_MS, hours: HOUR_MS, days: 24 * HOUR_MS }[span];
    advanceClock(random.whole(1, span === "days" ? 1 : 12) * unitMs + random.whole(0, 999));
    this.lambdas.trace.push(`it is ${clockMs()}`);
  }

  /** No more faults: clients repeat what was not answered, every message comes back until it is done or dead. */
  async drain(): Promise<void> {
    await this.lambdas.finishAll();
    await this.clients.repeatUnanswered();
    await this.drainQueue();
    await this.drainSums();
    await this.drainGarbage();
  }

  /** Ticks, until the sums that wait are due: after seconds, after hours, or after a week for want of members. */
  private async drainSums(): Promise<void> {
    for (const waitMs of [0, 10 * SECOND_MS, DAY_MS, 7 * DAY_MS]) {
      advanceClock(waitMs);
      await this.lambdas.wake("commit-sums", SCHEDULED_EVENT, null);
      await this.lambdas.finishAll();
      const head = (await readHead(this.community))!;
      const open = await readSum(this.community, head.openSum);
      if (!open && head.committedSum + 1 === head.openSum) return;
    }
    throw new Violation("I1: a sum waits for ever");
  }

  private async drainGarbage(): Promise<void> {
    for (let sweeps = 0; sweeps < 3; sweeps++) {
      await this.passDays(1);
      await this.lambdas.wake("sweep-objects", SCHEDULED_EVENT, null);
      await this.lambdas.finishAll();
    }
  }

  private async drainQueue(): Promise<void> {
    const { lambdas, queue } = this;
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
  emptyBucket();
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
