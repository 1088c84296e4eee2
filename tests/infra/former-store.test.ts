import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { FORMER_MEMBER_RETENTION_MS } from "../../src/domain/limits.ts";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startStores } from "../stores.ts";
import { startInstance, type TestInstance } from "./instance.ts";

const NOW_MS = Date.now();
const DAY_MS = 86_400_000;
const LONG_AGO_MS = NOW_MS - FORMER_MEMBER_RETENTION_MS - DAY_MS;

let stores: Stores;
let lambda: TestInstance;

beforeAll(async () => {
  stores = await startStores();
  lambda = await startInstance();
});
afterAll(() => stores.stop());

async function join(community: string, userId: string): Promise<{ memberId: string; row: number }> {
  const { handler } = await import("../../src/handlers/join-community.ts");
  const route = "PUT /communities/{community}/members/me";
  const answer = await handler(httpEvent({ route, parameters: { community }, userId }), CONTEXT);
  return JSON.parse(answer.body!);
}

async function leave(community: string, userId: string, nowMs: number) {
  const steps = await import("../../src/handlers/steps/leave.ts");
  expect(await steps.leave(community, userId, nowMs)).toBe("left");
}

async function block(community: string, userId: string, row: number) {
  const { changeBlock } = await import("../../src/infra/block-store.ts");
  const other = { row, itemId: "", joinedAtVersion: 0 };
  expect((await changeBlock(community, userId, "ADD", other)).outcome).toBe("committed");
}

async function forget(community: string): Promise<number> {
  const { forgetBlocks } = await import("../../src/handlers/steps/forget-blocks.ts");
  return forgetBlocks((await lambda.heads.readHead(community))!, NOW_MS);
}

const formers = async (community: string) =>
  (await import("../../src/infra/former-store.ts")).readFormers(community, NOW_MS);

async function found(community: string): Promise<void> {
  await lambda.heads.createHead(headOf(community, { rowCount: 0, memberCount: 0, itemCount: 0 }));
  for (const userId of ["ana", "bo", "cy"]) await join(community, userId);
}

const blocksOf = async (community: string) =>
  (await lambda.members.readMembers(community)).map(({ userId, blockedRows }) => [userId, blockedRows]);

/** Something happens once, before the transaction that makes or ends a former member. */
function beforeTheTransaction(act: () => Promise<unknown>): void {
  let isDone = false;
  lambda.interference.before = async ({ command, input }) => {
    const isWanted = command === "TransactWriteItemsCommand" && /#former/.test(JSON.stringify(input));
    if (!isWanted || isDone) return;
    isDone = true;
    await act();
    lambda.interference.before = () => {};
  };
}

test("a former member is kept under a hash that does not tell the userId, and is in no roster", async () => {
  await found("hash");
  await leave("hash", "bo", NOW_MS);
  const { QueryCommand } = await import("@aws-sdk/client-dynamodb");
  const { names } = await import("../../src/infra/aws.ts");
  const { Items } = await lambda.dynamodb.send(
    new QueryCommand({
      TableName: names.membersTable,
      KeyConditionExpression: "community = :former",
      ExpressionAttributeValues: { ":former": { S: "hash#former" } },
    }),
  );
  expect(Items).toHaveLength(1);
  expect(JSON.stringify(Items)).not.toMatch(/"bo"/);
  expect(Object.keys(Items![0]).sort()).toEqual([
    "changeCount",
    "changesHourMs",
    "community",
    "expiresAt",
    "gradientCount",
    "hourStartMs",
    "memberId",
    "modelReadCount",
    "readsHourMs",
    "row",
    "userId",
  ]);
  expect((await lambda.members.readMembers("hash")).map(({ userId }) => userId)).toEqual(["ana", "cy"]);
});

test("the hash of a user is another in each community", async () => {
  const { keyedHash } = await import("../../src/infra/keyed-hash.ts");
  const hashOf = async (purpose: string, community: string) =>
    (await keyedHash(purpose, community, "ana")).toString("hex");
  const hash = await hashOf("former", "a");
  expect(await hashOf("former", "a")).toBe(hash);
  expect(await hashOf("former", "b")).not.toBe(hash);
  expect(await hashOf("sender", "a")).not.toBe(hash);
});

test("blocks of who has left stay while they may come back, and a sweep forgets them after", async () => {
  await found("expiry");
  await block("expiry", "ana", 1);
  await block("expiry", "ana", 2);
  await leave("expiry", "bo", NOW_MS - FORMER_MEMBER_RETENTION_MS + DAY_MS);
  expect(await forget("expiry")).toBe(0);
  expect(await formers("expiry")).toHaveLength(1);
  await join("expiry", "bo");
  await leave("expiry", "bo", LONG_AGO_MS);
  expect(await formers("expiry")).toEqual([]);
  expect(await forget("expiry")).toBe(1);
  expect(await blocksOf("expiry")).toEqual([
    ["ana", [2]],
    ["cy", []],
  ]);
});

test("who comes back too late is as new: another row, and no block of before", async () => {
  await found("late");
  await block("late", "bo", 0);
  await leave("late", "bo", LONG_AGO_MS);
  expect((await join("late", "bo")).row).toBe(3);
  expect(await blocksOf("late")).toContainEqual(["bo", []]);
});

test("nothing is forgotten where somebody has come back since the head was read", async () => {
  await found("race");
  await block("race", "ana", 1);
  await leave("race", "bo", NOW_MS);
  const head = (await lambda.heads.readHead("race"))!;
  await join("race", "bo");
  const { eraseBlocks } = await import("../../src/infra/block-store.ts");
  const members = await lambda.members.readMembers("race");
  expect(await eraseBlocks(head, members, (row) => row === 1)).toBe(0);
  expect(await blocksOf("race")).toContainEqual(["ana", [1]]);
});

test("a leave that meets a block of one's own takes it along", async () => {
  await found("meeting");
  beforeTheTransaction(() => block("meeting", "bo", 0));
  await leave("meeting", "bo", NOW_MS);
  expect((await formers("meeting")).map(({ standing }) => standing.blockedRows)).toEqual([[0]]);
});

test("a ban has no end, and lifting it gives it one", async () => {
  await found("ban");
  const { memberId } = (await lambda.members.readMembers("ban")).find(({ userId }) => userId === "bo")!;
  const { setFormerBan } = await import("../../src/infra/former-store.ts");
  await leave("ban", "bo", NOW_MS);
  expect(await setFormerBan("ban", memberId, true, NOW_MS)).toBe(true);
  expect((await formers("ban"))[0].expiresAtMs).toBeUndefined();
  expect(await setFormerBan("ban", memberId, false, NOW_MS)).toBe(true);
  expect((await formers("ban"))[0].expiresAtMs).toBeGreaterThan(NOW_MS);
});

const memberOfRow = async (community: string, row: number) =>
  (await lambda.members.readMembers(community)).find((member) => member.row === row)!;

test("a ban that meets a leave outlives it", async () => {
  await found("banned-leaving");
  const bo = await memberOfRow("banned-leaving", 1);
  const { setMemberBan } = await import("../../src/infra/person-store.ts");
  beforeTheTransaction(() => setMemberBan("banned-leaving", bo, true));
  await leave("banned-leaving", "bo", NOW_MS);
  expect((await formers("banned-leaving")).map(({ standing }) => standing.isBanned)).toEqual([true]);
});

test("a ban that meets a return refuses it", async () => {
  await found("banned-returning");
  const { memberId } = await memberOfRow("banned-returning", 1);
  const { setFormerBan } = await import("../../src/infra/former-store.ts");
  await leave("banned-returning", "bo", NOW_MS);
  beforeTheTransaction(() => setFormerBan("banned-returning", memberId, true, NOW_MS));
  expect(await join("banned-returning", "bo")).toMatchObject({ type: "banned" });
});
