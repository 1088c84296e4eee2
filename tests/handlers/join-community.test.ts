import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { JOIN_REQUESTS_PER_HOUR_MAX } from "../../src/domain/limits.ts";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { PLAIN_SETTINGS } from "../fixtures/gradients.ts";
import { headOf } from "../fixtures/head.ts";
import { memberOf, startInstance, type TestInstance } from "../infra/instance.ts";
import { type Stores, startStores } from "../stores.ts";

let stores: Stores;
let lambda: TestInstance;

beforeAll(async () => {
  stores = await startStores();
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

test("requests to join are bounded by the hour, by people: who takes one back and asks again is not counted again", async () => {
  const most = JOIN_REQUESTS_PER_HOUR_MAX;
  const call = (method: string, userId: string) => {
    const route = `${method} /communities/{community}/members/me`;
    return httpEvent({ route, parameters: { community: "sought" }, userId });
  };
  const { handler: join } = await import("../../src/handlers/join-community.ts");
  const { handler: leave } = await import("../../src/handlers/leave-community.ts");
  const { takeFromCommunityRate } = await import("../../src/infra/community-rate.ts");
  const settings = { ...PLAIN_SETTINGS, join: "approval" as const };
  await lambda.heads.createHead(headOf("sought", { rowCount: 0, settings }));
  const ask = async (userId: string) => join(call("PUT", userId), CONTEXT);
  for (let n = 0; n < 3; n++) {
    expect((await ask("bo")).statusCode).toBe(202);
    await leave(call("DELETE", "bo"), CONTEXT);
  }
  const others = Array.from({ length: most - 1 }, () =>
    takeFromCommunityRate("sought", "join-request", most, Date.now()),
  );
  expect((await Promise.all(others)).every((tooMany) => tooMany === null)).toBe(true);
  const refused = await ask("cy");
  expect([refused.statusCode, JSON.parse(refused.body!).type]).toEqual([429, "too-many-join-requests"]);
  expect(Number(refused.headers!["retry-after"])).toBeGreaterThan(0);
  expect((await lambda.memberships.readMembership("sought", "cy")).status).toBeNull();
  expect((await ask("bo")).statusCode).toBe(202);
});
