import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { headOf } from "../fixtures/head.ts";
import { memberOf, startInstance, type TestInstance } from "../infra/instance.ts";
import { type Stores, startTables } from "../stores.ts";

let stores: Stores;
let lambda: TestInstance;

beforeAll(async () => {
  stores = await startTables();
  lambda = await startInstance();
  await lambda.heads.createHead(headOf("busy", { rowCount: 0 }));
  await lambda.members.addMember(headOf("busy", { rowCount: 0 }), memberOf("ana", 0));
});
afterAll(() => stores.stop());

test("a pause that loses races is counted once among the hour's changes", async () => {
  const { TransactionCanceledException } = await import("@aws-sdk/client-dynamodb");
  const { handler } = await import("../../src/handlers/join-community.ts");
  let races = 10; // more than one patient transaction has attempts
  lambda.interference.before = ({ command }) => {
    if (command !== "TransactWriteItemsCommand" || races-- <= 0) return;
    const CancellationReasons = [{ Code: "TransactionConflict" }];
    throw new TransactionCanceledException({ message: "lost", $metadata: {}, CancellationReasons });
  };
  const route = "PUT /communities/{community}/members/me";
  const call = { route, parameters: { community: "busy" }, userId: "ana", body: { paused: true } };
  expect((await handler(httpEvent(call), CONTEXT)).statusCode).toBe(200);
  const { member } = await lambda.memberships.readMembership("busy", "ana");
  expect([member!.paused, member!.changes.count]).toEqual([true, 1]);
});
