/**
 * One seed of secure sums: members' devices with the SDK, the leader and the helper, each with its own
 * Lambdas and stores, with faults at any request of any of them; an hour without the helper; a leader that
 * asks the helper for more than it may know. Then a drain without faults, and the invariants.
 */
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { decodeBase64 } from "../../src/domain/messages/base64.ts";
import type { Report } from "../../src/domain/messages/report.ts";
import type { ReportSetBody } from "../../src/domain/secure/helper-messages.ts";
import { termsHash, valueCountOf } from "../../src/domain/secure/terms.ts";
import { createHead, readHead } from "../../src/infra/head-store.ts";
import { askForMasks } from "../../src/infra/helper.ts";
import { readSum } from "../../src/infra/sum-store.ts";
import { headOf } from "../fixtures/head.ts";
import { emptyBucket } from "./bucket.ts";
import { advanceClock, clockMs, restartClock } from "./clock.ts";
import { Deliveries } from "./deliveries.ts";
import { Devices, userIdOf } from "./devices.ts";
import { drainQueue, drainSums } from "./drain.ts";
import type { Fault } from "./faults.ts";
import { dropInstances, Lambdas } from "./lambdas.ts";
import { anyFault, HELPER_URL, Network, useNetwork } from "./network.ts";
import { SimulatedQueue } from "./queue.ts";
import { RandomSource } from "./random-source.ts";
import { DAY_MS, HOUR_MS, SCHEDULED_EVENT, SECOND_MS } from "./scene.ts";
import { checkSecure } from "./secure-invariants.ts";
import { SecureLedger } from "./secure-ledger.ts";
import type { SeedResult } from "./simulate-seed.ts";

const OPERATIONS = {
  ...{ contribute: 32, join: 2, forget: 1, curious: 6 },
  ...{ consume: 16, race: 6, expire: 5, signal: 4, tick: 14 },
  ...{ clock: 8, outage: 2, week: 1 },
};
const OPERATIONS_MIN = 18;
const OPERATIONS_MAX = 34;
const BUSY_MAX = 6;
const MEMBERS = ["ana", "bo", "cy", "di", "eve"];
const NEWCOMERS = ["fay", "gus", "hal"];
const FLOOR = 3;

class SecureRun {
  readonly community: string;
  readonly ledger: SecureLedger;
  readonly lambdas: Lambdas;
  readonly random: RandomSource;
  readonly queue: SimulatedQueue;
  private readonly network: Network;
  private readonly deliveries: Deliveries;
  private readonly devices: Devices;
  private isNextWeek = false;

  constructor(seed: number) {
    this.community = `secure-${seed}-${runs}`;
    this.random = new RandomSource(seed);
    this.queue = new SimulatedQueue(this.random);
    this.lambdas = new Lambdas(this.random, this.queue);
    const saboteur = this.random.isHit(0.3) ? this.random.pick(MEMBERS) : null;
    this.ledger = new SecureLedger(saboteur);
    this.network = new Network(this.lambdas, this.random, this.ledger.note);
    this.deliveries = new Deliveries(this);
    this.devices = new Devices(this.community, this.random, this.lambdas, saboteur);
    useNetwork(this.network);
    process.env.HELPER_URL = HELPER_URL;
    process.env.REPORTS_MIN = String(FLOOR);
  }

  async setUp(seed: number): Promise<void> {
    const { community, random } = this;
    const counts = { rowCount: 0, memberCount: 0, itemCount: 0 };
    const head = headOf(community, {
      ...{ ...counts, seed, createdAtMs: clockMs() },
      settings: {
        ...DEFAULT_SETTINGS,
        sums: "secure",
        factors: 2,
        optimizer: "sgd",
        learningRate: 1 / 64,
        regularization: 0,
        aggregation: "sum",
        clipNorm: null,
        clipFactor: 16,
        clipBias: 32,
        gradientsPerHourMax: null,
        sumMembersMin: random.pick([2, 3, 4]),
        sumMembersMax: random.pick([4, 8]),
        sumSecondsMin: random.pick([0, 5]),
      },
    });
    await createHead(head);
    this.network.isCalm = true;
    for (const member of MEMBERS) await this.devices.join(member, null);
    await this.lambdas.finishAll();
    for (const member of MEMBERS) await this.devices.rate(member);
    await this.lambdas.finishAll();
    this.network.isCalm = false;
  }

  private async contributeSome(): Promise<void> {
    const members = this.random.shuffled([...this.devices.joined]).slice(0, this.random.whole(1, 5));
    for (const member of members) await this.devices.contribute(member, this.fault());
  }

  private async forgetSome(): Promise<void> {
    const member = this.random.pick(MEMBERS);
    this.ledger.forgotten.add(member);
    await this.devices.forget(member);
  }

  /**
   * The leader asks for another set of a sum that was answered; of one that was not, for fewer members than
   * the floor.
   */
  private async askTooMuch(sum: number): Promise<void> {
    const { ledger, random } = this;
    const ofSum = [...ledger.posted.values()].filter(({ report }) => report.sum === sum);
    const few = new Set(MEMBERS.slice(0, FLOOR - 1));
    const isAnswered = ledger.answers.some((answer) => answer.sum === sum);
    const asked = isAnswered ? ofSum.slice(1) : ofSum.filter(({ member }) => few.has(member));
    const reports = [...asked, ...asked.slice(0, random.whole(1, 2))].map(({ report }) => report);
    await this.ask("curious leader", sum, reports);
  }

  private async ask(name: string, sum: number, reports: readonly Report[]): Promise<void> {
    const { community, lambdas } = this;
    const { sumTerms } = (await readHead(community))!;
    const terms = sumTerms?.sum === sum ? sumTerms : (await readSum(community, sum))?.terms;
    if (!terms) return;
    const question = { community, sum, valueCount: valueCountOf(terms), reports };
    const work = async () => askForMasks({ ...question, termsHash: await termsHash(terms) });
    await lambdas.runDevice(name, null, work, () => {});
  }

  /**
   * After the drain: each set that was answered is asked for again, one of its members unknown by now, and
   * then another set.
   */
  async askAgain(): Promise<void> {
    const { ledger, lambdas } = this;
    const sums = new Set([...ledger.posted.values()].map(({ report }) => report.sum));
    for (const { sum, question, accepted } of [...ledger.answers]) {
      await this.devices.forget(ledger.posted.get(accepted[0])!.member);
      await lambdas.finishAll();
      const { reports } = JSON.parse(question) as ReportSetBody;
      await this.ask(
        "leader",
        sum,
        reports.map(({ id }) => ledger.posted.get(id)!.report),
      );
      await lambdas.finishAll();
    }
    for (const sum of sums) {
      await this.askTooMuch(sum);
      await lambdas.finishAll();
    }
  }

  private fault(): Fault | null {
    return anyFault(this.random, 0.25, 10);
  }

  private async operation(operation: keyof typeof OPERATIONS): Promise<void> {
    const { random, deliveries } = this;
    switch (operation) {
      case "contribute":
        return this.contributeSome();
      case "join":
        return this.devices.join(random.pick(NEWCOMERS), this.fault());
      case "forget":
        return this.forgetSome();
      case "curious":
        return this.askTooMuch(random.pick([...this.ledger.posted.values()])?.report.sum ?? 1);
      case "tick":
        return this.lambdas.wake("commit-sums", SCHEDULED_EVENT, anyFault(random, 0.5));
      case "clock":
        return this.passTime(random.whole(1, 12) * random.pick([SECOND_MS, SECOND_MS, 60 * SECOND_MS]));
      case "outage":
        return this.endOrBeginOutage();
      case "week":
        return this.passAWeek();
      default:
        return deliveries[operation]() as Promise<void>;
    }
  }

  private async passTime(ms: number): Promise<void> {
    if (ms > 30 * SECOND_MS) await this.lambdas.finishAll();
    advanceClock(ms);
  }

  /** For an hour nobody reaches the helper, while the rest goes on. */
  private async endOrBeginOutage(): Promise<void> {
    const leftMs = this.network.helperDownUntilMs - clockMs();
    if (leftMs > 0) await this.passTime(leftMs);
    else this.network.helperDownUntilMs = clockMs() + HOUR_MS;
  }

  /** Once a seed: the helper makes a new key pair, and what the devices keep of the old one is over. */
  private async passAWeek(): Promise<void> {
    if (this.isNextWeek) return;
    this.isNextWeek = true;
    await this.lambdas.finishAll();
    await drainQueue(this);
    advanceClock(HOUR_MS);
    this.network.isCalm = true;
    await this.lambdas.wake("commit-sums", SCHEDULED_EVENT, null);
    await this.lambdas.finishAll();
    this.network.isCalm = false;
    advanceClock(7 * DAY_MS);
    await this.lambdas.rotateKeys(SCHEDULED_EVENT, this.fault());
  }

  async operate(): Promise<void> {
    const { random, lambdas } = this;
    const count = random.whole(OPERATIONS_MIN, OPERATIONS_MAX);
    for (let n = 0; n < count; n++) {
      while (lambdas.busyCount >= BUSY_MAX) await lambdas.step();
      await this.operation(random.weighted(OPERATIONS));
      const pace = random.pick([0.5, 0.85, 0.97]);
      while (lambdas.busyCount > 0 && random.isHit(pace)) await lambdas.step();
    }
  }

  /** Devices send what they still have; then whatever waits comes to its end. */
  async drain(): Promise<void> {
    await this.lambdas.finishAll();
    this.network.isCalm = true;
    await drainQueue(this);
    advanceClock(HOUR_MS);
    for (const member of this.devices.joined) {
      await this.devices.contribute(member, null);
      await this.lambdas.finishAll();
    }
    await drainQueue(this);
    await drainSums(this);
  }

  async check(): Promise<number> {
    const { community, ledger, lambdas, network } = this;
    if (network.failure) throw network.failure;
    const call = {
      route: "GET /communities/{community}/model",
      userId: userIdOf("ana", community),
      parameters: { community },
    };
    const read: { modelVersion: number; values: string }[] = [];
    await lambdas.call("get-model", call, null, (_, body) => read.push(body as (typeof read)[0]));
    await lambdas.finishAll();
    const [{ modelVersion, values }] = read;
    const model = { modelVersion, values: new Float32Array(decodeBase64(values)!.buffer) };
    return checkSecure({ community, ledger, floor: FLOOR, model });
  }
}

let runs = 0;

/** Runs a seed; its violation, if there is one, and what happened, line by line. */
export async function simulateSecure(seed: number): Promise<SeedResult> {
  runs++;
  restartClock();
  emptyBucket();
  const run = new SecureRun(seed);
  let commits = 0;
  let violation: Error | null = null;
  try {
    await run.setUp(seed);
    await run.operate();
    await run.drain();
    await run.askAgain();
    commits = await run.check();
  } catch (error) {
    violation = error as Error;
    dropInstances();
  }
  return { violation, trace: run.lambdas.trace, gradients: run.ledger.posted.size, commits };
}
