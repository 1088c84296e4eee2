import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { IDEMPOTENCY_KEY_RETENTION_MS } from "../../src/domain/limits.ts";
import type { Round } from "../../src/domain/rounds/round.ts";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startStores } from "../stores.ts";
import { startInstance, type TestInstance } from "./instance.ts";

const nowMs = Date.now();

let stores: Stores;
let lambda: TestInstance;

beforeAll(async () => {
  stores = await startStores();
  lambda = await startInstance();
});
afterAll(() => stores.stop());

function roundOf(change: Partial<Round> = {}): Round {
  return {
    round: 1,
    state: "draft",
    modelVersion: 5,
    rosterVersion: 0,
    sharedVersion: 0,
    computedAtMs: nowMs,
    groupCount: 2,
    groupOf: Int32Array.of(0, 1, -1, 1, 0),
    groupFacts: Uint8Array.of(1, 0),
    quality: {
      score: 2.5,
      totalAffinity: 3,
      worstMemberAffinity: 0.5,
      pairs: 2,
      repeats: 1,
      evaluations: 100,
      moved: null,
      rematch: { count: 1, pairs: [[0, 4]] },
      match: { count: 0, pairs: [] },
      alone: 0,
      engineSeconds: 0.25,
    },
    ...change,
  };
}

const published = (change: Partial<Round> = {}) =>
  roundOf({ state: "published", publishedAtMs: nowMs, ...change });

test("a round is read back as it was stored", async () => {
  expect(await lambda.rounds.storeDraft("codec", roundOf())).toBe(true);
  expect(await lambda.rounds.readRound("codec", 1)).toEqual(roundOf());
  expect(await lambda.rounds.readRound("codec", 2)).toBeNull();
});

test("the times of groups are read back, from the item and from an object", async () => {
  const times = { weekStartMs: 1_700_006_400_000, meetingMinutes: 45 };
  const small = roundOf({ times: { ...times, slots: Uint16Array.of(3, 600, 0xffff, 1, 2, 703) } });
  await lambda.rounds.storeDraft("times", small);
  expect(await lambda.rounds.readRound("times", 1)).toEqual(small);
  const groupCount = 5_001;
  const large = roundOf({
    round: 2,
    groupCount,
    groupOf: Int32Array.from({ length: 2 * groupCount }, (_, row) => row >> 1),
    groupFacts: Uint8Array.from({ length: groupCount }, (_, group) => group % 3),
    times: { ...times, slots: Uint16Array.from({ length: 3 * groupCount }, (_, at) => at % 701) },
  });
  await lambda.rounds.storeDraft("times", large);
  const { groupOf, groupFacts, times: read } = (await lambda.rounds.readRound("times", 2))!;
  expect([groupOf[10_001], groupFacts[5_000], read?.slots[15_002]]).toEqual([5_000, 2, 15_002 % 701]);
  expect(read).toMatchObject(times);
});

test("a draft never goes back to an older state of model, roster or shared factors", async () => {
  const { storeDraft, readRound } = lambda.rounds;
  await storeDraft("back", roundOf({ modelVersion: 5, rosterVersion: 3, sharedVersion: 2 }));
  const older = [{ modelVersion: 4 }, { rosterVersion: 2 }, { sharedVersion: 1 }, {}];
  for (const change of older) {
    const versions = { modelVersion: 5, rosterVersion: 3, sharedVersion: 2, ...change };
    expect(await storeDraft("back", roundOf({ ...versions, groupCount: 9 }))).toBe(false);
  }
  expect((await readRound("back", 1))?.groupCount).toBe(2);
  const newer = { modelVersion: 6, rosterVersion: 3, sharedVersion: 2, groupCount: 3 };
  expect(await storeDraft("back", roundOf(newer))).toBe(true);
  expect((await readRound("back", 1))?.groupCount).toBe(3);
});

test("of drafts stored at once the newest stays", async () => {
  const drafts = [7, 3, 9, 1, 8].map((modelVersion) => roundOf({ modelVersion }));
  await Promise.all(drafts.map((draft) => lambda.rounds.storeDraft("at-once", draft)));
  expect((await lambda.rounds.readRound("at-once", 1))?.modelVersion).toBe(9);
});

test("a published round never changes, whatever is stored or published after", async () => {
  const head = headOf("published");
  await lambda.heads.createHead(head);
  expect(await lambda.rounds.publishRound(head, published(), null, nowMs)).toEqual({ outcome: "committed" });
  expect(await lambda.rounds.storeDraft("published", roundOf({ modelVersion: 99 }))).toBe(false);
  const again = await lambda.rounds.publishRound(head, published({ groupCount: 9 }), null, nowMs);
  expect(again).toMatchObject({ outcome: "condition", failed: 0 });
  const moved = (await lambda.heads.readHead("published"))!;
  expect([moved.round, moved.rosterVersion]).toEqual([2, 1]);
  const { rosterVersion } = moved;
  const backwards = await lambda.rounds.publishRound(
    { ...moved, round: 1 },
    published({ rosterVersion, groupCount: 9 }),
    null,
    nowMs,
  );
  expect(backwards.outcome).toBe("condition");
  expect(await lambda.rounds.readRound("published", 1)).toEqual(published());
});

test("a round is not published after a removal that its draft does not know", async () => {
  const head = headOf("removal", { removalVersion: 4 });
  await lambda.heads.createHead(head);
  const before = { ...head, removalVersion: 3 };
  const late = await lambda.rounds.publishRound(before, published(), "key", nowMs);
  expect(late).toMatchObject({ outcome: "condition" });
  expect(await lambda.rounds.readRound("removal", 1)).toBeNull();
  expect(await lambda.rounds.readPublishKey("removal", "key", nowMs)).toBeNull();
});

test("a round is published although others have joined or paused since its draft", async () => {
  const head = headOf("roster", { rosterVersion: 4 });
  await lambda.heads.createHead(head);
  const ofBefore = published({ rosterVersion: 3 });
  expect((await lambda.rounds.publishRound(head, ofBefore, null, nowMs)).outcome).toBe("committed");
});

test("a round does not go back to an older model than its draft", async () => {
  const head = headOf("older");
  await lambda.heads.createHead(head);
  await lambda.rounds.storeDraft("older", roundOf({ modelVersion: 6 }));
  const older = published({ modelVersion: 5 });
  expect((await lambda.rounds.publishRound(head, older, null, nowMs)).outcome).toBe("condition");
});

test("of two that publish at once one does, and the round is one further", async () => {
  const head = headOf("twice");
  await lambda.heads.createHead(head);
  const publish = (key: string) => lambda.rounds.publishRound(head, published(), key, nowMs);
  const outcomes = (await Promise.all([publish("a"), publish("b")])).map(({ outcome }) => outcome);
  expect(outcomes.filter((outcome) => outcome === "committed")).toHaveLength(1);
  expect((await lambda.heads.readHead("twice"))?.round).toBe(2);
  const keys = await Promise.all(["a", "b"].map((key) => lambda.rounds.readPublishKey("twice", key, nowMs)));
  expect(keys.filter((round) => round === 1)).toHaveLength(1);
});

test("an Idempotency-Key leads back to its round for a day", async () => {
  const head = headOf("key");
  await lambda.heads.createHead(head);
  await lambda.rounds.publishRound(head, published(), "week 1", nowMs);
  expect(await lambda.rounds.readPublishKey("key", "week 1", nowMs)).toBe(1);
  expect(await lambda.rounds.readPublishKey("key", "week 2", nowMs)).toBeNull();
  const later = nowMs + IDEMPOTENCY_KEY_RETENTION_MS + 1000;
  expect(await lambda.rounds.readPublishKey("key", "week 1", later)).toBeNull();
});

test("rounds come in order, and a key of the table that is none is not among them", async () => {
  for (const round of [2, 10, 1, 9]) await lambda.rounds.storeDraft("order", roundOf({ round }));
  const head = headOf("order", { round: 11 });
  await lambda.heads.createHead(head);
  await lambda.rounds.publishRound(head, published({ round: 11 }), "round#00000003", nowMs);
  const rounds = await lambda.rounds.readRounds("order", 2, 11);
  expect(rounds.map(({ round }) => round)).toEqual([2, 9, 10, 11]);
  expect(await lambda.rounds.readRounds("order", 5, 4)).toEqual([]);
});

test("one recomputation at a time is claimed, and the next when that one's time has come", async () => {
  const { claimRecomputation, storeDraft } = lambda.rounds;
  expect(await claimRecomputation("claim", 1, nowMs, nowMs + 60_000)).toBe(false); // there is no draft
  await storeDraft("claim", roundOf());
  const claims = [1, 2, 3].map(() => claimRecomputation("claim", 1, nowMs, nowMs + 60_000));
  expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
  expect(await claimRecomputation("claim", 1, nowMs + 60_001, nowMs + 120_000)).toBe(true);
});

test("itemIds of more rows than a request takes are read, and those of who left are missing", async () => {
  const { memberOf } = await import("./instance.ts");
  const head = headOf("items", { rowCount: 0 });
  await lambda.heads.createHead(head);
  for (let row = 0; row < 4; row++) {
    await lambda.members.addMember({ ...head, rowCount: row }, memberOf(`user-${row}`, row));
  }
  const rows = Array.from({ length: 150 }, (_, row) => row);
  const entries = await lambda.directory.readItemIds("items", rows);
  expect(entries.map(({ row, itemId }) => `${row} ${itemId}`)).toEqual([
    "0 member-user-0",
    "1 member-user-1",
    "2 member-user-2",
    "3 member-user-3",
  ]);
});

test("the groups of a round that is too large for an item stand in an object, and come back with it", async () => {
  const rowCount = 300_000;
  const groupCount = rowCount / 4;
  const groupOf = Int32Array.from({ length: rowCount }, (_, row) => (row === 7 ? -1 : row >> 2));
  const groupFacts = Uint8Array.from({ length: groupCount }, (_, group) => group % 251);
  const draft = roundOf({ groupCount, groupOf, groupFacts });
  expect(await lambda.rounds.storeDraft("large", draft)).toBe(true);
  const stored = (await lambda.rounds.readRound("large", 1))!;
  const [key] = await lambda.rounds.readGroupsKeys("large");
  expect(key).toMatch(/^large\/rounds\/00000001-\w{16}$/);
  expect(
    Buffer.compare(
      Buffer.from(stored.groupOf.buffer, stored.groupOf.byteOffset, 4 * rowCount),
      Buffer.from(groupOf.buffer),
    ),
  ).toBe(0);
  expect([...stored.groupOf.subarray(6, 9)]).toEqual([1, -1, 2]);
  expect(Buffer.compare(Buffer.from(stored.groupFacts), Buffer.from(groupFacts))).toBe(0);
  await lambda.heads.createHead(headOf("large", { rowCount }));
  const head = (await lambda.heads.readHead("large"))!;
  await lambda.rounds.publishRound(head, { ...stored, state: "published" }, null, nowMs);
  const published = (await lambda.rounds.readRound("large", 1))!;
  expect([...published.groupOf.subarray(299_996)]).toEqual([74_999, 74_999, 74_999, 74_999]);
});
