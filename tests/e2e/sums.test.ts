import { expect, test } from "@jest/globals";
import { CONTEXT } from "../fixtures/events.ts";
import { AT_ONCE, type Caller, caller, EXACT, found, newId, type Problem, until } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

interface Model {
  modelVersion: number;
  items: { row: number; itemId?: string | null }[];
  values: number[][];
}
interface Status {
  status: string;
  reason?: string;
  modelVersion?: number;
}
interface History {
  commits: { modelVersion: number; applied: number; senders?: number; needed?: number; reasons: object }[];
}
interface Versions {
  versions: { version: number; keptAt: string }[];
}

startSystem();

const PEOPLE = ["ana", "bo", "cy", "di", "eve", "flo"];
const modelOf = async (call: Caller, C: string, query = "") =>
  (await call<Model>("GET", `${C}/model?encoding=json${query}`)).body;
const statusOf = async (call: Caller, C: string, id: string) =>
  (await call<Status>("GET", `${C}/gradients/${id}`)).body;
const historyOf = async (C: string) => (await operator<History>("GET", `${C}/history`)).body.commits;

/** Posts a gradient that takes `value` from all of a row, by default of one whose member posts none; answers its id. */
async function post(call: Caller, C: string, value: number, modelVersion = 0, row = 5): Promise<string> {
  const id = newId();
  const body = { id, modelVersion, rows: [row], encoding: "json", values: [[value, value, value]] };
  expect((await call("POST", `${C}/gradients`, { body })).status).toBe(202);
  return id;
}

test("gradients wait until five members have sent some, and then make one step, one gradient of each", async () => {
  const C = "/communities/waiting";
  const members = await found(system, "waiting", PEOPLE, {
    sumMembersMin: 5,
    sumSecondsMin: 1,
    gradientsPerSumMax: 1,
  });
  const before = await modelOf(members[0].call, C);
  const first = await post(members[0].call, C, 64);
  const ids: string[] = [];
  for (const { call } of members.slice(0, 4)) ids.push(await post(call, C, 2));
  await system.drain();
  for (const id of [first, ...ids])
    expect(await statusOf(members[5].call, C, id)).toEqual({ id, status: "queued" });
  expect(await modelOf(members[5].call, C)).toEqual(before);
  ids.push(await post(members[4].call, C, 2));
  const last = await until(
    () => statusOf(members[0].call, C, ids[4]),
    ({ status }) => status !== "queued",
  );
  expect(last).toEqual({ id: ids[4], status: "applied", modelVersion: 1 });
  expect(await statusOf(members[0].call, C, first)).toEqual({
    ...{ id: first, status: "rejected" },
    ...{ modelVersion: 1, reason: "superseded" },
  });
  const after = await modelOf(members[0].call, C);
  expect(after.values[5].map((value, k) => Math.round(before.values[5][k] - value))).toEqual([10, 10, 10]);
  expect(await historyOf(C)).toMatchObject([
    { modelVersion: 1, applied: 5, senders: 5, needed: 5, reasons: { superseded: 1 } },
  ]);
});

test("a delta names new rows and rows without a member, and no others", async () => {
  const C = "/communities/deltas";
  const [ana, bo, cy] = await found(system, "deltas", PEOPLE.slice(0, 3));
  await post(ana.call, C, 3, 0, 2);
  await system.drain();
  await bo.call("DELETE", `${C}/members/me`);
  const di = await (await caller(system, "di"))<{ memberId: string }>("PUT", `${C}/members/me`, { body: {} });
  const delta = await modelOf(cy.call, C, "&sinceVersion=0&knownRows=3");
  expect(delta.items).toEqual([{ row: 1, itemId: null }, { row: 2 }, { row: 3, itemId: di.body.memberId }]);
  const whole = await modelOf(cy.call, C);
  expect(whole.items.map(({ itemId }) => itemId)).toEqual([
    ana.memberId,
    null,
    cy.memberId,
    di.body.memberId,
  ]);
  expect(delta.values).toEqual([1, 2, 3].map((row) => whole.values[row]));
});

test("a kept version becomes current again as a new one: what waits is stale, who has left stays away", async () => {
  const C = "/communities/kept";
  const [ana, bo] = await found(system, "kept", PEOPLE, { ...EXACT, sumMembersMin: 1 });
  await post(ana.call, C, 4);
  await system.drain();
  const kept = await modelOf(ana.call, C);
  const { handler: sweep } = await import("../../src/handlers/sweep-objects.ts");
  await sweep({} as Parameters<typeof sweep>[0], CONTEXT);
  const { versions } = (await operator<Versions>("GET", `${C}/versions`)).body;
  expect(versions).toMatchObject([{ version: 1 }]);
  await post(ana.call, C, 100, 1);
  await system.drain();
  await bo.call("DELETE", `${C}/members/me`);
  await operator("PUT", C, { body: { settings: { ...AT_ONCE, sumMembersMin: 3 } } });
  const waiting = await post(ana.call, C, 5, 3);
  await system.drain();
  const restored = await operator<{ restored: number; modelVersion: number }>(
    "POST",
    `${C}/versions/1/restore`,
  );
  expect([restored.status, restored.body]).toEqual([200, { restored: 1, modelVersion: 4 }]);
  expect(await statusOf(ana.call, C, waiting)).toMatchObject({ status: "rejected", reason: "stale" });
  const after = await modelOf(ana.call, C);
  const zero = [0, 0, 0];
  expect(after.values).toEqual(kept.values.map((row, at) => (at === bo.row ? zero : row)));
  const delta = await modelOf(ana.call, C, "&sinceVersion=3&knownRows=6");
  expect(delta.items).toEqual(after.items); // with names: a recovery may have given rows to others
  const old = await post(ana.call, C, 5, 3);
  await system.drain();
  expect(await statusOf(ana.call, C, old)).toMatchObject({ status: "rejected", reason: "stale" });
  const unknown = await operator<Problem>("POST", `${C}/versions/2/restore`);
  expect([unknown.status, unknown.body.type]).toEqual([404, "unknown-version"]);
  expect((await ana.call("POST", `${C}/versions/1/restore`)).status).toBe(403);
});

test("settings by which one member alone could fill a sum are refused", async () => {
  const settings = { gradientsPerHourMax: 417 };
  const { status, body } = await operator<Problem>("PUT", "/communities/flood", { body: { settings } });
  expect([status, body.errors?.[0].pointer]).toEqual([400, "#/settings/gradientsPerHourMax"]);
  const fewer = await operator("PUT", "/communities/flood", {
    body: { settings: { gradientsPerHourMax: 416 } },
  });
  expect(fewer.status).toBe(201);
});
