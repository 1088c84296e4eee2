import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startTables } from "../stores.ts";
import { memberOf, startInstance, type TestInstance } from "./instance.ts";

const HOUR_MS = 3_600_000;
const NOON_MS = Date.UTC(2026, 4, 1, 12);

let stores: Stores;
let lambda: TestInstance;

beforeAll(async () => {
  stores = await startTables();
  lambda = await startInstance();
  await lambda.heads.createHead(headOf("rate", { rowCount: 0 }));
});
afterAll(() => stores.stop());

let joined = 0;

async function join(userId: string): Promise<void> {
  await lambda.members.addMember(headOf("rate", { rowCount: joined }), memberOf(userId, joined));
  joined++;
}

/** Asks `times` times, with the member read each time; how often it was allowed. */
async function allowed(instance: TestInstance, userId: string, limit: number, nowMs: number, times: number) {
  let count = 0;
  for (let n = 0; n < times; n++) {
    const { member } = await instance.memberships.readMembership("rate", userId);
    const refused = await instance.rate.takeFromRate("rate", member!, "gradients", limit, nowMs);
    if (!refused) count++;
  }
  return count;
}

test.each([1, 2, 61])("one instance allows exactly %i an hour", async (limit) => {
  const user = `exact-${limit}`;
  await join(user);
  expect(await allowed(lambda, user, limit, NOON_MS + 5, limit + 3)).toBe(limit);
  expect(await allowed(lambda, user, limit, NOON_MS + HOUR_MS, limit + 3)).toBe(limit);
});

test("gradients that come at once are counted like those that come one by one", async () => {
  await join("burst");
  const { member } = await lambda.memberships.readMembership("rate", "burst");
  const calls = Array.from({ length: 100 }, () =>
    lambda.rate.takeFromRate("rate", member!, "gradients", 70, NOON_MS),
  );
  const refused = (await Promise.all(calls)).filter((answer) => answer !== null);
  expect(refused).toHaveLength(30);
});

test("whoever is refused is told the seconds until the next hour", async () => {
  await join("late");
  const nowMs = NOON_MS + HOUR_MS - 90_500;
  expect(await allowed(lambda, "late", 1, nowMs, 1)).toBe(1);
  const { member } = await lambda.memberships.readMembership("rate", "late");
  expect(await lambda.rate.takeFromRate("rate", member!, "gradients", 1, nowMs)).toEqual({
    retryAfterSeconds: 91,
  });
});

test("without a limit nothing is counted", async () => {
  await join("free");
  const { member } = await lambda.memberships.readMembership("rate", "free");
  const { length } = lambda.requests;
  expect(await lambda.rate.takeFromRate("rate", member!, "gradients", null, NOON_MS)).toBeNull();
  expect(lambda.requests).toHaveLength(length);
});

test("a limit of 240 costs a write for each twelfth gradient", async () => {
  await join("thrifty");
  const { member } = await lambda.memberships.readMembership("rate", "thrifty");
  const { length } = lambda.requests;
  for (let n = 0; n < 36; n++) await lambda.rate.takeFromRate("rate", member!, "gradients", 240, NOON_MS);
  // The first write of an hour is two: the hour it adds to is another.
  expect(lambda.requests.length - length).toBe(4);
});

test("a second instance passes the limit by less than a twentieth of it", async () => {
  await join("both");
  const limit = 180;
  expect(await allowed(lambda, "both", limit, NOON_MS, 100)).toBe(100); // of which 99 are written
  const other = await startInstance();
  const more = await allowed(other, "both", limit, NOON_MS, 100);
  expect(more).toBeGreaterThanOrEqual(limit - 100);
  expect(more).toBeLessThan(limit - 100 + limit / 20);
});

test("two instances that begin an hour at once lose none of each other's count", async () => {
  await join("begin");
  const counts = await Promise.all(
    [3, 5].map((n) =>
      lambda.counts.countInHour("rate", "begin", "gradients", { hourStartMs: NOON_MS, count: n }),
    ),
  );
  const { member } = await lambda.memberships.readMembership("rate", "begin");
  expect(member?.gradients).toEqual({ hourStartMs: NOON_MS, count: 8 });
  expect(Math.max(...counts)).toBe(8);
});

test("a count for an hour that is over changes nothing", async () => {
  await join("over");
  await lambda.counts.countInHour("rate", "over", "gradients", { hourStartMs: NOON_MS + HOUR_MS, count: 4 });
  await lambda.counts.countInHour("rate", "over", "gradients", { hourStartMs: NOON_MS, count: 9 });
  const { member } = await lambda.memberships.readMembership("rate", "over");
  expect(member?.gradients).toEqual({ hourStartMs: NOON_MS + HOUR_MS, count: 4 });
});

test("reads of the model are counted apart from gradients, and the first eleven of an hour write nothing", async () => {
  await join("reader");
  const { member } = await lambda.memberships.readMembership("rate", "reader");
  const { length } = lambda.requests;
  for (let n = 0; n < 11; n++) await lambda.rate.takeFromRate("rate", member!, "modelReads", 240, NOON_MS);
  expect(lambda.requests).toHaveLength(length);
  await lambda.rate.takeFromRate("rate", member!, "modelReads", 240, NOON_MS);
  const { member: later } = await lambda.memberships.readMembership("rate", "reader");
  expect(later?.modelReads).toEqual({ hourStartMs: NOON_MS, count: 12 });
  expect(later?.gradients.count).toBe(0);
});
