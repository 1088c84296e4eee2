/**
 * One seed of memberships: some users join, leave, come back, block, are banned, and follow the model from several devices
 * at once, with crashes between their requests; then what stands in the stores must be one membership a user.
 */
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { FORMER_MEMBER_RETENTION_MS } from "../../src/domain/limits.ts";
import { readFormer } from "../../src/infra/former-store.ts";
import { createHead } from "../../src/infra/head-store.ts";
import { readMembers } from "../../src/infra/member-store.ts";
import { headOf } from "../fixtures/head.ts";
import { emptyBucket } from "./bucket.ts";
import { advanceClock, clockMs, restartClock } from "./clock.ts";
import type { Fault, FaultKind } from "./faults.ts";
import type { Instance } from "./instances.ts";
import { dropInstances, Lambdas } from "./lambdas.ts";
import { Violation } from "./ledger.ts";
import { checkMemberships, type Expected } from "./membership-invariants.ts";
import { SimulatedQueue } from "./queue.ts";
import { RandomSource } from "./random-source.ts";
import { HOUR_MS, SCHEDULED_EVENT } from "./scene.ts";
import type { SeedResult } from "./simulate-seed.ts";

const OPERATIONS = { join: 30, leave: 22, block: 14, unblock: 3, ban: 10, follow: 14, tick: 2, expire: 2 };
const OPERATIONS_MIN = 20;
const OPERATIONS_MAX = 45;
const BUSY_MAX = 5;
/** Follows the model all the time. */
const OBSERVER = "ana";
const USERS = ["bo", "cy", "di"];
const COMMUNITY = "/communities/{community}";

class MembershipRun {
  private readonly random: RandomSource;
  private readonly community: string;
  readonly lambdas: Lambdas;
  private readonly expected: Expected = {
    blocks: new Set(),
    banned: new Set(),
    free: new Set(USERS),
    names: [],
  };
  private version: number | null = null;
  private following = false;
  private readonly banning = new Set<string>();
  private readonly unblocking = new Set<string>();

  constructor(seed: number) {
    this.community = `members-${seed}-${runs}`;
    this.random = new RandomSource(seed);
    this.lambdas = new Lambdas(this.random, new SimulatedQueue(this.random), 0.5);
  }

  async setUp(seed: number): Promise<void> {
    const settings = { ...DEFAULT_SETTINGS, factors: 2 };
    const counts = { rowCount: 0, memberCount: 0, itemCount: 0 };
    await createHead(headOf(this.community, { ...counts, seed, settings, createdAtMs: clockMs() }));
    await this.join(OBSERVER, null);
    await this.lambdas.finishAll();
  }

  async operate(): Promise<void> {
    const { random, lambdas } = this;
    const count = random.whole(OPERATIONS_MIN, OPERATIONS_MAX);
    for (let n = 0; n < count; n++) {
      while (lambdas.busyCount >= BUSY_MAX) await lambdas.step();
      await this.operation(random.weighted(OPERATIONS));
      const pace = random.pick([0.3, 0.7, 0.95]);
      while (lambdas.busyCount > 0 && random.isHit(pace)) await lambdas.step();
    }
    await lambdas.finishAll();
  }

  private fault(): Fault | null {
    const { random } = this;
    if (!random.isHit(0.3)) return null;
    const kinds: FaultKind[] = [
      "crash-before",
      "crash-after",
      "unsent",
      "response-lost",
      "response-lost-once",
    ];
    const commands = [
      "TransactWriteItemsCommand",
      "TransactWriteItemsCommand",
      "UpdateItemCommand",
      "S3 PUT",
    ];
    const kind = random.pick([...kinds, "throttled" as const, "conflict" as const]);
    const command = kind === "conflict" ? commands[0] : random.pick(commands);
    return { kind, command, from: random.pick([0, 0, 1]), times: random.whole(1, 2) };
  }

  /** Mostly a user who is there, or who is not; at times anybody. */
  private async pickUser(isThere: boolean): Promise<string> {
    const there = new Set((await readMembers(this.community)).map(({ userId }) => userId));
    const users = USERS.filter((user) => there.has(user) === isThere);
    return this.random.pick(users.length > 0 && this.random.isHit(0.8) ? users : USERS);
  }

  /** Devices of one user do the same at once. */
  private async onDevices(devicesMax: number, act: () => Promise<void>): Promise<void> {
    const devices = this.random.whole(1, devicesMax);
    for (let n = 0; n < devices; n++) await act();
  }

  private async operation(operation: keyof typeof OPERATIONS): Promise<void> {
    const user = await this.pickUser(operation !== "join");
    switch (operation) {
      case "join":
        return this.onDevices(3, () => this.join(user, this.fault()));
      case "leave":
        return this.onDevices(2, () => this.leave(user));
      case "block":
      case "unblock":
        return this.changeBlock(operation, user);
      case "ban":
        return this.changeBan(user);
      case "follow":
        return this.follow();
      case "tick": // what a round counts on is in the head: the hours go by
        return this.passTime(HOUR_MS);
      case "expire":
        return this.expire();
    }
  }

  private call(
    endpoint: "join-community" | "leave-community" | "put-block" | "delete-block",
    method: string,
    userId: string,
    more: Record<string, string>,
    fault: Fault | null,
    answered: (status: number) => void,
  ): Promise<void> {
    const place = more.memberId === undefined ? "" : "/blocks/{memberId}";
    const route = `${method} ${COMMUNITY}/members/me${place}`;
    const parameters = { community: this.community, ...more };
    return this.lambdas.call(endpoint, { route, userId, parameters }, fault, (status, body) => {
      const known = [200, 201, 204, 403, 404, 429];
      if (status < 500 && !known.includes(status))
        throw new Violation(`${endpoint} was answered ${status} ${JSON.stringify(body)}`);
      answered(status);
    });
  }

  private join(user: string, fault: Fault | null): Promise<void> {
    return this.call("join-community", "PUT", user, {}, fault, (status) => {
      if (status === 204 || status === 404) throw new Violation(`a join was answered ${status}`);
    });
  }

  private leave(user: string): Promise<void> {
    return this.call("leave-community", "DELETE", user, {}, this.fault(), (status) => {
      if (status < 500 && status !== 204) throw new Violation(`a leave was answered ${status}`);
    });
  }

  private async userOf(memberId: string): Promise<string | undefined> {
    return (await readMembers(this.community)).find((member) => member.memberId === memberId)?.userId;
  }

  /** The observer, or a user, blocks another who is there, or takes it back. */
  private async changeBlock(change: "block" | "unblock", user: string): Promise<void> {
    const { unblocking } = this;
    const { blocks } = this.expected;
    const [by, other] = this.random.isHit(0.6)
      ? [OBSERVER, user]
      : [user, this.random.pick([OBSERVER, ...USERS])];
    const found = (await readMembers(this.community)).find((member) => member.userId === other);
    if (!found || by === other) return;
    const key = `${by} ${other}`;
    const { memberId } = found;
    if (change === "unblock") {
      blocks.delete(key);
      // One that is under way may come after it: nothing can be said of this pair but what is blocked from now on.
      await this.lambdas.finishAll();
      if ((await this.userOf(memberId)) !== other) return;
      blocks.delete(key);
      unblocking.add(key);
      return this.call("delete-block", "DELETE", by, { memberId }, this.fault(), () => {
        unblocking.delete(key);
      });
    }
    // Of a block and its end at once, either may come last.
    const isAlone = !unblocking.has(key);
    return this.call("put-block", "PUT", by, { memberId }, this.fault(), (status) => {
      if (status === 204 && isAlone && !unblocking.has(key)) blocks.add(key);
    });
  }

  /** An operator bans, or lifts a ban, by the handle that the user has or had; one operator at a time. */
  private async changeBan(user: string): Promise<void> {
    const { expected, community, banning } = this;
    if (banning.has(user)) return;
    const member = (await readMembers(community)).find(({ userId }) => userId === user);
    const memberId = (member ?? (await readFormer(community, user, clockMs())))?.memberId;
    if (memberId === undefined) return;
    const isBanned = expected.free.has(user);
    banning.add(user);
    expected.free.delete(user);
    expected.banned.delete(user);
    const change = async ({ people, formers }: Instance) => {
      const changed = member && (await people.setMemberBan(community, member, isBanned));
      if (changed?.outcome === "committed") return true;
      return formers.setFormerBan(community, memberId, isBanned, Date.now());
    };
    await this.lambdas.run("ban", this.fault(), change, (isDone) => {
      banning.delete(user);
      if (isDone) expected[isBanned ? "banned" : "free"].add(user);
    });
  }

  /** GET model?sinceVersion&knownRows on a device of the observer's. */
  async follow(): Promise<void> {
    if (this.following) return;
    this.following = true;
    const { names } = this.expected;
    const { version } = this;
    const since = version !== null && { sinceVersion: String(version), knownRows: String(names.length) };
    const query: Record<string, string> = { encoding: "json", ...since };
    const parameters = { community: this.community };
    const call = { route: `GET ${COMMUNITY}/model`, userId: OBSERVER, parameters, query };
    await this.lambdas.call("get-model", call, null, (status, body) => {
      this.following = false;
      if (status !== 200) throw new Violation(`GET model was answered ${status}`);
      const { items, modelVersion } = body as {
        items: { row: number; itemId?: string | null }[];
        modelVersion: number;
      };
      for (const { row, itemId } of items) if (itemId !== undefined) names[row] = itemId;
      this.version = modelVersion;
    });
  }

  private async passTime(ms: number): Promise<void> {
    await this.lambdas.finishAll();
    advanceClock(ms);
  }

  /** What has left by now can no longer come back to its row, and a sweep forgets who blocked it. */
  async expire(): Promise<void> {
    await this.passTime(FORMER_MEMBER_RETENTION_MS + HOUR_MS);
    const present = new Set((await readMembers(this.community)).map(({ userId }) => userId));
    const { blocks, banned } = this.expected;
    for (const key of blocks)
      if (key.split(" ").some((user) => !present.has(user) && !banned.has(user))) blocks.delete(key);
    await this.lambdas.wake("sweep-objects", SCHEDULED_EVENT, this.random.isHit(0.3) ? this.fault() : null);
  }

  async check(): Promise<number> {
    const { community, expected } = this;
    await checkMemberships(community, [OBSERVER, ...USERS], expected);
    await this.follow();
    await this.lambdas.finishAll();
    const commits = await checkMemberships(community, [OBSERVER, ...USERS], expected, expected.names);
    await this.expire();
    await this.lambdas.finishAll();
    await this.lambdas.wake("sweep-objects", SCHEDULED_EVENT, null);
    await this.lambdas.finishAll();
    await checkMemberships(community, [OBSERVER, ...USERS], expected, expected.names, true);
    return commits;
  }
}

let runs = 0;

/** Runs a seed; its violation, if there is one, and what happened, line by line. */
export async function simulateMemberships(seed: number): Promise<SeedResult> {
  runs++;
  restartClock();
  emptyBucket();
  const run = new MembershipRun(seed);
  let commits = 0;
  let violation: Error | null = null;
  try {
    await run.setUp(seed);
    await run.operate();
    commits = await run.check();
  } catch (error) {
    violation = error as Error;
    dropInstances();
  }
  return { violation, trace: run.lambdas.trace, gradients: 0, commits };
}
