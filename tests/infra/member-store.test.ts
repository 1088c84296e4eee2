import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startStores } from "../stores.ts";
import { memberOf, startInstance, type TestInstance } from "./instance.ts";

let stores: Stores;
let lambda: TestInstance;

beforeAll(async () => {
  stores = await startStores();
  lambda = await startInstance();
});
afterAll(() => stores.stop());

const empty = { rowCount: 0, memberCount: 0, itemCount: 0 };

test("joins that race give each row once, and none away for nothing", async () => {
  await lambda.heads.createHead(headOf("race", empty));
  const { handler: join } = await import("../../src/handlers/join-community.ts");
  const route = "PUT /communities/{community}/members/me";
  const users = Array.from({ length: 12 }, (_, n) => `user-${n}`);
  const answers = await Promise.all(
    [...users, ...users].map((userId) =>
      join(httpEvent({ route, parameters: { community: "race" }, userId }), CONTEXT),
    ),
  );
  const rowOf = new Map<string, Set<number>>();
  answers.forEach(({ body }, at) => {
    const { memberId, row } = JSON.parse(body!);
    expect(typeof memberId).toBe("string");
    const user = users[at % users.length];
    rowOf.set(user, (rowOf.get(user) ?? new Set()).add(row));
  });
  const rows = [...rowOf.values()].flatMap((given) => [...given]).sort((a, b) => a - b);
  expect(rows).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const head = await lambda.heads.readHead("race");
  expect(head).toMatchObject({ rowCount: 12, memberCount: 12, itemCount: 12, rosterVersion: 12 });
  const directory = await lambda.directory.readDirectory("race");
  expect(directory.map((entry) => entry.row)).toEqual(rows);
});

test("a member is added at the row that the head says is next, or not at all", async () => {
  const head = headOf("rows", empty);
  await lambda.heads.createHead(head);
  expect(await lambda.members.addMember(head, memberOf("ana", 0))).toEqual({ outcome: "committed" });
  expect(await lambda.members.addMember(head, memberOf("bo", 0))).toEqual({
    outcome: "condition",
    failed: 0,
  });
  const { member } = await lambda.memberships.readMembership("rows", "bo");
  expect(member).toBeNull();
});

test("whoever joins while a commit is made joins at a version that nobody has read without them", async () => {
  const head = headOf("version", empty);
  await lambda.heads.createHead(head);
  const snapshot = await lambda.model.readSnapshot("version");
  const nothing = { modelVersion: 1, committedSum: 0, applied: [], rejected: [], gradientNorm: 0 };
  await lambda.model.writeCommit(snapshot!.head, nothing, [], Date.now());
  expect(await lambda.members.addMember(head, memberOf("ana", 0))).toMatchObject({ outcome: "condition" });
});

test("a reader at a version is told of the rows that were given after it, not of those given at it", async () => {
  await lambda.heads.createHead(headOf("since", empty));
  const { handler: join } = await import("../../src/handlers/join-community.ts");
  const { handler: getModel } = await import("../../src/handlers/get-model.ts");
  const parameters = { community: "since" };
  const joinAs = (userId: string) =>
    join(httpEvent({ route: "PUT /communities/{community}/members/me", parameters, userId }), CONTEXT);
  const rowsSince = async (sinceVersion: string) => {
    const route = "GET /communities/{community}/model";
    const event = httpEvent({ route, parameters, userId: "ana", query: { sinceVersion } });
    return JSON.parse((await getModel(event, CONTEXT)).body!).items.map((item: { row: number }) => item.row);
  };
  const commit = async (modelVersion: number) => {
    const snapshot = await lambda.model.readSnapshot("since");
    const nothing = { modelVersion, committedSum: 0, applied: [], rejected: [], gradientNorm: 0 };
    await lambda.model.writeCommit(snapshot!.head, nothing, [], Date.now());
  };
  await joinAs("ana");
  await commit(1);
  await joinAs("bo");
  await commit(2);
  expect(await rowsSince("0")).toEqual([1]);
  expect(await rowsSince("1")).toEqual([]);
});

test("a member who leaves takes everything along that hangs on them", async () => {
  const head = headOf("leave", empty);
  await lambda.heads.createHead(head);
  const ana = memberOf("ana", 0);
  await lambda.members.addMember(head, ana);
  await lambda.members.setUserFactors("leave", "ana", Float32Array.of(2, 3, 4), 0.5);
  const result = await lambda.transactions.transact(lambda.members.removalOf("leave", ana));
  expect(result).toEqual({ outcome: "committed" });
  expect((await lambda.memberships.readMembership("leave", "ana")).member).toBeNull();
  expect(await lambda.directory.readDirectory("leave")).toEqual([]);
  const paused = lambda.members.setAttendance(head, "ana", { paused: true });
  expect(await paused).toEqual({ outcome: "condition", failed: 0 });
});

test("shared user factors are read back as they were given", async () => {
  const head = headOf("factors", empty);
  await lambda.heads.createHead(head);
  await lambda.members.addMember(head, memberOf("ana", 0));
  await lambda.members.setUserFactors("factors", "ana", Float32Array.of(2.5, -3, 4), 0.5);
  const [ana] = await lambda.members.readMembers("factors");
  expect(Array.from(ana.userFactors!)).toEqual([2.5, -3, 4]);
  await lambda.members.removeUserFactors("factors", "ana");
  expect((await lambda.members.readMembers("factors"))[0].userFactors).toBeUndefined();
});

test("a community is made once", async () => {
  expect(await lambda.heads.createHead(headOf("once"))).toBe(true);
  expect(await lambda.heads.createHead(headOf("once", { seed: 8 }))).toBe(false);
  expect(await lambda.heads.readHead("once")).toEqual(headOf("once"));
});

test("settings are replaced by whoever read the latest", async () => {
  const head = headOf("settings");
  await lambda.heads.createHead(head);
  const settings = { ...head.settings, groupSize: 7 };
  expect(await lambda.heads.replaceSettings(head, settings)).toEqual({ outcome: "committed" });
  expect(await lambda.heads.replaceSettings(head, head.settings)).toEqual({
    outcome: "condition",
    failed: 0,
  });
  expect((await lambda.heads.readHead("settings"))?.settings.groupSize).toBe(7);
});
