import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";
import { TertuliaClient } from "../../src/client/client.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import { MemoryStorage } from "../../src/client/storage.ts";
import { AT_ONCE, caller, until } from "../e2e/caller.ts";
import { judgedFetch } from "../e2e/contract.ts";

const COMMUNITY = "salon";
let system: LocalSystem;

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  system = await startLocalSystem();
  const operator = await caller(system, "operator", "operator");
  const settings = {
    ...AT_ONCE,
    factors: 2,
    regularization: 1,
    learningRate: 0.4,
    groupSize: 2,
    assignmentIntervalSeconds: 0,
  };
  await operator("PUT", `/communities/${COMMUNITY}`, { body: { settings } });
});
afterAll(() => system.stop());

function deviceOf(sub: string, options: Partial<ClientOptions> = {}): TertuliaClient {
  return new TertuliaClient({
    fetch: judgedFetch,
    ...options,
    baseUrl: system.url,
    community: options.community ?? COMMUNITY,
    getToken: () => system.token(sub),
    storage: new MemoryStorage(),
  });
}

/** Joins where everybody may. */
async function joined(device: TertuliaClient, wish: { learning?: "hosted" } = {}) {
  const membership = await device.join(wish);
  if (membership.status !== "member") throw new Error(membership.status);
  return membership;
}

test("people who rate each other on their devices are ranked, grouped and shown what left", async () => {
  const names = ["ana", "bo", "cy", "di"];
  const devices = names.map((name) => deviceOf(name));
  const members = [];
  for (const device of devices) members.push(await joined(device));
  // ana and bo like each other, cy and di too; nobody likes anybody else.
  for (let round = 0; round < 3; round++) {
    for (const [n, device] of devices.entries()) {
      await device.sync();
      if (round === 0) await device.rate(members[n ^ 1].memberId, 5);
      expect((await device.contribute()).outcome).toBe("sent");
    }
    await system.drain();
  }
  for (const [n, device] of devices.entries()) {
    await device.sync();
    const [first] = await device.recommend({ limit: 1, exclude: [] });
    expect(first.itemId).toBe(members[n ^ 1].memberId);
    await device.shareUserFactors();
  }
  await devices[0].sync();
  await devices[0].contribute();
  await system.drain();
  // On a slow machine the engine rests before it makes the next draft.
  const pair = [members[0].memberId, members[1].memberId].sort().join();
  await until(
    async () =>
      (await devices[0].assignment())?.members
        .map(({ memberId }) => memberId)
        .sort()
        .join(),
    (together) => together === pair,
  );
  const { sent, waiting } = await devices[0].outbox();
  expect(waiting).toEqual([]);
  expect(sent.filter(({ request }) => request === "POST /gradients")).toHaveLength(4);
  expect(JSON.stringify(sent)).not.toContain(members[1].memberId);
});

test("a contribution is applied, and a device that syncs again gets the changed rows alone", async () => {
  const device = deviceOf("ana");
  const { memberId } = await joined(deviceOf("bo"));
  await device.join();
  const { modelVersion } = await device.sync();
  expect(await device.contribute()).toEqual({ outcome: "nothing-new", reason: "no-ratings" });
  await device.rate(memberId, 5);
  const contribution = await device.contribute();
  if (contribution.outcome !== "sent") throw new Error("nothing was sent");
  await system.drain();
  expect(await device.contribution(contribution.id)).toMatchObject({ status: "applied" });
  expect(await device.sync()).toMatchObject({ modelVersion: modelVersion + 1 });
  expect(await device.sync()).toMatchObject({ modelVersion: modelVersion + 1 });
});

test("one who joins later appears on the devices of the others at their next sync", async () => {
  const ana = deviceOf("ana");
  await ana.join();
  await ana.sync();
  const { memberId } = await joined(deviceOf("eve"));
  await ana.sync();
  expect((await ana.recommend({ limit: 100 })).map(({ itemId }) => itemId)).toContain(memberId);
});

test("one who leaves is no longer recommended, and their device may forget", async () => {
  const [ana, flo] = [deviceOf("ana"), deviceOf("flo")];
  await ana.join();
  const { memberId } = await joined(flo);
  await ana.sync();
  await flo.leave();
  await flo.forget();
  await ana.sync();
  expect((await ana.recommend({ limit: 100 })).map(({ itemId }) => itemId)).not.toContain(memberId);
});

test("a device that is up to date is answered 304, but not once somebody has joined", async () => {
  const statuses: number[] = [];
  const device = deviceOf("ana", {
    fetch: async (...request) => {
      const response = await fetch(...request);
      statuses.push(response.status);
      return response;
    },
  });
  await device.sync();
  await device.sync();
  expect(statuses).toEqual([200, 304]);
  const { memberId } = await joined(deviceOf("eve"));
  await device.sync();
  expect((await device.recommend({ limit: 100 })).map(({ itemId }) => itemId)).toContain(memberId);
});

test("a device that slept through more rounds than a page has knows whom its member met, and who did not come", async () => {
  const community = "sleepers";
  const operator = await caller(system, "operator", "operator");
  const settings = { ...AT_ONCE, factors: 2, groupSize: 2, rematchWindowRounds: 3 };
  await operator("PUT", `/communities/${community}`, { body: { settings } });
  const publish = () => operator("POST", `/communities/${community}/rounds`);
  const [asleep, awake, ...others] = ["ana", "ana", "bo", "cy", "di"].map((name) =>
    deviceOf(name, { community }),
  );
  for (const device of [asleep, awake, ...others]) await joined(device);
  await asleep.sync();
  expect(await asleep.recommend({ exclude: ["met"] })).toHaveLength(3);
  for (const met of [true, false]) {
    await publish();
    const assignment = await awake.assignment();
    await awake.feedback(assignment!.round, { met });
  }
  await awake.join({ paused: true });
  for (let round = 3; round <= 17; round++) await publish();
  await asleep.sync();
  const [missed, met] = await asleep.meetings();
  expect([missed, met]).toMatchObject([
    { round: 2, missed: true },
    { round: 1, missed: false },
  ]);
  const left = (await asleep.recommend({ exclude: ["met"] })).map(({ itemId }) => itemId);
  expect(left).toHaveLength(2);
  expect(left).toContain(missed.memberId);
});

test("an app lets somebody wait for approval, and shows when they are in, or out", async () => {
  const C = "/communities/asking";
  const operator = await caller(system, "operator", "operator");
  await operator("PUT", C, { body: { settings: { factors: 2, join: "approval" } } });
  const device = deviceOf("gil", { community: "asking" });
  expect(await device.join({ learning: "local" })).toEqual({ status: "awaiting-approval" });
  expect(await device.membership()).toEqual({ status: "awaiting-approval" });
  await expect(device.sync()).rejects.toMatchObject({ type: "awaiting-approval", status: 403 });
  const { body } = await operator<{ members: { memberId: string }[] }>("GET", `${C}/members`);
  const path = `${C}/members/${body.members[0].memberId}`;
  await operator("PUT", path, { body: { status: "member" } });
  expect(await device.membership()).toMatchObject({ status: "member", row: 0 });
  expect(await device.sync()).toEqual({ modelVersion: 0, unknownItems: [] });
  await operator("PUT", path, { body: { status: "banned" } });
  await expect(device.join()).rejects.toMatchObject({ type: "banned", status: 403 });
});

test("an invitation lets a device in; without one there is no community", async () => {
  const C = "/communities/by-invite";
  const operator = await caller(system, "operator", "operator");
  await operator("PUT", C, { body: { settings: { factors: 2, join: "invite" } } });
  const { body } = await operator<{ code: string }>("POST", `${C}/invites`, { body: { usesMax: 1 } });
  const [hal, ida] = ["hal", "ida"].map((name) => deviceOf(name, { community: "by-invite" }));
  expect(await hal.join({ invite: body.code })).toMatchObject({ status: "member", row: 0 });
  for (const wish of [{}, { invite: body.code }])
    await expect(ida.join(wish)).rejects.toMatchObject({ type: "unknown-community", status: 404 });
});

test("a hosted member's device rates, contributes and is recommended to by the same calls, without a model", async () => {
  const device = deviceOf("hana");
  await joined(device, { learning: "hosted" });
  const { memberId } = await joined(deviceOf("bo"));
  await device.rate(memberId, 5);
  expect(await device.contribute()).toEqual({ outcome: "ratings-sent", sent: 1, refused: [] });
  await system.drain();
  const all = (await device.recommend({ exclude: [] })).map(({ itemId }) => itemId);
  expect(all).toContain(memberId);
  expect((await device.recommend()).map(({ itemId }) => itemId)).not.toContain(memberId);
  await device.rate(memberId, 0);
  await device.contribute();
  await system.drain();
  expect((await device.recommend()).map(({ itemId }) => itemId)).toContain(memberId);
});

test("no member learns by both ways: a device that does not know yet is refused its gradient, and sends ratings", async () => {
  const device = deviceOf("ivo");
  await device.join();
  await device.sync();
  const [someone] = await device.recommend();
  await device.rate(someone.itemId, 3);
  await deviceOf("ivo").join({ learning: "hosted" }); // on another device of theirs
  expect(await device.contribute()).toMatchObject({ outcome: "ratings-sent", sent: 1 });
  const { sent, waiting } = await device.outbox();
  expect(waiting).toEqual([]);
  expect(sent.slice(0, 3).map(({ request }) => request)).toEqual([
    "POST /ratings",
    "GET /members/me",
    "POST /gradients",
  ]);
});
