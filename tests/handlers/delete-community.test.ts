/** A deletion whose Lambda dies: nobody reads the community from the mark on, and the tick goes on from there. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Context, EventBridgeEvent } from "aws-lambda";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { headOf } from "../fixtures/head.ts";
import { memberOf, startInstance, type TestInstance } from "../infra/instance.ts";
import { type Stores, startStores } from "../stores.ts";

let stores: Stores;
let lambda: TestInstance;

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  stores = await startStores();
  lambda = await startInstance();
});
afterAll(() => stores.stop());

const C = "/communities/{community}";
const tick = { time: new Date().toISOString() } as EventBridgeEvent<"Scheduled Event", string>;
const outOfTime: Context = { ...CONTEXT, getRemainingTimeInMillis: () => 2_500 };

async function settle(community: string): Promise<void> {
  const head = headOf(community, { rowCount: 0, memberCount: 0, itemCount: 0 });
  await lambda.heads.createHead(head);
  await lambda.members.addMember(head, memberOf("ana", 0));
  const { writeNoticeOnce } = await import("../../src/infra/notice-store.ts");
  const { addWebhook } = await import("../../src/infra/webhook-store.ts");
  await writeNoticeOnce(community, { event: "sum.stalled", facts: { sum: 1 } }, 1, "first");
  await addWebhook(community, "app", { url: "https://example.com/", events: ["sum.stalled"] }, 1);
  await lambda.catalogue.addItems({ ...head, rowCount: 1 }, [{ itemId: "ran", metadata: {} }], 0);
}

const stored = async (community: string) => (await lambda.members.readMembers(community)).length;
const catalogued = async (community: string) =>
  (await lambda.catalogue.readEntries(community, undefined, 10)).values.map(({ itemId }) => itemId);

async function noticed(community: string) {
  const { readNotice } = await import("../../src/infra/notice-store.ts");
  const { readWebhooks } = await import("../../src/infra/webhook-store.ts");
  return [await readNotice(community, "first"), await readWebhooks(community)];
}

test("what a call has no time to erase the tick does", async () => {
  const { handler } = await import("../../src/handlers/delete-community.ts");
  await settle("slow");
  const event = httpEvent({
    route: `DELETE ${C}`,
    parameters: { community: "slow" },
    userId: "olga",
    isOperator: true,
  });
  expect(await handler(event, outOfTime)).toMatchObject({ statusCode: 204 });
  expect(await stored("slow")).toBe(1);
  expect(await lambda.memberships.readMembership("slow", "ana")).toMatchObject({ head: null, status: null });
  await handler(tick, outOfTime);
  expect(await stored("slow")).toBe(1);
  expect(await catalogued("slow")).toEqual(["ran"]);
  await handler(tick, CONTEXT);
  expect(await stored("slow")).toBe(0);
  expect(await catalogued("slow")).toEqual([]);
  expect((await lambda.catalogue.readState("slow", ["ran"])).lastChange).toBe(0);
  expect(await noticed("slow")).toEqual([null, []]);
});

test("a deletion that a failure stops anywhere is ended by the next one", async () => {
  const { handler } = await import("../../src/handlers/delete-community.ts");
  const { eraseCommunity, markDeleted } = await import("../../src/infra/community-erasure.ts");
  for (let failAt = 0; failAt < 14; failAt++) {
    const community = `fails-${failAt}`;
    await settle(community);
    await markDeleted((await lambda.heads.readHead(community))!, 1);
    let sent = 0;
    lambda.interference.before = () => {
      if (sent++ === failAt) throw new Error("planned");
    };
    await eraseCommunity(community, 1, 2, () => false).catch(() => {});
    lambda.interference.before = () => {};
  }
  await handler(tick, CONTEXT);
  const { readDeletedCommunities } = await import("../../src/infra/community-erasure.ts");
  expect((await readDeletedCommunities()).filter((name) => name.startsWith("fails-"))).toEqual([]);
  for (let failAt = 0; failAt < 14; failAt++) {
    expect(await stored(`fails-${failAt}`)).toBe(0);
    expect(await catalogued(`fails-${failAt}`)).toEqual([]);
  }
});

test("a join that has read the head before the mark does not come in after it", async () => {
  const { markDeleted } = await import("../../src/infra/community-erasure.ts");
  await settle("late");
  const head = (await lambda.heads.readHead("late"))!;
  expect(await markDeleted(head, Date.now())).toBe(true);
  expect(await markDeleted(head, Date.now())).toBe(false);
  expect((await lambda.members.addMember(head, memberOf("bo", 1))).outcome).toBe("condition");
});
