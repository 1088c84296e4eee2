/**
 * `npm run simulate -- --kill N`: kill -9 of the local system under load, N times. Members go on with the ids
 * that had no answer; guests join from two devices at once, and half of them leave. At the end the log, the
 * ids, the matrix and the roster must agree.
 */
import { type Caller, EXACT } from "../../tests/e2e/caller.ts";
import { Violation } from "../../tests/simulation/ledger.ts";
import { RandomSource } from "../../tests/simulation/random-source.ts";
import { Contributions, type GradientValues } from "./contributions.ts";
import { LocalProcess } from "./local-process.ts";
import { checkLog } from "./log-check.ts";
import { patientCaller } from "./patient-caller.ts";

const COMMUNITY = "killed";
const C = `/communities/${COMMUNITY}`;
const MEMBERS = 12;
const FACTORS = 2;
/** Binary fractions, so that sums of them are exact, and far more than float32's rounding of a row. */
const CHANGE = 1 / 4;
const ROUNDING_MAX = 1 / 64;
const POST_PAUSE_MS = 400;
const GUEST_PAUSE_MS = 700;
const KILL_AFTER_MS = { from: 100, to: 3000 };
/** Sums of default settings, but sealed as soon as they have their senders. */
const SETTINGS = {
  ...EXACT,
  ...{ factors: FACTORS, sumMembersMin: 5, sumSecondsMin: 0, gradientsPerSumMax: 1, clipNorm: null },
  gradientsPerHourMax: null,
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface JsonGradient extends GradientValues {
  encoding: "json";
  values: number[][];
}

class KillRun {
  private readonly random: RandomSource;
  private readonly system = new LocalProcess();
  private readonly contributions = new Contributions<JsonGradient>(COMMUNITY);
  private readonly members: Caller[] = [];
  private operator!: Caller;
  private initial: number[][] = [];
  private isOver = false;
  /** By userId, the row, or null of one who has left. */
  private readonly guests = new Map<string, number | null>();

  constructor(seed: number) {
    this.random = new RandomSource(seed);
  }

  private async person(sub: string, scope?: string): Promise<Caller> {
    return patientCaller(this.system.url, await this.system.token(sub, scope));
  }

  private async model(): Promise<{ modelVersion: number; values: number[][] }> {
    const path = `${C}/model?encoding=json`;
    return (await this.members[0]<{ modelVersion: number; values: number[][] }>("GET", path)).body;
  }

  private async setUp(): Promise<void> {
    await this.system.start();
    this.operator = await this.person("operator", "operator");
    const { status, body } = await this.operator("PUT", C, { body: { settings: SETTINGS } });
    if (status !== 201) throw new Error(`PUT ${C}: ${status} ${JSON.stringify(body)}`);
    for (let row = 0; row < MEMBERS; row++) {
      this.members.push(await this.person(`member-${row}`));
      await this.members[row]("PUT", `${C}/members/me`, { body: {} });
    }
    this.initial = (await this.model()).values;
  }

  /** Changes up to three rows that are not the sender's own. */
  private gradient(sender: number): JsonGradient {
    const { random } = this;
    const others = Array.from({ length: MEMBERS }, (_, row) => row).filter((row) => row !== sender);
    const rows = random.shuffled(others).slice(0, random.whole(1, 3));
    rows.sort((a, b) => a - b);
    const values = rows.map(() => Array.from({ length: FACTORS + 1 }, () => random.pick([-CHANGE, CHANGE])));
    return { rows, encoding: "json", values };
  }

  private async contribute(sender: number): Promise<void> {
    const call = this.members[sender];
    const { body } = await call<{ modelVersion: number }>("GET", C);
    const isRepeated = this.random.isHit(0.1);
    await this.contributions.post(call, body.modelVersion, this.gradient(sender), isRepeated);
  }

  private async keepContributing(sender: number): Promise<void> {
    while (!this.isOver) {
      await this.contribute(sender);
      await pause(this.random.next() * POST_PAUSE_MS);
    }
  }

  /** Joins from two devices at once; every second guest leaves again. */
  private async keepJoining(): Promise<void> {
    for (let n = 0; !this.isOver; n++) {
      const userId = `guest-${n}`;
      const call = await this.person(userId).catch(() => null);
      if (call) {
        const join = () => call<{ row: number }>("PUT", `${C}/members/me`, { body: {} });
        const [first, second] = await Promise.all([join(), join()]);
        if (first.body.row !== second.body.row || first.body.row === undefined)
          throw new Violation(`${userId} joined twice: ${JSON.stringify([first.body, second.body])}`);
        this.guests.set(userId, first.body.row);
      }
      if (call && n % 2 === 1) {
        const { status } = await call("DELETE", `${C}/members/me`);
        if (status !== 204) throw new Violation(`a leave was answered ${status}`);
        this.guests.set(userId, null);
      }
      await pause(this.random.next() * GUEST_PAUSE_MS);
    }
  }

  private async killOften(kills: number): Promise<void> {
    const { random, system, contributions } = this;
    for (let n = 1; n <= kills; n++) {
      const afterMs = random.whole(KILL_AFTER_MS.from, KILL_AFTER_MS.to);
      await pause(afterMs);
      await system.kill();
      const startedMs = performance.now();
      await system.start();
      const upSeconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      const { modelVersion } = (await this.operator<{ modelVersion: number }>("GET", C)).body;
      const seconds = (afterMs / 1000).toFixed(1);
      console.log(
        `kill ${n}: after ${seconds} s, up again in ${upSeconds} s, version ${modelVersion}, ` +
          `${contributions.accepted.size} gradients accepted, ${this.guests.size} guests`,
      );
    }
  }

  private async checkMatrix(): Promise<void> {
    const expected = this.initial.map((row) => [...row]);
    for (const { gradient } of this.contributions.applied) {
      const { rows, values } = gradient;
      rows.forEach((row, at) => {
        for (let k = 0; k <= FACTORS; k++) expected[row][k] -= values[at][k];
      });
    }
    const { values } = await this.model();
    expected.forEach((row, at) => {
      row.forEach((value, k) => {
        if (Math.abs(value - values[at][k]) > ROUNDING_MAX)
          throw new Violation(`row ${at}, column ${k} is ${values[at][k]}, by the ids ${value}`);
      });
    });
  }

  private async checkRoster(): Promise<void> {
    const people: { userId: string; memberId: string }[] = [];
    for (let query = ""; ; ) {
      const path = `${C}/members${query}`;
      type Page = { members: typeof people; next?: string };
      const { body } = await this.operator<Page>("GET", path);
      people.push(...body.members);
      if (!body.next) break;
      query = `?cursor=${encodeURIComponent(body.next)}`;
    }
    const present = [...this.guests].filter(([, row]) => row !== null);
    const expected = [...this.members.keys()].map((row) => `member-${row}`);
    expected.push(...present.map(([userId]) => userId));
    const seen = people.map(({ userId }) => userId);
    if (seen.sort().join() !== expected.sort().join())
      throw new Violation(`the roster has ${seen.length} people, ${expected.length} are expected`);
    if (new Set(people.map(({ memberId }) => memberId)).size !== people.length)
      throw new Violation("two members have one handle");
    if (new Set(present.map(([, row]) => row)).size !== present.length)
      throw new Violation("two members have one row");
  }

  async run(kills: number): Promise<void> {
    const startedMs = performance.now();
    try {
      await this.setUp();
      const loads = [...this.members.keys()].map((sender) => this.keepContributing(sender));
      const load = Promise.all([...loads, this.keepJoining()]);
      await Promise.race([this.killOften(kills), load]);
      this.isOver = true;
      await load;
      const all = () => Promise.all(this.members.map((_, sender) => this.contribute(sender)));
      await this.contributions.settle(this.members[0], all);
      const { contributions, guests } = this;
      if (contributions.refused.size > 0)
        throw new Violation(`a gradient was refused: ${[...contributions.refused.values()][0]}`);
      const versions = await checkLog(this.operator, COMMUNITY, contributions);
      await this.checkMatrix();
      await this.checkRoster();
      const seconds = Math.round((performance.now() - startedMs) / 1000);
      console.log(
        `${kills} kills: ${contributions.accepted.size} gradients accepted, ${contributions.applied.length} applied once, ` +
          `rejected: ${contributions.reasons}; ${versions} versions, ${guests.size} guests, no violation; ${seconds} s`,
      );
    } finally {
      this.isOver = true;
      await this.system.stop();
    }
  }
}

/** Answers whether nothing was violated. */
export async function runKills(kills: number, seed: number): Promise<boolean> {
  try {
    await new KillRun(seed).run(kills);
    return true;
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    console.log(`violation: ${error.message}`);
    return false;
  }
}
