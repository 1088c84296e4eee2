/**
 * What may happen next in a seed: calls of clients, wake-ups of workers, messages that come, time that
 * passes, and faults beside.
 */
import { blockPrefix } from "../../src/infra/matrix-block-store.ts";
import { pagePrefix } from "../../src/infra/sum-store.ts";
import { readVersions } from "../../src/infra/version-store.ts";
import { loseObject, objectKeys } from "./bucket.ts";
import { advanceClock, clockMs } from "./clock.ts";
import { Deliveries } from "./deliveries.ts";
import type { Fault, FaultKind } from "./faults.ts";
import { DAY_MS, HOUR_MS, passDays, SCHEDULED_EVENT, type Scene, SECOND_MS } from "./scene.ts";
import { createPoison, createUnfit } from "./workload.ts";

/** How often each is chosen, beside the others. */
export const OPERATIONS = {
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

export class Operations {
  private readonly scene: Scene;
  private readonly deliveries: Deliveries;

  constructor(scene: Scene) {
    this.scene = scene;
    this.deliveries = new Deliveries(scene, scene.ledger.poison);
  }

  async run(operation: Operation): Promise<void> {
    const { clients, random } = this.scene;
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
        return this.deliveries.tick(0.4);
      case "signal":
        return this.deliveries.signal();
      case "sweep":
        return this.sweep();
      case "loss":
        return this.loseAPage();
      case "consume":
        return this.deliveries.consume();
      case "race":
        return this.deliveries.race();
      case "expire":
        return this.deliveries.expire();
      case "clock":
        return this.moveClock();
      default:
        return this.putPastTheApi(operation);
    }
  }

  private async putPastTheApi(operation: "unfit" | "poison"): Promise<void> {
    const { random, ledger, community } = this.scene;
    if (operation === "poison") {
      ledger.poison.add(this.scene.queue.put(createPoison(random, community)));
      return;
    }
    const unfit = await createUnfit(ledger, random, community);
    if (unfit) this.scene.queue.put(unfit.body);
  }

  /**
   * An operator goes back to a version that a sweep has kept, often while a sealed sum waits for its commit.
   */
  private async restore(): Promise<void> {
    if ((await readVersions(this.scene.community)).length === 0) {
      await this.scene.lambdas.wake("sweep-objects", SCHEDULED_EVENT, null);
      await this.scene.lambdas.finishAll();
    }
    if (this.scene.random.isHit(0.5)) {
      // It gathers and seals, and dies before the commit.
      await this.deliveries.consume(20, {
        kind: "crash-before",
        command: "TransactWriteItemsCommand",
        from: 1,
        times: 1,
      });
      await this.scene.lambdas.finishAll();
    }
    await this.scene.clients.restore(this.deliveries.mayFault(0.4));
  }

  /**
   * A sweep among the others; or days before it, so that it finds what another one has marked; or two in a
   * row at the worst moment, while readers hold a head whose objects they have not read, and committers have
   * put what they have not named.
   */
  private async sweep(): Promise<void> {
    const { lambdas } = this.scene;
    const how = this.scene.random.pick(["among", "later", "twice", "twice", "late-reader"]);
    if (how === "later") await passDays(this.scene, 1);
    if (how === "twice") await this.untilSomethingIsPut();
    if (how === "late-reader") await this.readAndCommit();
    await lambdas.wake("sweep-objects", SCHEDULED_EVENT, this.deliveries.mayFault(0.3));
    if (how !== "twice" && how !== "late-reader") return;
    await lambdas.finishOnly("sweep-objects");
    await lambdas.wake("sweep-objects", SCHEDULED_EVENT, null);
    await lambdas.finishOnly("sweep-objects");
  }

  /**
   * Somebody has read a head of days ago when a commit comes, and reads the objects that it named only later.
   */
  private async readAndCommit(): Promise<void> {
    await passDays(this.scene, 1);
    await this.scene.clients.read(null);
    await this.scene.lambdas.step();
    await this.deliveries.consume(20);
    await this.scene.lambdas.finishOnly("apply-gradients");
  }

  private async untilSomethingIsPut(prefix = ""): Promise<boolean> {
    const isOfThose = (key: string) => key.startsWith(prefix);
    const known = new Set(objectKeys());
    for (let steps = 0; steps < 40 && this.scene.lambdas.busyCount > 0; steps++) {
      await this.scene.lambdas.step();
      if (objectKeys().some((key) => isOfThose(key) && !known.has(key))) return true;
    }
    return false;
  }

  /**
   * A leave among the others; or while a committer has put blocks that no head names yet, so that it has to
   * commit them as of a later version, with a client that reads what the leave made, and later the changes
   * since.
   */
  private async leave(fault: Fault | null): Promise<void> {
    const { clients, lambdas, random } = this.scene;
    if (random.isHit(0.3)) return clients.leave(fault);
    await this.deliveries.consume();
    if (!(await this.untilSomethingIsPut(blockPrefix(this.scene.community)))) return clients.leave(fault);
    await clients.leave(null);
    await lambdas.finishOnly("leave-community");
    await clients.follow(null);
    await lambdas.finishOnly("get-model");
  }

  private loseAPage(): void {
    const pages = objectKeys().filter((key) => key.startsWith(pagePrefix(this.scene.community)));
    if (pages.length === 0) return;
    const key = this.scene.random.pick(pages);
    loseObject(key);
    this.scene.ledger.lostPages.add(key);
  }

  private async moveClock(): Promise<void> {
    const { random } = this.scene;
    const span = random.weighted({ seconds: 70, minutes: 20, hours: 8, days: 2 });
    if (span === "hours" || span === "days") await this.scene.lambdas.finishAll();
    const unitMs = { seconds: SECOND_MS, minutes: 60 * SECOND_MS, hours: HOUR_MS, days: DAY_MS }[span];
    advanceClock(random.whole(1, span === "days" ? 1 : 12) * unitMs + random.whole(0, 999));
    this.scene.lambdas.trace.push(`it is ${clockMs()}`);
  }
}
