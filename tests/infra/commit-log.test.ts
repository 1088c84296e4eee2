import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { COMMIT_LOG_RETENTION_MS } from "../../src/domain/limits.ts";
import { names } from "../../src/infra/aws.ts";
import type { Commit } from "../../src/infra/commit-log.ts";
import { idOf } from "../fixtures/gradients.ts";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startTables } from "../stores.ts";
import { commandsOf, startInstance, type TestInstance } from "./instance.ts";

const nowMs = Date.now();
const COMMITS = 250;
/** Version v was made v seconds after this. */
const startMs = nowMs - 1000 * COMMITS;
const madeAtMs = (version: number) => startMs + 1000 * version;

let stores: Stores;
let lambda: TestInstance;

/** Version v applies one gradient and rejects another. */
function commitOf(version: number): Commit {
  return {
    modelVersion: version,
    committedSum: Math.floor(version / 2),
    applied: [idOf(version, madeAtMs(version))],
    rejected: [{ id: idOf(10_000 + version, madeAtMs(version)), reason: "stale" }],
    gradientNorm: 1.5 * version,
    ...(version % 2 === 0 ? { senders: { count: 6, needed: 5 } } : {}),
  };
}

/** Puts versions first..last into the log, without a head or a model. */
async function writeLog(community: string, first: number, last: number, atMs = madeAtMs): Promise<void> {
  for (let version = first; version <= last; version += 25) {
    const versions = Array.from({ length: Math.min(25, last - version + 1) }, (_, n) => version + n);
    const puts = versions.map((v) => {
      return { PutRequest: { Item: lambda.log.commitItem(community, commitOf(v), atMs(v)) } };
    });
    await lambda.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [names.commitsTable]: puts } }));
  }
}

beforeAll(async () => {
  stores = await startTables();
  lambda = await startInstance();
  await writeLog("long", 1, COMMITS);
});
afterAll(() => stores.stop());
beforeEach(() => {
  lambda.requests.length = 0;
});

describe("reading back", () => {
  test("a log goes back, page by page, as far as an id can stand", async () => {
    const log = new lambda.log.CommitLog("long", COMMITS);
    await log.readBackTo(madeAtMs(COMMITS - 30), nowMs);
    expect(commandsOf(lambda.requests)).toEqual(["Query"]);
    expect(log.verdict(idOf(220, madeAtMs(220)))).toEqual({ modelVersion: 220 });
    expect(log.verdict(idOf(100, madeAtMs(100)))).toBeUndefined();
    await log.readBackTo(madeAtMs(40), nowMs);
    expect(lambda.requests).toHaveLength(3);
    expect(log.verdict(idOf(100, madeAtMs(100)))).toEqual({ modelVersion: 100 });
    expect(log.verdict(idOf(10_040, madeAtMs(40)))).toEqual({ modelVersion: 40, reason: "stale" });
  });

  test("what is known is not read again", async () => {
    const log = new lambda.log.CommitLog("long", COMMITS);
    await log.readBackTo(madeAtMs(10), nowMs);
    const { length } = lambda.requests;
    await log.readBackTo(madeAtMs(10), nowMs);
    await log.readBackTo(madeAtMs(200), nowMs);
    expect(lambda.requests).toHaveLength(length);
  });

  test("an id of a client whose clock is 5 minutes ahead is looked for 6 minutes before its time", async () => {
    const id = idOf(1, nowMs);
    expect(lambda.log.earliestCommitMs(id)).toBe(nowMs - 6 * 60_000);
  });

  test("the commit made at the very time that is asked for is read", async () => {
    const log = new lambda.log.CommitLog("long", COMMITS);
    await log.readBackTo(madeAtMs(51), nowMs); // 250 down to 51 are two whole pages
    expect(log.verdict(idOf(51, madeAtMs(51)))).toEqual({ modelVersion: 51 });
  });

  test("it ends at the first version", async () => {
    const log = new lambda.log.CommitLog("long", 5);
    await log.readBackTo(0, nowMs);
    expect(lambda.requests).toHaveLength(1);
    expect(log.verdict(idOf(1, madeAtMs(1)))).toEqual({ modelVersion: 1 });
    await new lambda.log.CommitLog("long", 0).readBackTo(0, nowMs);
    expect(lambda.requests).toHaveLength(1);
  });

  test("it ends earlier when enough is known", async () => {
    const log = new lambda.log.CommitLog("long", COMMITS);
    const id = idOf(200, madeAtMs(200));
    await log.readBackTo(0, nowMs, () => log.verdict(id) !== undefined);
    expect(lambda.requests).toHaveLength(1);
  });

  test("two readers of one log at once agree on it", async () => {
    const log = new lambda.log.CommitLog("long", COMMITS);
    await Promise.all([log.readBackTo(madeAtMs(180), nowMs), log.readBackTo(0, nowMs)]);
    for (let v = 1; v <= COMMITS; v++) expect(log.verdict(idOf(v, madeAtMs(v)))).toEqual({ modelVersion: v });
    expect(log.lastVersion).toBe(COMMITS);
  });
});

describe("catching up", () => {
  test("only the commits that came after are read", async () => {
    const log = new lambda.log.CommitLog("long", 240);
    await log.readUpTo(250, nowMs);
    for (let v = 241; v <= 250; v++) expect(log.verdict(idOf(v, madeAtMs(v)))).toEqual({ modelVersion: v });
    expect(lambda.requests.at(-1)?.input.ExpressionAttributeValues).toMatchObject({ ":from": { N: "241" } });
    await log.readUpTo(250, nowMs);
    expect(lambda.requests).toHaveLength(1);
  });

  test("a gap cannot be caught up with, so an instance begins anew behind it, and reads back over it", async () => {
    await writeLog("gap", 1, 2);
    const head = headOf("gap", { modelVersion: 2 });
    const before = await lambda.log.readLog(head, madeAtMs(1), nowMs);
    await writeLog("gap", 4, 6);
    const after = await lambda.log.readLog({ ...head, modelVersion: 6 }, madeAtMs(1), nowMs);
    expect(after).not.toBe(before);
    expect(after.lastVersion).toBe(6);
    for (const v of [1, 2, 4, 5, 6]) expect(after.verdict(idOf(v, madeAtMs(v)))).toEqual({ modelVersion: v });
  });

  test("expired commits are left out, though the table still holds them", async () => {
    const oldMs = nowMs - COMMIT_LOG_RETENTION_MS;
    await writeLog("old", 1, 4, (version) => (version <= 2 ? oldMs - 1 : madeAtMs(version)));
    expect((await lambda.log.readHistory("old", 1, 10, nowMs)).map((c) => c.modelVersion)).toEqual([3, 4]);
    const log = new lambda.log.CommitLog("old", 1);
    await log.readUpTo(4, nowMs);
    expect(log.lastVersion).toBe(1);
  });

  test("a commit that does not follow the last one changes nothing", () => {
    const log = new lambda.log.CommitLog("none", 7);
    const logged = { ...commitOf(9), committedAtMs: nowMs };
    log.append(logged);
    expect(log.verdict(logged.applied[0])).toBeUndefined();
    log.append({ ...logged, modelVersion: 8 });
    expect(log.verdict(logged.applied[0])).toEqual({ modelVersion: 8 });
  });
});

describe("the bounds of a read", () => {
  test("a log of more than a million ids is read back as far as memory goes, says so, and lets go of its oldest half", async () => {
    const ids = 10_000;
    const last = lambda.log.IDS_IN_MEMORY_MAX / ids + 20;
    for (let version = 1; version <= last; version += 20) {
      const puts = Array.from({ length: 20 }, (_, n) => {
        const v = version + n;
        const start = idOf(0, madeAtMs(v)).slice(0, -12);
        const hex = (at: number) => (v * ids + at).toString(16).padStart(12, "0");
        const applied = Array.from({ length: ids }, (_, at) => start + hex(at));
        const commit = { ...commitOf(v), applied, rejected: [] };
        return { PutRequest: { Item: lambda.log.commitItem("huge", commit, madeAtMs(v)) } };
      });
      await lambda.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [names.commitsTable]: puts } }));
    }
    lambda.requests.length = 0;
    const log = new lambda.log.CommitLog("huge", last);
    await log.readBackTo(madeAtMs(1), nowMs);
    expect(lambda.requests.length).toBeLessThanOrEqual(last / 5); // 5 items of 170 KB a page
    expect([log.reachesBackTo(madeAtMs(last)), log.reachesBackTo(madeAtMs(2))]).toEqual([true, false]);
    expect(log.verdict(idOf(last * ids, madeAtMs(last)))).toEqual({ modelVersion: last });
    const { length } = lambda.requests;
    await log.readBackTo(madeAtMs(1), nowMs);
    expect(lambda.requests).toHaveLength(length);
    const committedAtMs = madeAtMs(last + 1);
    log.append({ ...commitOf(last + 1), committedAtMs }); // one too many: the oldest half is let go
    expect(log.reachesBackTo(madeAtMs(last - 20))).toBe(true);
    expect(log.verdict(idOf((last - 70) * ids, madeAtMs(last - 70)))).toBeUndefined();
  });
});

describe("history and status", () => {
  test.each([
    ["of a day that the log no longer holds", -COMMIT_LOG_RETENTION_MS - 86_400_001],
    ["of a time to come", 11 * 60_000],
  ])("an id %s is looked for nowhere", async (_, afterMs) => {
    const head = headOf("long", { modelVersion: COMMITS });
    expect(await lambda.statuses.readStatus(head, idOf(5, nowMs + afterMs), nowMs)).toBeNull();
    expect(lambda.requests).toEqual([]);
  });

  test("an id that was applied stays so, though a message of it came again after its day", async () => {
    const id = idOf(7, madeAtMs(3));
    const late = { ...commitOf(6), rejected: [{ id, reason: "expired" as const }] };
    await writeLog("again", 1, 5);
    const first = lambda.log.commitItem("again", { ...commitOf(3), applied: [id] }, madeAtMs(3));
    const Items = [first, lambda.log.commitItem("again", late, madeAtMs(6))];
    const puts = Items.map((Item) => ({ PutRequest: { Item } }));
    await lambda.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [names.commitsTable]: puts } }));
    const status = await lambda.statuses.readStatus(headOf("again", { modelVersion: 6 }), id, nowMs);
    expect(status).toEqual({ status: "applied", modelVersion: 3 });
  });

  test("history comes by pages, oldest first, with all that a commit says", async () => {
    const page = await lambda.log.readHistory("long", 42, 3, nowMs);
    expect(page.map((commit) => commit.modelVersion)).toEqual([42, 43, 44]);
    expect(page.slice(0, 2)).toEqual([
      { ...commitOf(42), committedAtMs: madeAtMs(42) },
      { ...commitOf(43), committedAtMs: madeAtMs(43) },
    ]);
  });

  test("the log tells which sums were committed at a version, as long as it holds that", async () => {
    expect(await lambda.log.readCommittedSum("long", 0)).toBe(0);
    expect(await lambda.log.readCommittedSum("long", 43)).toBe(21);
    expect(await lambda.log.readCommittedSum("long", COMMITS + 1)).toBeUndefined();
  });

  test("a status follows the log as it grows", async () => {
    const id = idOf(20_000, nowMs);
    await writeLog("status", 1, 2);
    const head = headOf("status", { modelVersion: 2 });
    expect(await lambda.statuses.readStatus(head, id, nowMs)).toBeNull();
    expect(await lambda.statuses.readStatus(head, idOf(10_001, madeAtMs(1)), nowMs)).toEqual({
      status: "rejected",
      modelVersion: 1,
      reason: "stale",
    });
    const item = lambda.log.commitItem("status", { ...commitOf(3), applied: [id] }, nowMs);
    const RequestItems = { [names.commitsTable]: [{ PutRequest: { Item: item } }] };
    await lambda.dynamodb.send(new BatchWriteItemCommand({ RequestItems }));
    expect(await lambda.statuses.readStatus({ ...head, modelVersion: 3 }, id, nowMs)).toEqual({
      status: "applied",
      modelVersion: 3,
    });
  });
});
