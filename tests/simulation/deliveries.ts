/**
 * What may happen to the messages of a seed's queue: they come in batches, to two consumers at once, twice,
 * or late.
 */
import type { Fault, FaultKind } from "./faults.ts";
import type { Lambdas } from "./lambdas.ts";
import type { SimulatedQueue } from "./queue.ts";
import type { RandomSource } from "./random-source.ts";
import { SCHEDULED_EVENT } from "./scene.ts";

/**
 * With maxReceiveCount 8, a message that comes back at most this often by our doing does not become a dead
 * letter.
 */
const DISTURBED_RECEIVES_MAX = 2;

export class Deliveries {
  private readonly random: RandomSource;
  private readonly queue: SimulatedQueue;
  private readonly lambdas: Lambdas;
  /** Ids of messages that nobody can read: they are to become dead letters. */
  private readonly poison: ReadonlySet<string>;

  constructor(
    scene: { random: RandomSource; queue: SimulatedQueue; lambdas: Lambdas },
    poison: ReadonlySet<string> = new Set(),
  ) {
    const { random, queue, lambdas } = scene;
    this.random = random;
    this.queue = queue;
    this.lambdas = lambdas;
    this.poison = poison;
  }

  private isDisturbable(message: { messageId: string; receiveCount: number }): boolean {
    return this.poison.has(message.messageId) || message.receiveCount <= DISTURBED_RECEIVES_MAX;
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

  mayFault(odds: number): Fault | null {
    return this.random.isHit(odds) ? this.workerFault() : null;
  }

  async consume(countMax = this.random.whole(1, 20), wanted?: Fault): Promise<void> {
    const { random, queue } = this;
    const received = queue.receive(countMax);
    if (received.length === 0) return;
    const mayFail = received.every((message) => this.isDisturbable(message));
    const fault = mayFail ? (wanted ?? this.mayFault(0.4)) : null;
    const isDeleting = !(mayFail && random.isHit(0.12));
    await this.lambdas.consume(received, fault, isDeleting);
  }

  /** Two consumers at once: each has part of the messages, or both have some of them. */
  async race(): Promise<void> {
    const { random, queue } = this;
    await this.consume(Math.ceil(queue.visibleCount / 2));
    if (random.isHit(0.4)) this.expire();
    await this.consume();
  }

  /** Messages become visible again, their consumer perhaps still at work. */
  expire(): void {
    for (const message of this.random.shuffled(this.queue.invisible)) {
      if (this.isDisturbable(message) && this.random.isHit(0.7)) this.queue.expire(message);
    }
  }

  /** One of the delayed messages comes; the rest may never do. */
  async signal(): Promise<void> {
    const { signals } = this.queue;
    if (signals.length === 0) return;
    signals.splice(this.random.whole(0, signals.length - 1), 1);
    await this.tick(0.3);
  }

  /** The tick of sums. */
  async tick(faultOdds: number): Promise<void> {
    await this.lambdas.wake("commit-sums", SCHEDULED_EVENT, this.mayFault(faultOdds));
  }
}
