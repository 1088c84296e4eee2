/**
 * `npm run simulate -- --day`: eight hours of a community's traffic in ten minutes, or a part of them at the
 * same pace, against the local system. Memory and queues must stay flat, and every accepted id must end
 * applied or rejected.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Caller } from "../../tests/e2e/caller.ts";
import { Violation } from "../../tests/simulation/ledger.ts";
import { RandomSource } from "../../tests/simulation/random-source.ts";
import { gradientBody } from "../bench/community.ts";
import { Contributions, type GradientValues } from "./contributions.ts";
import { Latencies } from "./day/latencies.ts";
import type { Measure, Order } from "./day/system.ts";
import { arrivalsOf, countsOf, HOURS, type Kind, MINUTES } from "./day/traffic.ts";
import { checkLog } from "./log-check.ts";
import { patientCaller } from "./patient-caller.ts";

export interface DayOrder {
  members: number;
  minutes: number;
  seed: number;
}

const SYSTEM = fileURLToPath(new URL("./day/system.ts", import.meta.url));
const COMMUNITY = "day";
const C = `/communities/${COMMUNITY}`;
const FACTORS = 16;
const ROWS_PER_GRADIENT = 64;
/** Gradients that differ; each is posted again and again under new ids. */
const BODIES = 64;
const SAMPLES = 20;
/** Who contributes in the end, until the last sum has its senders. */
const CLOSING_MEMBERS = 8;
/** The last quarter's mean against the second's, which is past every warm-up. */
const GROWTH_MAX = 1.25;
/**
 * As many seconds of traffic may wait in the queues on average: a window, a batch in work, an engine that
 * holds the process.
 */
const QUEUED_SECONDS_MAX = 15;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

class DayRun {
  private readonly order: DayOrder;
  private readonly random: RandomSource;
  private readonly dataDir = mkdtempSync(join(tmpdir(), "simulate-"));
  private readonly child = fork(SYSTEM, {
    execArgv: [...process.execArgv, "--expose-gc"],
    stdio: ["ignore", "ignore", "inherit", "ipc"], // without what the handlers log
  });
  private readonly contributions = new Contributions<GradientValues>(COMMUNITY);
  private readonly latencies = new Latencies();
  private readonly bodies: GradientValues[];
  private readonly samples: Measure[] = [];
  private url = "";
  private tokens: string[] = [];
  private operator!: Caller;
  private handles: string[] = [];
  private readonly done: Record<Kind, number> = {
    session: 0,
    join: 0,
    leave: 0,
    block: 0,
    pause: 0,
    round: 0,
  };

  constructor(order: DayOrder) {
    this.order = order;
    this.random = new RandomSource(order.seed);
    const shape = { rowCount: order.members, rows: ROWS_PER_GRADIENT, factors: FACTORS } as const;
    this.bodies = Array.from({ length: BODIES }, (_, n) => {
      const { rows, encoding, values, scales } = JSON.parse(
        gradientBody(order.seed + n, { ...shape, encoding: "i8" }),
      );
      return { rows, encoding, values, scales };
    });
  }

  private turn: Promise<unknown> = Promise.resolve();

  /** Orders go one after another: an answer names no order. */
  private ask<Answer>(order: Order): Promise<Answer> {
    const asked = this.turn.then(async () => {
      const answered = once(this.child, "message");
      this.child.send(order);
      const [{ answer }] = (await answered) as [{ answer: Answer }];
      return answer;
    });
    this.turn = asked.catch(() => {});
    return asked;
  }

  private async setUp(): Promise<void> {
    const { members, seed } = this.order;
    const start = { do: "start", community: COMMUNITY, members, dataDir: this.dataDir, seed } as const;
    const { url, tokens } = await this.ask<{ url: string; tokens: string[] }>(start);
    Object.assign(this, { url, tokens });
    const token = await this.ask<string>({ do: "token", sub: "operator", scope: "operator" });
    this.operator = patientCaller(url, token, this.latencies.heard);
    const { body } = await this.member(0)<{ items: { itemId: string }[] }>("GET", `${C}/model?encoding=i8`);
    this.handles = body.items.map(({ itemId }) => itemId);
  }

  private member(row: number): Caller {
    return patientCaller(this.url, this.tokens[row], this.latencies.heard);
  }

  /** The last of the members are those who leave, each once; the others do all else. */
  private pick(leavers: number): number {
    return this.random.whole(0, this.order.members - leavers - 1);
  }

  private async session(row: number): Promise<void> {
    const call = this.member(row);
    const query = `encoding=i8&sinceVersion=0&knownRows=${this.order.members}`;
    const { status, body } = await call<{ modelVersion: number }>("GET", `${C}/model?${query}`);
    if (status !== 200) throw new Violation(`a sync was answered ${status}`);
    const fitting = this.bodies.filter(({ rows }) => !rows.includes(row)); // nobody rates themselves
    await this.contributions.post(call, body.modelVersion, this.random.pick(fitting), false);
  }

  private async act(kind: Kind, leavers: number): Promise<void> {
    const { members } = this.order;
    const number = this.done[kind]++;
    const row = kind === "leave" ? members - 1 - number : this.pick(leavers);
    const expect = (status: number, ...expected: number[]) => {
      if (!expected.includes(status)) throw new Violation(`a ${kind} was answered ${status}`);
    };
    switch (kind) {
      case "session":
        return this.session(row);
      case "join": {
        const token = await this.ask<string>({ do: "token", sub: `new-${number}` });
        const call = patientCaller(this.url, token, this.latencies.heard);
        return expect((await call("PUT", `${C}/members/me`, { body: {} })).status, 201);
      }
      case "leave":
        return expect((await this.member(row)("DELETE", `${C}/members/me`)).status, 204);
      case "pause": {
        const body = { paused: this.random.isHit(0.5) };
        return expect((await this.member(row)("PUT", `${C}/members/me`, { body })).status, 200);
      }
      case "block": {
        const other = (row + 1) % (members - leavers);
        const path = `${C}/members/me/blocks/${this.handles[other]}`;
        return expect((await this.member(row)("PUT", path)).status, 204);
      }
      case "round":
        return expect((await this.operator("POST", `${C}/rounds`)).status, 201);
    }
  }

  private async sample(startedMs: number): Promise<void> {
    const measure = await this.ask<Measure>({ do: "measure" });
    this.samples.push(measure);
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    const hour = ((seconds / 60) * (HOURS / MINUTES)).toFixed(1);
    const { heapMb, residentMb, queued, dead } = measure;
    console.log(
      `hour ${hour}: ${this.latencies.requests} requests, heap ${Math.round(heapMb)} MB, ` +
        `process ${Math.round(residentMb)} MB, ${queued} messages queued, ${dead} dead`,
    );
  }

  private async keepSampling(startedMs: number): Promise<void> {
    const everyMs = (this.order.minutes * 60_000) / SAMPLES;
    for (let n = 1; n <= SAMPLES; n++) {
      await pause(startedMs + n * everyMs - performance.now());
      await this.sample(startedMs);
    }
  }

  private async runTraffic(): Promise<void> {
    const { members, minutes } = this.order;
    const counts = countsOf(members, minutes);
    const hours = ((HOURS * minutes) / MINUTES).toFixed(1);
    const what = Object.entries(counts).map(([kind, count]) => `${count} ${kind}s`);
    console.log(`${hours} hours of ${members} members in ${minutes} minutes: ${what.join(", ")}`);
    const startedMs = performance.now();
    const sampling = this.keepSampling(startedMs);
    const acts: Promise<void>[] = [];
    let failure: unknown;
    for (const { atMs, kind } of arrivalsOf(counts, minutes, this.random)) {
      await pause(startedMs + atMs - performance.now());
      if (failure) throw failure;
      acts.push(
        this.act(kind, counts.leave).catch((error) => {
          failure ??= error;
        }),
      );
    }
    await Promise.all(acts);
    if (failure) throw failure;
    await sampling;
  }

  private checkFlat(): void {
    const quarter = SAMPLES / 4;
    const [early, late] = [this.samples.slice(quarter, 2 * quarter), this.samples.slice(-quarter)];
    for (const what of ["heapMb", "residentMb"] as const) {
      const [before, after] = [early, late].map((samples) => mean(samples.map((sample) => sample[what])));
      console.log(`${what}: ${before.toFixed(0)} in the second quarter, ${after.toFixed(0)} in the last`);
      if (after > GROWTH_MAX * before) throw new Violation(`${what} grows from ${before} to ${after}`);
    }
    const perSecond = countsOf(this.order.members, 1).session / 60;
    const queued = mean(late.map((sample) => sample.queued));
    if (queued > QUEUED_SECONDS_MAX * perSecond)
      throw new Violation(`${queued} messages are queued on average`);
    const dead = Math.max(...this.samples.map((sample) => sample.dead));
    if (dead > 0) throw new Violation(`${dead} messages are dead`);
  }

  async run(): Promise<void> {
    try {
      await this.setUp();
      await this.runTraffic();
      for (const line of this.latencies.lines()) console.log(line);
      const { contributions } = this;
      const closing = Array.from({ length: CLOSING_MEMBERS }, (_, row) => row);
      await contributions.settle(this.member(0), () => Promise.all(closing.map((row) => this.session(row))));
      const versions = await checkLog(this.operator, COMMUNITY, contributions);
      if (contributions.refused.size > 0)
        throw new Violation(`a gradient was refused: ${[...contributions.refused.values()][0]}`);
      this.checkFlat();
      console.log(
        `${contributions.accepted.size} gradients accepted, ${contributions.applied.length} applied, ` +
          `rejected: ${contributions.reasons}; ${versions} versions; ` +
          `${this.latencies.failures} requests answered 5xx or not at all; no violation`,
      );
    } finally {
      await this.ask({ do: "stop" });
      rmSync(this.dataDir, { recursive: true, force: true });
    }
  }
}

/** Answers whether nothing was violated. */
export async function runDay(order: DayOrder): Promise<boolean> {
  try {
    await new DayRun(order).run();
    return true;
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    console.log(`violation: ${error.message}`);
    return false;
  }
}
