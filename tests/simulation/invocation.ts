/**
 * One run of a handler that goes on only as far as it is let: each request that it sends to a store waits for
 * `step`. So a seed decides how the requests of several Lambdas interleave, and where one of them fails or
 * dies.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { ANY_COMMAND, type Fault, type FaultKind, networkError, refusal } from "./faults.ts";
import type { SimulatedQueue } from "./queue.ts";

export interface StoreRequest {
  command: string;
  /** Sends it. */
  proceed: () => Promise<unknown>;
  /** Whether it can be let go; an answer of another machine cannot before it is there. */
  isReady?: () => boolean;
}

interface Parked extends StoreRequest {
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * After an answer a handler sends its next request, or ends, within some turns of the event loop: jitter is
 * nothing here, so its longest wait is a timer of 1 ms. Only where another branch waits may it do neither.
 */
const WAIT_MS_MIN = 2;
const TURNS_MIN = 3;
const STUCK_AFTER_MS = 20_000;

/** The store does it or refuses, and nobody learns which. */
const answerToNobody = ({ proceed }: StoreRequest) => proceed().catch(() => {});
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const running = new AsyncLocalStorage<Invocation>();

export class Invocation {
  readonly name: string;
  /** Where its messages go. */
  readonly queue: SimulatedQueue;
  /** Whether what it reads with one request from several tables is of several moments, as DynamoDB allows. */
  readonly isTearing: boolean;
  private readonly isDevice: boolean;
  private readonly fault: Fault | null;
  private readonly parked: Parked[] = [];
  private readonly sent = new Map<string, number>();
  private loseNextResponse = false;
  private state: "running" | "done" | "dead" = "running";
  private result: unknown;
  /** Counts requests parked and ends. */
  private moves = 0;

  constructor(
    name: string,
    queue: SimulatedQueue,
    fault: Fault | null,
    { isTearing = false, isDevice = false } = {},
  ) {
    this.name = name;
    this.isDevice = isDevice;
    this.isTearing = isTearing;
    this.queue = queue;
    this.fault = fault;
  }

  /** The invocation whose code is running. */
  static current(): Invocation | undefined {
    return running.getStore();
  }

  get isOver(): boolean {
    return this.state !== "running";
  }

  get isDead(): boolean {
    return this.state === "dead";
  }

  /** Whether any of its requests can be let go. */
  get isReady(): boolean {
    return this.readyRequests.length > 0;
  }

  private get readyRequests(): Parked[] {
    return this.parked.filter(({ isReady }) => isReady?.() ?? true);
  }

  /** What the handler returned or, as an Error, threw. */
  get outcome(): unknown {
    return this.result;
  }

  /** Runs the handler up to its first requests. */
  async start(handler: () => Promise<unknown>): Promise<void> {
    const end = (result: unknown) => {
      if (this.isDead) return;
      this.result = result;
      this.state = "done";
      // What a handler leaves under way goes on: its instance is frozen, and thawed by the next call.
      for (const { proceed, resolve, reject } of this.parked.splice(0)) proceed().then(resolve, reject);
      this.move();
    };
    running.run(this, () => {
      handler().then(end, end);
    });
    await this.untilItMoves(0);
  }

  /** Runs the handler with nothing held back. */
  runFreely<Result>(handler: () => Promise<Result>): Promise<Result> {
    this.state = "done";
    return running.run(this, handler);
  }

  /**
   * Lets one of the waiting requests go, `choice` in [0, 1) says which; answers with its command and what
   * befell it.
   */
  async step(choice: number): Promise<string> {
    const ready = this.readyRequests;
    const request = ready[Math.floor(choice * ready.length)];
    if (!request) throw new Error(`${this.name} is not over, and sends nothing`);
    this.parked.splice(this.parked.indexOf(request), 1);
    const fault = this.nextFault(request.command);
    const { moves } = this;
    if (fault === "crash-before" || fault === "crash-after") {
      if (fault === "crash-after") await answerToNobody(request);
      this.parked.push(request);
      this.die();
    } else {
      await this.answer(request, fault).then(request.resolve, request.reject);
      await this.untilItMoves(moves);
    }
    const command = request.command.replace(/Command$/, "");
    return fault ? `${command} ${fault}` : command;
  }

  private nextFault(command: string): FaultKind | null {
    const { fault } = this;
    const name = fault?.command === ANY_COMMAND ? ANY_COMMAND : command;
    const count = this.sent.get(name) ?? 0;
    this.sent.set(name, count + 1);
    const isHit = fault?.command === name && count >= fault.from && count < fault.from + fault.times;
    return isHit ? fault.kind : null;
  }

  private async answer(request: Parked, fault: FaultKind | null): Promise<unknown> {
    const { command, proceed } = request;
    if (fault === "unsent") throw networkError();
    if (fault === "response-lost-once") this.loseNextResponse = true;
    if (fault === null || fault === "response-lost-once") return proceed();
    if (fault !== "response-lost") throw refusal(fault, command);
    await answerToNobody(request);
    throw networkError();
  }

  /** Called by the SDK's middleware: the answer comes when a step lets the request go. */
  park(request: StoreRequest): Promise<unknown> {
    if (this.state === "done") return request.proceed();
    if (this.isDead && !this.isDevice) return Promise.reject(networkError());
    return new Promise((resolve, reject) => {
      this.parked.push({ ...request, resolve, reject });
      this.move();
    });
  }

  /**
   * Nothing of it reaches anybody any more. Its code runs on to its end, all its requests refused, so that
   * what its modules hold is as before: a later seed takes the instance for a new one. A device's storage is
   * not to be touched again: it hangs.
   */
  die(): void {
    this.state = "dead";
    const left = this.parked.splice(0);
    if (!this.isDevice) for (const { reject } of left) reject(networkError());
  }

  /** True once, where an attempt of the SDK is to lose its answer. */
  takeLostResponse(): boolean {
    const isLost = this.loseNextResponse;
    this.loseNextResponse = false;
    return isLost;
  }

  private move(): void {
    this.moves++;
  }

  private async untilItMoves(movesBefore: number): Promise<void> {
    const startedMs = performance.now();
    for (let turns = 0; this.moves === movesBefore; turns++) {
      const waitedMs = performance.now() - startedMs;
      if (this.parked.length > 0 && waitedMs > WAIT_MS_MIN && turns >= TURNS_MIN) return;
      if (waitedMs > STUCK_AFTER_MS) throw new Error(`${this.name} neither ends nor sends anything`);
      await nextTurn();
    }
    // Branches that start together park in one turn.
    await nextTurn();
  }
}
