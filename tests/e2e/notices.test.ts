/**
 * Notices from the change to the receiver: signed, once, again after failures and crashes, and never to the
 * wrong address.
 */
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type { Context } from "aws-lambda";
import { Webhook } from "standardwebhooks";
import type { NoticeMessage } from "../../src/domain/messages/notice-messages.ts";
import { ManualClock } from "../local/manual-clock.ts";
import { caller, found, type Problem, until } from "./caller.ts";
import { type Received, type Receiver, startReceiver } from "./receiver.ts";
import { operator, startSystem, system } from "./system.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

interface Shown {
  name: string;
  url: string;
  secret: string;
  oldSecretUntil?: string;
  failingSince?: string;
  disabledAt?: string;
}
interface Logged {
  id: string;
  event: string;
  state: string;
  attempts: number;
  status?: number;
  error?: string;
  nextTryAt?: string;
}

let receiver: Receiver;

startSystem({ scheduleClock: new ManualClock(Date.now()) }); // ticks come when a test says so
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  const { dynamodb } = await import("../../src/infra/aws.ts");
  dynamodb.middlewareStack.remove("interference");
  await system.drain();
  await receiver.stop();
});

const C = (name: string) => `/communities/${name}`;
const hook = (community: string, events: string[], url = receiver.url) =>
  operator<Shown>("PUT", `${C(community)}/webhooks/app`, { body: { url, events } });
const log = async (community: string) =>
  (await operator<{ deliveries: Logged[] }>("GET", `${C(community)}/webhooks/app/deliveries`)).body
    .deliveries;
const shown = async (community: string) =>
  (await operator<{ webhooks: Shown[] }>("GET", `${C(community)}/webhooks`)).body.webhooks[0];
const messageOf = ({ body }: Received) => JSON.parse(body) as NoticeMessage;
const verified = (secret: string, { body, headers }: Received) =>
  new Webhook(secret).verify(body, headers as Record<string, string>) as NoticeMessage;
const join = async (community: string, userId: string) =>
  (await caller(system, userId))("PUT", `${C(community)}/members/me`, { body: {} });

async function tick(aheadMs: number, name = "deliver-notices"): Promise<void> {
  const { handler } = (await import(`../../src/handlers/${name}.ts`)) as {
    handler: (event: object, context: Context) => Promise<unknown>;
  };
  const endsAtMs = performance.now() + 50_000;
  const getRemainingTimeInMillis = () => endsAtMs - performance.now();
  const time = new Date(Date.now() + aheadMs).toISOString();
  await handler({ time }, { functionName: name, awsRequestId: "tick", getRemainingTimeInMillis } as Context);
}

test("a published round reaches the webhook that asks for it, signed, and the bus", async () => {
  await found(system, "chess", ["ana", "bo", "cy", "di"], { groupSize: 2 });
  const { status, body: made } = await hook("chess", ["round.published"]);
  expect([status, made.secret]).toEqual([201, expect.stringMatching(/^whsec_/)]);
  expect((await operator("POST", `${C("chess")}/rounds`)).status).toBe(201);
  await system.drain();

  expect(receiver.received).toHaveLength(1);
  const message = verified(made.secret, receiver.received[0]);
  expect(message).toMatchObject({
    type: "round.published",
    data: { community: "chess", round: 1, groupCount: 2 },
  });
  expect(receiver.received[0].headers["webhook-id"]).toBe(message.id);
  const groups = message.data.groups as { members: { userId: string; memberId: string }[] }[];
  expect(groups.flatMap(({ members }) => members.map(({ userId }) => userId)).sort()).toEqual([
    "ana",
    "bo",
    "cy",
    "di",
  ]);
  const ids = await operator<{ groups: { groupId: string; members: object[] }[] }>(
    "GET",
    `${C("chess")}/assignments`,
  );
  expect(groups.map(({ members }) => members.map(({ memberId }) => ({ memberId })))).toEqual(
    ids.body.groups.map(({ members }) => members),
  );
  const events = system.events.filter(({ DetailType }) => DetailType === "round.published");
  expect(events.map(({ Source, Detail }) => [Source, JSON.parse(Detail)])).toEqual([["tertulia", message]]);
  expect(await log("chess")).toMatchObject([
    { id: message.id, event: "round.published", state: "delivered", attempts: 1, status: 200 },
  ]);
  const late = await operator<Problem>("DELETE", `${C("chess")}/rounds/1`);
  expect([late.status, late.body.detail]).toEqual([409, "A webhook is told of the round already."]);
  const secrets = await operator("GET", `${C("chess")}/webhooks`);
  expect(JSON.stringify(secrets.body)).not.toContain("whsec_");
});

test("who joins, asks to, and leaves is told of, and a round a day before it is due, each once", async () => {
  const events = ["member.joined", "member.awaiting-approval", "member.left", "round.due"];
  const soon = new Date(Date.now() + DAY_MS + 30 * MINUTE_MS);
  const cadence = { every: "day", time: soon.toISOString().slice(11, 16), timeZone: "Etc/UTC" };
  await operator("PUT", C("told"), { body: { settings: { factors: 1, cadence } } });
  await hook("told", events);
  await join("told", "ana");
  await operator("PUT", C("told"), { body: { settings: { join: "approval" } } });
  for (let times = 0; times < 2; times++) {
    await join("told", "bo");
    await (await caller(system, "bo"))("DELETE", `${C("told")}/members/me`);
  }
  await (await caller(system, "ana"))("DELETE", `${C("told")}/members/me`);
  await tick(0, "publish-due-rounds");
  await tick(0, "publish-due-rounds");
  await system.drain();
  const told = receiver.received.map(messageOf).map(({ type, data }) => [type, data.userId ?? data.round]);
  expect(told.sort()).toEqual([
    ["member.awaiting-approval", "bo"],
    ["member.joined", "ana"],
    ["member.left", "ana"],
    ["round.due", 1],
  ]);
});

test("a receiver that fails is left alone for a while, then gets all that it missed, and others wait for nobody", async () => {
  for (const name of ["ill", "well"]) await found(system, name, []);
  await hook("ill", ["member.joined"], `${receiver.url}/ill`);
  await hook("well", ["member.joined"], `${receiver.url}/well`);
  receiver.answer = (response) => response.writeHead(500).end();
  for (const name of ["ill", "well"]) for (const userId of ["ana", "bo"]) await join(name, userId);
  await system.drain();
  expect(receiver.received.map(({ path }) => path).sort()).toEqual(["/ill", "/well"]);
  const ill = await log("ill");
  expect(ill.every(({ state, nextTryAt }) => state === "waiting" && nextTryAt)).toBe(true);
  expect(ill.filter(({ status }) => status === 500)).toMatchObject([{ attempts: 1 }]);
  await tick(0);
  expect(receiver.received).toHaveLength(2);

  let hangUp = () => {};
  receiver.answer = (response, { path }) => {
    if (path === "/well") response.end();
    else hangUp = () => response.destroy();
  };
  const ticking = tick(2 * MINUTE_MS);
  await until(
    () => log("well"),
    (all) => all.every(({ state }) => state === "delivered"),
  );
  await until(
    async () => receiver.received,
    (all) => all.some(({ path }, n) => n > 1 && path === "/ill"),
  );
  hangUp();
  await ticking;
  expect((await log("ill")).reduce((sum, { attempts }) => sum + attempts, 0)).toBe(2);
  expect(await shown("ill")).toMatchObject({ failingSince: expect.any(String) });

  receiver.answer = (response) => response.end();
  await tick(7 * MINUTE_MS);
  expect((await log("ill")).map(({ state }) => state)).toEqual(["delivered", "delivered"]);
  expect(await shown("ill")).not.toHaveProperty("failingSince");
  const byId = Map.groupBy(receiver.received, ({ path, headers }) => path + headers["webhook-id"]);
  expect(byId.size).toBe(4);
});

test("after a day a notice is given up, after five a webhook is disabled, and a test that arrives enables it", async () => {
  await found(system, "gone", []);
  await hook("gone", ["member.joined"]);
  receiver.answer = (response) => response.writeHead(302, { location: `${receiver.url}/elsewhere` }).end();
  await join("gone", "ana");
  await system.drain();
  await tick(DAY_MS + MINUTE_MS);
  expect(await log("gone")).toMatchObject([{ state: "given-up", attempts: 2, status: 302 }]);
  expect(receiver.received.every(({ path }) => path === "/")).toBe(true);
  expect(await deadLetters()).toContainEqual({
    community: "gone",
    delivery: expect.stringContaining("#app#"),
  });

  await join("gone", "bo");
  await system.drain();
  await tick(5 * DAY_MS + MINUTE_MS);
  expect(await shown("gone")).toMatchObject({ disabledAt: expect.any(String) });
  const calls = receiver.received.length;
  await join("gone", "cy");
  await system.drain();
  expect(receiver.received).toHaveLength(calls);
  expect(await log("gone")).toHaveLength(2);

  receiver.answer = (response) => response.end();
  const tested = await operator("POST", `${C("gone")}/webhooks/app/test`);
  expect(tested).toMatchObject({ status: 200, body: { delivered: true, status: 200 } });
  expect(messageOf(receiver.received.at(-1)!)).toMatchObject({ type: "test", data: { community: "gone" } });
  expect(await shown("gone")).not.toHaveProperty("disabledAt");
  const again = await operator<Problem>("POST", `${C("gone")}/webhooks/app/test`);
  expect([again.status, again.body.type, again.headers.get("retry-after")]).toEqual([
    429,
    "too-many-tests",
    "5",
  ]);
});

async function deadLetters(): Promise<object[]> {
  const { sqs } = await import("../../src/infra/aws.ts");
  const { ReceiveMessageCommand } = await import("@aws-sdk/client-sqs");
  const QueueUrl = system.environment.NOTICES_DEAD_LETTERS;
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body }) => JSON.parse(Body!));
}

test("a crash anywhere between the change and the log loses no notice, and each has one id", async () => {
  const { dynamodb } = await import("../../src/infra/aws.ts");
  await found(system, "crash", []);
  await hook("crash", ["member.joined"]);
  let crashes = 0;
  // Each write of a delivery, and of a claim, fails once: before it is made, and after.
  const seen = new Set<string>();
  dynamodb.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const text = JSON.stringify(args.input);
        const isOfDelivery = /"S":"(delivery|webhook)#/.test(text) && !text.includes("TransactItems");
        const kind = `${commandName} ${/delivery#/.test(text)}`;
        if (!isOfDelivery || seen.has(`${kind} after`)) return next(args);
        crashes++;
        if (!seen.has(kind)) {
          seen.add(kind);
          throw new Error("the function dies");
        }
        seen.add(`${kind} after`);
        await next(args);
        throw new Error("the function dies");
      },
    { step: "initialize", name: "interference" },
  );
  jest.spyOn(console, "error").mockImplementation(() => {});
  await join("crash", "ana");
  await system.drain();
  for (let minutes = 2; minutes < 30; minutes += 2) await tick(minutes * MINUTE_MS);
  jest.restoreAllMocks();
  expect(crashes).toBeGreaterThan(4);
  dynamodb.middlewareStack.remove("interference");
  expect(await log("crash")).toMatchObject([{ state: "delivered" }]);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(messageOf(receiver.received[0]).data).toMatchObject({ userId: "ana" });
});

test("what happens once is told once, and what a restored table brings back after a day is not told again", async () => {
  const { writeNoticeOnce } = await import("../../src/infra/notice-store.ts");
  await found(system, "once", []);
  await hook("once", ["sum.stalled"]);
  const write = (sum: number, atMs: number) =>
    writeNoticeOnce("once", { event: "sum.stalled", facts: { sum } }, atMs, `sum.stalled-${sum}`);
  expect([await write(7, Date.now()), await write(7, Date.now())]).toEqual([true, false]);
  expect(await write(3, Date.now() - DAY_MS - MINUTE_MS)).toBe(true);
  await system.drain();
  expect(receiver.received.map(messageOf).map(({ data }) => data)).toEqual([{ community: "once", sum: 7 }]);
  const told = system.events.filter(({ DetailType }) => DetailType === "sum.stalled");
  expect(told).toHaveLength(1);
});

test("after a rotation both secrets verify, and a webhook that is deleted is gone with its log", async () => {
  await found(system, "rotate", []);
  const { body: before } = await hook("rotate", ["member.joined"]);
  const { body: after } = await operator<Shown>("POST", `${C("rotate")}/webhooks/app/rotate`);
  expect(Date.parse(after.oldSecretUntil!)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  await join("rotate", "ana");
  await system.drain();
  for (const { secret } of [before, after])
    expect(verified(secret, receiver.received[0]).type).toBe("member.joined");
  expect(() => verified("whsec_bm9ib2R5IGtub3dzIHRoaXMgb25l", receiver.received[0])).toThrow();
  expect((await operator("DELETE", `${C("rotate")}/webhooks/app`)).status).toBe(204);
  expect((await operator<Problem>("GET", `${C("rotate")}/webhooks/app/deliveries`)).body.type).toBe(
    "unknown-webhook",
  );
  await hook("rotate", ["member.joined"]);
  expect(await log("rotate")).toEqual([]);
});

test("bad input is told by its field and changes nothing", async () => {
  await found(system, "bad", []);
  const events = ["member.joined"];
  const bad: [unknown, string][] = [
    [{ url: "no url", events }, "#/url"],
    [{ url: "http://example.com/", events }, "#/url"],
    [{ url: "ftp://example.com/", events }, "#/url"],
    [{ url: "https://ana:pass@example.com/", events }, "#/url"],
    [{ url: "https://example.com:22/", events }, "#/url"],
    [{ url: "https://10.0.0.1/", events }, "#/url"],
    [{ url: "https://2852039166/latest/meta-data", events }, "#/url"],
    [{ url: "https://[::ffff:169.254.169.254]/", events }, "#/url"],
    [{ url: `https://example.com/${"a".repeat(2048)}`, events }, "#/url"],
    [{ events }, "#/url"],
    [{ url: "https://example.com/", events: [] }, "#/events"],
    [{ url: "https://example.com/", events: ["member.sneezed"] }, "#/events/0"],
    [{ url: "https://example.com/", events: ["member.left", "member.left"] }, "#/events"],
    [{ url: "https://example.com/", events, secret: "mine" }, "#/secret"],
  ];
  for (const [body, pointer] of bad) {
    const { status, body: problem } = await operator<Problem>("PUT", `${C("bad")}/webhooks/app`, { body });
    expect([body, status, problem.errors?.[0].pointer]).toEqual([body, 400, pointer]);
  }
  const named = await operator<Problem>("PUT", `${C("bad")}/webhooks/a%23b`, { body: {} });
  expect([named.status, named.body.errors?.[0].pointer]).toEqual([400, "#/webhook"]);
  const body = { url: "https://example.com/", events };
  for (let n = 0; n < 10; n++)
    expect((await operator("PUT", `${C("bad")}/webhooks/n${n}`, { body })).status).toBe(201);
  expect((await operator<Problem>("PUT", `${C("bad")}/webhooks/n10`, { body })).body.type).toBe(
    "too-many-webhooks",
  );
  expect((await operator("PUT", `${C("bad")}/webhooks/n3`, { body })).status).toBe(200);
});
