import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import type { Context } from "aws-lambda";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";
import { PUBLISH_TIME_MAX_MS } from "../../src/domain/limits.ts";
import { ManualClock } from "../local/manual-clock.ts";
import { type Caller, caller, found, type Problem, until } from "./caller.ts";

interface Community {
  round: number;
  nextRoundAt?: string;
  settings: { cadence: object | null };
}

const DAY_MS = 86_400_000;
/** Far ahead, so that nothing is due before a test says so. */
const FIRST_DUE = "2100-01-04T08:00:00.000Z";
const START_MS = Date.parse(FIRST_DUE) - 150_000;
const MONDAYS = {
  ...{ every: "week", weekday: "monday", time: "09:00", timeZone: "Europe/Madrid" },
  from: "2100-01-01",
};

let system: LocalSystem;
let operator: Caller;
let clock: ManualClock;
let lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  clock = new ManualClock(START_MS);
  system = await startLocalSystem({ scheduleClock: clock });
  operator = await caller(system, "operator", "operator");
});
afterAll(() => system.stop());
beforeEach(() => {
  lines = [];
  for (const level of ["info", "error"] as const)
    jest.spyOn(console, level).mockImplementation((line) => void lines.push(line));
});
afterEach(async () => {
  jest.restoreAllMocks();
  const { dynamodb } = await import("../../src/infra/aws.ts");
  dynamodb.middlewareStack.remove("interference");
});

const read = async (name: string) => (await operator<Community>("GET", `/communities/${name}`)).body;
const configure = (name: string, settings: object) =>
  operator<Community & Problem>("PUT", `/communities/${name}`, { body: { settings } });
const told = () => lines.filter(({ event }) => event === "publish-due-rounds");

/** A community of three with a cadence; answers when its next round is due. */
async function scheduled(name: string, cadence: object = MONDAYS): Promise<number> {
  await found(system, name, ["ana", "bo", "cy"], { groupSize: 3, cadence });
  return Date.parse((await read(name)).nextRoundAt!);
}

/** What the scheduler does at a time: it invokes the function. */
async function tickAt(ms: number, remainingMs = 290_000): Promise<void> {
  const { handler } = await import("../../src/handlers/publish-due-rounds.ts");
  const endsAtMs = performance.now() + remainingMs;
  const context = {
    functionName: "publish-due-rounds",
    awsRequestId: "4c1d",
    getRemainingTimeInMillis: () => endsAtMs - performance.now(),
  } as Context;
  const event = {
    version: "0",
    id: "37666ae6-48cf-4285-b4c6-a3320b38824a",
    "detail-type": "Scheduled Event" as const,
    source: "aws.scheduler",
    account: "123456789012",
    time: new Date(ms).toISOString(),
    region: "eu-central-1",
    resources: ["arn:aws:scheduler:eu-central-1:123456789012:schedule/default/tick"],
    detail: "{}",
  };
  await handler(event, context);
}

/** Something happens around each transaction of the handlers, until the test is over. */
async function interfere(around: (write: () => Promise<unknown>) => Promise<unknown>) {
  const { dynamodb } = await import("../../src/infra/aws.ts");
  dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== "TransactWriteItemsCommand") return next(args);
      return (await around(() => next(args))) as Awaited<ReturnType<typeof next>>;
    },
    { step: "initialize", name: "interference" },
  );
}

test("a due round is published once, though its tick comes twice and both at once", async () => {
  const dueMs = await scheduled("twice");
  await tickAt(dueMs - 1);
  expect((await read("twice")).round).toBe(1);
  await Promise.all([tickAt(dueMs), tickAt(dueMs)]);
  await tickAt(dueMs);
  await tickAt(dueMs + DAY_MS);
  const { round, nextRoundAt } = await read("twice");
  expect(round).toBe(2);
  expect(Math.round((Date.parse(nextRoundAt!) - dueMs) / DAY_MS)).toBe(7);
  const first = await operator("GET", "/communities/twice/rounds/1");
  expect(first.body).toMatchObject({ state: "published", publishedAt: new Date(dueMs).toISOString() });
  expect(told()).toMatchObject([{ community: "twice", outcome: "published", round: 1, nextRoundAt }]);
});

test("each due time has its round, and a manual one in between moves none of them", async () => {
  const dueMs = await scheduled("between");
  const { nextRoundAt } = await read("between");
  expect((await operator("POST", "/communities/between/rounds")).status).toBe(201);
  expect(await read("between")).toMatchObject({ round: 2, nextRoundAt });
  await tickAt(dueMs);
  await tickAt(Date.parse((await read("between")).nextRoundAt!));
  expect((await read("between")).round).toBe(4);
});

test("a due round of a season is the planned one", async () => {
  await found(system, "planned", ["ana", "bo", "cy", "di"], { groupSize: 2, cadence: MONDAYS });
  type Groups = { members: { memberId: string }[] }[];
  const C = "/communities/planned";
  const { body } = await operator<{ plan: { groups: Groups }[] }>("PUT", `${C}/season`, {
    body: { rounds: 3 },
  });
  for (const [at, planned] of body.plan.entries()) {
    await tickAt(Date.parse((await read("planned")).nextRoundAt!));
    const { body: round } = await operator<{ state: string; groups: Groups }>("GET", `${C}/rounds/${at + 1}`);
    const groupsOf = (groups: Groups) =>
      groups.map(({ members }) => members.map(({ memberId }) => memberId).sort()).sort();
    expect([round.state, groupsOf(round.groups)]).toEqual(["published", groupsOf(planned.groups)]);
  }
});

test("due times that nobody looked at are not made up for: one round, then the next time", async () => {
  const dueMs = await scheduled("missed", { ...MONDAYS, every: "day", weekday: undefined });
  await tickAt(dueMs + 10.5 * DAY_MS);
  const { round, nextRoundAt } = await read("missed");
  expect(round).toBe(2);
  const aheadMs = Date.parse(nextRoundAt!) - (dueMs + 10.5 * DAY_MS);
  expect(aheadMs > 0 && aheadMs <= DAY_MS).toBe(true);
});

test("where fewer than two take part no round is published, the log says why, and the next time is set", async () => {
  await found(system, "empty", ["ana"], { cadence: MONDAYS });
  const { nextRoundAt } = await read("empty");
  await tickAt(Date.parse(nextRoundAt!));
  const after = await read("empty");
  expect(after.round).toBe(1);
  expect(after.nextRoundAt! > nextRoundAt!).toBe(true);
  expect(told()).toMatchObject([{ community: "empty", outcome: "nobody-to-group", dueAt: nextRoundAt }]);
});

test("without a cadence nothing is due, and null turns it off", async () => {
  const dueMs = await scheduled("off");
  const off = await configure("off", { cadence: null });
  expect(off.body.settings.cadence).toBeNull();
  expect(off.body).not.toHaveProperty("nextRoundAt");
  await tickAt(dueMs);
  expect((await read("off")).round).toBe(1);
  expect(told()).toEqual([]);
});

test("another cadence counts from now on; other settings and the same cadence leave the due time alone", async () => {
  const dueMs = await scheduled("changing");
  const { nextRoundAt } = await read("changing");
  expect((await configure("changing", { diversityPenalty: 2 })).body.nextRoundAt).toBe(nextRoundAt);
  expect((await configure("changing", { cadence: { ...MONDAYS } })).body.nextRoundAt).toBe(nextRoundAt);
  const daily = { every: "day", time: "09:00", timeZone: "Europe/Madrid", from: "2100-01-09" };
  const changed = await configure("changing", { cadence: daily });
  expect(changed.body).toMatchObject({
    nextRoundAt: "2100-01-09T08:00:00.000Z",
    settings: { cadence: daily },
  });
  await tickAt(dueMs);
  expect((await read("changing")).round).toBe(1);
});

test.each([
  [{ ...MONDAYS, timeZone: "Europe/Atlantis" }, "#/settings/cadence/timeZone"],
  [{ ...MONDAYS, weekday: "someday" }, "#/settings/cadence/weekday"],
  [{ ...MONDAYS, time: "25:00" }, "#/settings/cadence/time"],
  [{ ...MONDAYS, every: "fortnight" }, "#/settings/cadence/every"],
  [{ ...MONDAYS, from: "soon" }, "#/settings/cadence/from"],
  [{ ...MONDAYS, hour: 9 }, "#/settings/cadence/hour"],
  ["weekly", "#/settings/cadence"],
])("the cadence %j is refused by name and changes nothing", async (cadence, pointer) => {
  await configure("refused", { cadence: MONDAYS });
  const before = await read("refused");
  const { status, body } = await configure("refused", { cadence });
  expect([status, body.errors?.map((error) => error.pointer)]).toEqual([400, [pointer]]);
  expect(await read("refused")).toEqual(before);
});

test("a crash before the transaction leaves the round due, and one after it publishes no second", async () => {
  const dueMs = await scheduled("crash");
  const others = await scheduled("unharmed");
  expect(others).toBe(dueMs);
  let writes = 0;
  await interfere(async (write) => {
    if (++writes === 1) throw new Error("died before");
    const written = await write();
    if (writes === 3) throw new Error("died after");
    return written;
  });
  await expect(tickAt(dueMs)).rejects.toThrow("1 due rounds were not published");
  expect((await read("crash")).round + (await read("unharmed")).round).toBe(3);
  await expect(tickAt(dueMs)).rejects.toThrow("1 due rounds");
  await tickAt(dueMs);
  expect([(await read("crash")).round, (await read("unharmed")).round]).toEqual([2, 2]);
  expect(lines.map(({ message }) => message).filter(Boolean)).toEqual(["died before", "died after"]);
});

test("whoever leaves while a due round is written is not in it", async () => {
  const dueMs = await scheduled("leaving");
  const late = await caller(system, "late");
  await late("PUT", "/communities/leaving/members/me", { body: {} });
  let left: Promise<unknown> | undefined;
  await interfere(async (write) => {
    if (!left) {
      left = late("DELETE", "/communities/leaving/members/me");
      await left;
    }
    return write();
  });
  await tickAt(dueMs);
  const { readRound } = await import("../../src/infra/round-store.ts");
  const { groupOf } = (await readRound("leaving", 1))!;
  expect(Array.from(groupOf, (group) => group >= 0)).toEqual([true, true, true, false]);
});

test("a member who pauses before each write of a due round does not hold it up", async () => {
  const dueMs = await scheduled("toggled");
  const ana = await caller(system, "ana");
  let [toggles, isToggling] = [0, false];
  await interfere(async (write) => {
    if (!isToggling) {
      isToggling = true;
      const paused = toggles++ % 2 === 0;
      await ana("PUT", "/communities/toggled/members/me", { body: { paused } });
      isToggling = false;
    }
    return write();
  });
  await tickAt(dueMs);
  expect(toggles).toBe(1);
  expect((await read("toggled")).round).toBe(2);
});

test("a block made while a due round is written parts the two in it", async () => {
  const dueMs = await scheduled("parted");
  const ana = await caller(system, "ana");
  const { readMembers } = await import("../../src/infra/member-store.ts");
  const bo = (await readMembers("parted")).find(({ userId }) => userId === "bo")!;
  let blocked: Promise<unknown> | undefined;
  await interfere(async (write) => {
    if (!blocked) {
      blocked = ana("PUT", `/communities/parted/members/me/blocks/${bo.memberId}`);
      await blocked;
    }
    return write();
  });
  await tickAt(dueMs);
  const { readRound } = await import("../../src/infra/round-store.ts");
  const { groupOf, state } = (await readRound("parted", 1))!;
  expect(state).toBe("published");
  expect(groupOf[0]).not.toBe(groupOf[1]);
});

test("a tick without the time for another round leaves it to the next tick", async () => {
  const dueMs = await scheduled("short");
  await tickAt(dueMs, PUBLISH_TIME_MAX_MS - 1000);
  expect((await read("short")).round).toBe(1);
  await tickAt(dueMs);
  expect((await read("short")).round).toBe(2);
});

test("the schedule of serverless.yml publishes by itself, when the time comes", async () => {
  const dueMs = await scheduled("by-itself");
  expect(new Date(dueMs).toISOString()).toBe(FIRST_DUE);
  await clock.moveTo(dueMs - 1);
  expect((await read("by-itself")).round).toBe(1);
  await clock.moveTo(dueMs);
  const { nextRoundAt } = await until(
    () => read("by-itself"),
    ({ round }) => round === 2,
  );
  expect(Date.parse(nextRoundAt!)).toBeGreaterThan(dueMs);
});
