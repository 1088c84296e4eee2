import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { DAY_MS } from "../../src/domain/limits.ts";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startStores } from "../stores.ts";
import { commandsOf, memberOf, startInstance, type TestInstance } from "./instance.ts";

let stores: Stores;
let lambda: TestInstance;

beforeAll(async () => {
  stores = await startStores();
  lambda = await startInstance();
});
afterAll(() => stores.stop());

const people = () => import("../../src/infra/person-store.ts");
const empty = { rowCount: 0, memberCount: 0, itemCount: 0 };

async function join(community: string, userIds: readonly string[]): Promise<void> {
  await lambda.heads.createHead(headOf(community, empty));
  for (const [row, userId] of userIds.entries())
    await lambda.members.addMember(headOf(community, { rowCount: row }), memberOf(userId, row));
}

test("the roster comes by pages, each person once, and those with one status alone where they are asked for", async () => {
  const { addOperator, addRequest, readOperators, readRoster, setMemberBan } = await people();
  await join("pages", ["ana", "bo", "cy"]);
  await addRequest("pages", "di", "_di", 1);
  await addOperator("pages", "olga");
  await addOperator("pages", "bo");
  await setMemberBan("pages", { userId: "cy", memberId: "member-cy" }, true);
  const found: string[] = [];
  let after: string | undefined;
  do {
    const page = await readRoster("pages", undefined, after, 2);
    found.push(...page.values.map(({ userId, status }) => `${userId} ${status}`));
    after = page.next;
  } while (after);
  expect(found).toEqual(["ana member", "bo member", "cy banned", "di awaiting-approval"]);
  const namesOf = async (status: "member" | "banned") =>
    (await readRoster("pages", status, undefined, 9)).values.map(({ userId }) => userId);
  expect([await namesOf("member"), await namesOf("banned")]).toEqual([["ana", "bo"], ["cy"]]);
  expect(await readOperators("pages", undefined, 1)).toMatchObject({
    values: [{ userId: "bo" }],
    next: "bo",
  });
  expect((await readOperators("pages", "bo", 1)).values).toMatchObject([{ userId: "olga", status: null }]);
});

test("who is in by now is no request any more, and a ban that came between keeps a join out", async () => {
  const { addRequest, banRequest } = await people();
  await join("between", ["ana"]);
  expect(await addRequest("between", "ana", "_ana", 1)).toBe(false);
  expect(await addRequest("between", "bo", "_bo", 1)).toBe(true);
  expect(await addRequest("between", "bo", "_other", 1)).toBe(false);
  const head = headOf("between", { rowCount: 1 });
  expect(await banRequest("between", "bo")).toBe(true);
  const late = await lambda.members.addMember(head, memberOf("bo", 1), "awaiting-approval");
  expect(late.outcome).toBe("condition");
  expect((await lambda.heads.readHead("between"))?.rowCount).toBe(1);
  expect((await lambda.members.addMember(head, memberOf("bo", 1), "banned")).outcome).toBe("committed");
  expect(await banRequest("between", "bo")).toBe(false);
});

test("an office and a membership come and go without each other", async () => {
  const { addOperator, removeOperator, removeStatus } = await people();
  const { readPlaces } = await import("../../src/infra/community-lists.ts");
  await join("offices", ["nora"]);
  const place = async (userId: string) =>
    (await readPlaces(userId, undefined, 9)).values.map(({ head, status, isOperator }) => [
      head.community,
      status,
      isOperator,
    ]);
  await addOperator("offices", "nora");
  const { member } = await lambda.memberships.readMembership("offices", "nora");
  await lambda.transactions.transact(lambda.members.removalOf("offices", member!));
  expect(await place("nora")).toEqual([["offices", null, true]]);
  await removeOperator("offices", "nora");
  expect(await place("nora")).toEqual([]);
  await removeOperator("offices", "nora"); // nothing to take: nothing happens
  await removeStatus("offices", "nora", "awaiting-approval");
  expect(await place("nora")).toEqual([]);
});

test("a member's item as it was read before an office came is not removed", async () => {
  const { addOperator } = await people();
  await join("raced", ["ana"]);
  const { member } = await lambda.memberships.readMembership("raced", "ana");
  await addOperator("raced", "ana");
  const removal = lambda.members.removalOf("raced", member!);
  expect(await lambda.transactions.transact(removal)).toEqual({ outcome: "condition", failed: 0 });
});

test("that a member was seen is written once a day", async () => {
  const { noteSeen } = await import("../../src/infra/seen-store.ts");
  await join("seen", ["ana"]);
  const read = async () => (await lambda.memberships.readMembership("seen", "ana")).member!;
  const stale = await read();
  await noteSeen("seen", stale, 5 * DAY_MS + 7);
  await noteSeen("seen", stale, 4 * DAY_MS); // a clock that is behind
  expect((await read()).lastSeenDay).toBe(5);
  const from = lambda.requests.length;
  await noteSeen("seen", await read(), 6 * DAY_MS - 1);
  expect(commandsOf(lambda.requests.slice(from))).toEqual(["BatchGetItem"]);
  await noteSeen("seen", await read(), 6 * DAY_MS);
  expect((await read()).lastSeenDay).toBe(6);
});
