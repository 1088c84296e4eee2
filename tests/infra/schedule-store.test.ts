import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Round } from "../../src/domain/rounds/round.ts";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startTables } from "../stores.ts";
import { commandsOf, startInstance, type TestInstance } from "./instance.ts";

const dueMs = Date.UTC(2100, 0, 4, 8);
const nextMs = dueMs + 7 * 86_400_000;

let stores: Stores;
let lambda: TestInstance;

beforeAll(async () => {
  stores = await startTables();
  lambda = await startInstance();
});
afterAll(() => stores.stop());

const create = (community: string, nextRoundAtMs?: number) =>
  lambda.heads.createHead(headOf(community, { nextRoundAtMs }));
const dueOf = async (community: string) => (await lambda.heads.readHead(community))?.nextRoundAtMs;

test("of many communities those are found that are due, the longest due first, by one request", async () => {
  await create("without");
  await create("last", dueMs);
  await create("first", dueMs - 2);
  await create("second", dueMs - 1);
  await create("later", dueMs + 1);
  const before = lambda.requests.length;
  expect(await lambda.schedule.readDueCommunities(dueMs)).toEqual(["first", "second", "last"]);
  expect(commandsOf(lambda.requests.slice(before))).toEqual(["Query"]);
});

test("settings that come with a due time set it, those with null take it away, and others leave it", async () => {
  await create("settings", dueMs);
  const replace = async (nextRoundAtMs?: number | null) => {
    const head = (await lambda.heads.readHead("settings"))!;
    expect(await lambda.heads.replaceSettings(head, head.settings, nextRoundAtMs)).toEqual({
      outcome: "committed",
    });
    return dueOf("settings");
  };
  expect(await replace()).toBe(dueMs);
  expect(await replace(nextMs)).toBe(nextMs);
  expect(await replace(null)).toBeUndefined();
  expect(await lambda.schedule.readDueCommunities(nextMs)).not.toContain("settings");
  expect(await replace(dueMs)).toBe(dueMs);
  expect(await lambda.schedule.readDueCommunities(dueMs)).toContain("settings");
});

test("a due time is skipped once", async () => {
  await create("skipped", dueMs);
  const skip = () => lambda.schedule.skipRound("skipped", { dueMs, nextMs });
  expect((await Promise.all([skip(), skip()])).sort()).toEqual([false, true]);
  expect(await dueOf("skipped")).toBe(nextMs);
});

test("a round is published by schedule only while it is due, and moves the due time with it", async () => {
  await create("published", dueMs);
  const publish = async (step: { dueMs: number; nextMs: number }) => {
    const head = (await lambda.heads.readHead("published"))!;
    const { round, modelVersion, rosterVersion, sharedVersion } = head;
    const versions = { round, modelVersion, rosterVersion, sharedVersion };
    const groups = { groupCount: 1, groupOf: Int32Array.of(0, 0, 0), groupFacts: Uint8Array.of(0) };
    const times = { computedAtMs: dueMs, publishedAtMs: dueMs };
    const published = { ...versions, ...groups, ...times, state: "published", quality: {} } as Round;
    return lambda.rounds.publishRound(head, published, null, dueMs, step);
  };
  expect(await publish({ dueMs: dueMs - 1, nextMs })).toMatchObject({ outcome: "condition", failed: 0 });
  expect(await publish({ dueMs, nextMs })).toEqual({ outcome: "committed" });
  expect(await publish({ dueMs, nextMs })).toMatchObject({ outcome: "condition", failed: 0 });
  expect(await lambda.heads.readHead("published")).toMatchObject({ round: 2, nextRoundAtMs: nextMs });
});
