import { expect, test } from "@jest/globals";
import { encodeValues } from "../../src/domain/messages/value-encoding.ts";
import { type Caller, caller, EXACT, newId, type Problem, until } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

interface Model {
  modelVersion: number;
  rowCount: number;
  items: { itemId: string | null; row: number }[];
  values: number[][];
}
interface Member {
  memberId: string;
  row: number;
}
interface Status {
  status: string;
  modelVersion?: number;
  reason?: string;
}
interface Group {
  round: number;
  state: string;
  groupId: string;
  members: { memberId: string }[];
}

startSystem();

async function community(name: string, people: string[], settings: object = {}) {
  await operator("PUT", `/communities/${name}`, {
    body: { settings: { ...EXACT, factors: 2, ...settings } },
  });
  const members: (Member & { call: Caller })[] = [];
  for (const person of people) {
    const call = await caller(system, person);
    const { body } = await call<Member>("PUT", `/communities/${name}/members/me`, { body: {} });
    members.push({ ...body, call });
  }
  return members;
}

const model = async (call: Caller, name: string, query = "") =>
  (await call<Model>("GET", `/communities/${name}/model?encoding=json${query}`)).body;

const settled = (call: Caller, name: string, id: string) =>
  until(
    async () => (await call<Status>("GET", `/communities/${name}/gradients/${id}`)).body,
    (body) => body.status !== "queued",
  );

test("gradients in all three encodings move the matrix by exactly their sum, a duplicate by nothing", async () => {
  const [, bo] = await community("encodings", ["ana", "bo", "cy"]);
  const before = await model(bo.call, "encodings");
  const values = Float32Array.of(1, -2, 0.5, 4, 8, -16);
  const ids = [newId(), newId(), newId()];
  for (const [at, encoding] of (["json", "f32", "i8"] as const).entries()) {
    const body = { id: ids[at], modelVersion: 0, rows: [0, 2], ...encodeValues(values, 3, encoding) };
    const answer = await bo.call("POST", "/communities/encodings/gradients", { body });
    expect([answer.status, answer.body]).toEqual([202, { id: ids[at], status: "queued" }]);
    expect(answer.headers.get("location")).toBe(`/communities/encodings/gradients/${ids[at]}`);
    await bo.call("POST", "/communities/encodings/gradients", { body });
  }
  const statuses = await Promise.all(ids.map((id) => settled(bo.call, "encodings", id)));
  expect(statuses.map((status) => status.status)).toEqual(["applied", "applied", "applied"]);
  await system.drain();
  const after = await model(bo.call, "encodings");
  after.values.forEach((row, at) => {
    row.forEach((value, k) => {
      const sum = at === 1 ? 0 : 3 * values[(at / 2) * 3 + k];
      expect(value).toBeCloseTo(before.values[at][k] - sum, at === 1 ? 7 : 0);
    });
  });
});

test("who has a version is sent the rows changed or given since", async () => {
  const [ana, bo] = await community("deltas", ["ana", "bo", "cy"]);
  const post = async (call: Caller, rows: number[]) => {
    const body = { id: newId(), modelVersion: 0, rows, encoding: "json", values: rows.map(() => [2, 3, 4]) };
    await call("POST", "/communities/deltas/gradients", { body });
    await settled(ana.call, "deltas", body.id);
  };
  const rowsSince = async (version: number) => {
    const delta = await model(ana.call, "deltas", `&sinceVersion=${version}`);
    const whole = await model(ana.call, "deltas");
    const rows = delta.items.map((item) => item.row);
    expect(delta.values).toEqual(rows.map((row) => whole.values[row]));
    return rows;
  };
  await post(ana.call, [1]);
  expect(await rowsSince(0)).toEqual([1]);
  expect(await rowsSince(1)).toEqual([]);
  await (await caller(system, "di"))("PUT", "/communities/deltas/members/me", { body: {} });
  await post(bo.call, [0, 2]);
  expect(await rowsSince(1)).toEqual([0, 2]);
  expect(await rowsSince(0)).toEqual([0, 1, 2, 3]);
});

test("the model answers 304 to whoever has it, and i8 within half a step of f32", async () => {
  const [ana] = await community("etags", ["ana", "bo"]);
  const { headers, status } = await ana.call("GET", "/communities/etags/model");
  expect([status, headers.get("etag")]).toEqual([200, '"0"']);
  const again = await ana.call("GET", "/communities/etags/model", { headers: { "if-none-match": '"0"' } });
  expect([again.status, again.body]).toEqual([304, undefined]);
});

test("a 304 to whoever says how many rows they know means that nobody has joined", async () => {
  const [ana] = await community("newcomers", ["ana", "bo"]);
  const path = "/communities/newcomers/model?sinceVersion=0&knownRows=2";
  const ask = async () => (await ana.call("GET", path, { headers: { "if-none-match": '"0"' } })).status;
  expect(await ask()).toBe(304);
  await (await caller(system, "cy"))("PUT", "/communities/newcomers/members/me", { body: {} });
  expect(await ask()).toBe(200);
});

test("each operation of the contract has an id of its own", async () => {
  const { paths } = (await (await fetch(`${system.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  const ids = Object.values(paths).flatMap((calls) =>
    Object.values(calls).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(
    expect.arrayContaining(["putCommunity", "getItemsByItemId", "putMembersMe", "getHealth"]),
  );
});

test("a long answer comes in brotli or gzip to whoever takes it, and is the same", async () => {
  const ask = async (accepted: string) => {
    const response = await fetch(`${system.url}/openapi.json`, { headers: { "accept-encoding": accepted } });
    return { coding: response.headers.get("content-encoding"), text: await response.text() };
  };
  const plain = await ask("identity");
  expect(plain.coding).toBeNull();
  expect(plain.text.length).toBeGreaterThan(10_000);
  expect(await ask("gzip, br;q=0.5")).toEqual({ coding: "br", text: plain.text });
  expect(await ask("br;q=0, gzip")).toEqual({ coding: "gzip", text: plain.text });
  expect(await ask("gzip;q=0, deflate")).toEqual(plain);
});

test("a stale gradient is accepted and then rejected with its reason", async () => {
  const [ana] = await community("stale", ["ana", "bo"], { stalenessVersionsMax: 0 });
  const gradient = (id: string) => ({
    id,
    modelVersion: 0,
    rows: [1],
    encoding: "json",
    values: [[1, 1, 1]],
  });
  const first = newId();
  await ana.call("POST", "/communities/stale/gradients", { body: gradient(first) });
  expect(await settled(ana.call, "stale", first)).toMatchObject({ status: "applied", modelVersion: 1 });
  const second = newId();
  await ana.call("POST", "/communities/stale/gradients", { body: gradient(second) });
  expect(await settled(ana.call, "stale", second)).toMatchObject({ status: "rejected", reason: "stale" });
  const { body } = await operator<{ commits: object[] }>("GET", "/communities/stale/history?from=1");
  // The rejection waits in the open sum for members whose gradients count; whoever asks is told of it at once.
  expect(body.commits).toMatchObject([{ modelVersion: 1, applied: 1, rejected: 0 }]);
});

test("everybody is in one group, a published round stays, and the next draft avoids its pairs", async () => {
  const names = ["ana", "bo", "cy", "di", "eve", "flo", "gil", "hal"];
  const members = await community("rounds", names, { groupSize: 4, diversityPenalty: 100 });
  const [ana] = members;
  const draft = await until(
    async () => (await ana.call<Group>("GET", "/communities/rounds/assignments/me")).body,
    (body) => body.members?.length === 4,
  );
  expect(draft).toMatchObject({ round: 1, state: "draft" });
  const publish = () =>
    operator<Group>("POST", "/communities/rounds/rounds", { headers: { "idempotency-key": "first" } });
  const published = await publish();
  expect(published.status).toBe(201);
  expect((await publish()).body).toEqual(published.body);
  const round = async (n: number) =>
    (await operator<{ groups: Group[]; state: string }>("GET", `/communities/rounds/rounds/${n}`)).body;
  const first = await round(1);
  expect(first.groups.flatMap((group) => group.members.map((m) => m.memberId)).sort()).toEqual(
    members.map((m) => m.memberId).sort(),
  );
  const mine = (await ana.call<Group>("GET", "/communities/rounds/assignments/me")).body;
  expect(mine).toMatchObject({ round: 1, state: "published" });
  expect(mine.members).toContainEqual({ memberId: ana.memberId });

  const second = await until(
    () => round(2),
    (body) => body.groups !== undefined,
  );
  const groupOf = new Map(
    first.groups.flatMap((group) => group.members.map((m) => [m.memberId, group.groupId])),
  );
  for (const group of second.groups) {
    const from = group.members.map((m) => groupOf.get(m.memberId));
    expect(new Set(from).size).toBe(2);
    expect(from.filter((id) => id === from[0])).toHaveLength(2);
  }
  expect(await round(1)).toEqual(first);
  const listed = (await operator<{ groups: Group[] }>("GET", "/communities/rounds/assignments")).body;
  expect(first.groups).toMatchObject(listed.groups); // a round says besides why these people
});

test("a paused member is in no draft, and one who left is nowhere", async () => {
  const members = await community("leaving", ["ana", "bo", "cy", "di", "eve"], { groupSize: 2 });
  const [ana, bo] = members;
  await bo.call("PUT", "/communities/leaving/members/me", { body: { paused: true } });
  expect((await ana.call("DELETE", "/communities/leaving/members/me")).status).toBe(204);
  expect((await ana.call<Problem>("GET", "/communities/leaving/model")).body.type).toBe("unknown-community");
  const { body } = await operator<Group>("POST", "/communities/leaving/rounds");
  const round = (await operator<{ groups: Group[] }>("GET", `/communities/leaving/rounds/${body.round}`))
    .body;
  const grouped = round.groups.flatMap((group) => group.members.map((member) => member.memberId));
  expect(grouped.sort()).toEqual(
    members
      .slice(2)
      .map((member) => member.memberId)
      .sort(),
  );

  const seen = await model(bo.call, "leaving");
  expect(seen.items[0]).toEqual({ itemId: null, row: 0 });
  expect(seen.values[0]).toEqual([0, 0, 0]);
  const late = {
    id: newId(),
    modelVersion: 0,
    rows: [0, 1],
    encoding: "json",
    values: [
      [1, 1, 1],
      [1, 1, 1],
    ],
  };
  await members[2].call("POST", "/communities/leaving/gradients", { body: late });
  expect(await settled(bo.call, "leaving", late.id)).toMatchObject({ status: "applied" });
  expect((await model(bo.call, "leaving")).values[0]).toEqual([0, 0, 0]);
  const back = await ana.call<Member>("PUT", "/communities/leaving/members/me", { body: {} });
  expect([back.status, back.body.row]).toEqual([201, 0]);
});

test("shared user factors decide the groups, and can be taken back", async () => {
  const members = await community("sharing", ["ana", "bo", "cy", "di"], {
    groupSize: 2,
    diversityPenalty: 0,
  });
  const rows = [0, 1, 2, 3];
  const values = rows.map((row) => [row % 2 === 0 ? -1 : 1, 0, 0]);
  const before = await model(members[0].call, "sharing");
  const gradient = before.values.map((row, at) => row.map((value, k) => value + values[at][k]));
  for (const [sender, moved] of [[1, rows.slice(0, 1)] as const, [0, rows.slice(1)] as const]) {
    const values = moved.map((row) => gradient[row]);
    const body = { id: newId(), modelVersion: 0, rows: moved, encoding: "json", values };
    await members[sender].call("POST", "/communities/sharing/gradients", { body });
    await settled(members[0].call, "sharing", body.id);
  }
  for (const [at, member] of members.entries()) {
    const body = { values: [at % 2 === 0 ? 1 : -1, 0], noiseStdDev: 0 };
    expect((await member.call("PUT", "/communities/sharing/members/me/user-factors", { body })).status).toBe(
      200,
    );
  }
  await operator("POST", "/communities/sharing/rounds");
  const { body } = await members[0].call<Group>("GET", "/communities/sharing/assignments/me");
  expect(body.members).toEqual([{ memberId: members[0].memberId }, { memberId: members[2].memberId }]);
  const gone = await members[0].call("DELETE", "/communities/sharing/members/me/user-factors");
  expect(gone.status).toBe(204);
});
