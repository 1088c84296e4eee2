import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Settings } from "../../src/domain/community/settings.ts";
import { rowsMax, rowsPerBlock } from "../../src/domain/limits.ts";
import type { Gradient } from "../../src/domain/messages/messages.ts";
import { applyBatch } from "../../src/domain/model/apply-batch.ts";
import { readMatrix } from "../../src/domain/model/item-matrix.ts";
import type { Snapshot } from "../../src/infra/model-store.ts";
import { gradientOf, idOf, PLAIN_SETTINGS } from "../fixtures/gradients.ts";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startStores } from "../stores.ts";
import { commandsOf, startInstance, type TestInstance } from "./instance.ts";

const nowMs = Date.now();

let stores: Stores;
let here: TestInstance;
let elsewhere: TestInstance;

beforeAll(async () => {
  stores = await startStores();
  here = await startInstance();
  elsewhere = await startInstance();
});
afterAll(() => stores.stop());
afterEach(() => {
  here.interference.before = () => {};
  here.interference.after = () => {};
});

async function create(community: string, rowCount: number, settings: Partial<Settings> = {}): Promise<void> {
  const all = { ...PLAIN_SETTINGS, ...settings };
  await here.heads.createHead(headOf(community, { rowCount, memberCount: rowCount, settings: all }));
}

/** A gradient of the same value in all columns of some rows. */
function stepOf(number: number, rows: number[], factors: number, value: number): Gradient {
  const values = Object.fromEntries(rows.map((row) => [row, new Array(factors + 1).fill(value)]));
  return gradientOf(number, values);
}

async function read(instance: TestInstance, community: string): Promise<Snapshot> {
  const snapshot = await instance.model.readSnapshot(community);
  if (!snapshot) throw new Error(`there is no ${community}`);
  return snapshot;
}

/** Writes what the gradients make of a snapshot. */
async function commitOn(instance: TestInstance, snapshot: Snapshot, atMs: number, ...gradients: Gradient[]) {
  const { head } = snapshot;
  const step = applyBatch(instance.model.modelOf(snapshot), gradients);
  const { modelVersion, gradientNorm } = step;
  const applied = gradients.map(({ id }) => id);
  const commit = { modelVersion, gradientNorm, committedSum: head.committedSum, applied, rejected: [] };
  const blocks = await instance.model.putBlocks(head.community, step.blocks, modelVersion);
  return instance.model.writeCommit(head, commit, blocks, atMs);
}

async function commit(instance: TestInstance, community: string, ...gradients: Gradient[]) {
  return commitOn(instance, await read(instance, community), nowMs, ...gradients);
}

const matrixOf = (instance: TestInstance, snapshot: Snapshot) =>
  Buffer.from(readMatrix(instance.model.modelOf(snapshot), snapshot.blocks).buffer);

function valuesOf(instance: TestInstance, snapshot: Snapshot): number[] {
  return Array.from(readMatrix(instance.model.modelOf(snapshot), snapshot.blocks));
}

test("there is no snapshot of a community that is not there", async () => {
  expect(await here.model.readSnapshot("nowhere")).toBeNull();
});

test.each(["sgd", "adam", "adagrad"] as const)(
  "a block comes back from the store byte for byte (%s)",
  async (optimizer) => {
    const community = `codec-${optimizer}`;
    await create(community, 3, { optimizer, learningRate: 0.25 });
    await commit(here, community, stepOf(1, [0, 2], 2, 3), stepOf(2, [1], 2, -0.75));
    await commit(here, community, stepOf(3, [0], 2, 5));
    const written = await read(here, community);
    const stored = await read(elsewhere, community);
    expect(stored.blocks).toEqual(written.blocks);
    expect(stored.blocks.get(0)!.state.optimizer).toBe(optimizer);
    expect(stored.head).toEqual(written.head);
  },
);

test("of two commits of one version the second is told that its condition did not hold, and leaves no trace", async () => {
  await create("race", 3);
  const [first, second] = [await read(here, "race"), await read(elsewhere, "race")];
  const won = await commitOn(here, first, nowMs, stepOf(1, [1], 2, 4));
  const lost = await commitOn(elsewhere, second, nowMs, stepOf(2, [2], 2, 4));
  expect([won, lost]).toEqual([{ outcome: "committed" }, { outcome: "condition", failed: 0 }]);
  const after = await read(elsewhere, "race");
  expect(after.head.modelVersion).toBe(1);
  const logged = await here.log.readHistory("race", 1, 10, nowMs);
  expect(logged.map(({ applied }) => applied)).toEqual([[idOf(1)]]);
  const moved = valuesOf(here, after).map((value, i) => valuesOf(here, first)[i] - value);
  expect(moved.map((change) => Math.round(change))).toEqual([0, 0, 0, 4, 4, 4, 0, 0, 0]);
});

test("a warm instance reads the head and the matrix blocks that changed, a cold one those of the manifest", async () => {
  const factors = 128;
  const size = rowsPerBlock(factors);
  await create("warm", 3 * size, { factors });
  await commit(here, "warm", stepOf(1, [0, size, 2 * size], factors, 2));
  await read(elsewhere, "warm");
  await commit(elsewhere, "warm", stepOf(2, [size + 1], factors, 3));
  await commit(elsewhere, "warm", stepOf(3, [size + 2], factors, 3));
  here.requests.length = 0;
  const warm = await read(here, "warm");
  expect(commandsOf(here.requests)).toEqual(["GetItem", "GET"]);
  const another = await startInstance();
  const cold = await read(another, "warm");
  expect(commandsOf(another.requests)).toEqual(["GetItem", "GET", "GET", "GET"]);
  expect(warm.head).toEqual(cold.head);
  expect(Buffer.compare(matrixOf(here, warm), matrixOf(another, cold))).toBe(0);
});

test("an instance whose model nobody has moved reads the head alone, also after commits of its own", async () => {
  await create("still", 3);
  await commit(here, "still", stepOf(1, [1], 2, 3));
  here.requests.length = 0;
  const snapshot = await read(here, "still");
  expect(commandsOf(here.requests)).toEqual(["GetItem"]);
  expect(snapshot.head.modelVersion).toBe(1);
});

test("a slow reader sees the version that it found, whole, whatever is committed meanwhile", async () => {
  const factors = 128;
  const size = rowsPerBlock(factors);
  await create("between", 2 * size, { factors });
  await commit(elsewhere, "between", stepOf(1, [0, size], factors, 2));
  const right = await read(elsewhere, "between");
  here.interference.after = async ({ command }) => {
    if (command !== "GetItemCommand") return;
    here.interference.after = () => {};
    await commit(elsewhere, "between", stepOf(2, [0, size], factors, 5));
  };
  const seen = await read(here, "between");
  expect(seen.head.modelVersion).toBe(1);
  expect(Buffer.compare(matrixOf(here, seen), matrixOf(elsewhere, right))).toBe(0);
});

test("a matrix block that the manifest names and the bucket has lost is an error, no initial state", async () => {
  await create("lost", 3);
  await commit(elsewhere, "lost", stepOf(1, [0], 2, 2));
  const [stored] = (await here.heads.readHead("lost"))!.manifest.values();
  const { blockKey } = await import("../../src/infra/matrix-block-store.ts");
  const { deleteObject } = await import("../../src/infra/object-store.ts");
  await deleteObject(blockKey("lost", stored));
  await expect(read(here, "lost")).rejects.toThrow(
    /^the matrix block lost\/blocks\/000000\/0000000001-\w{16} is missing$/,
  );
});

test("a block that was put for a version which another commit took is of the one after", async () => {
  await create("late", 3);
  const before = await read(here, "late");
  const step = applyBatch(here.model.modelOf(before), [stepOf(1, [1], 2, 2)]);
  const blocks = await here.model.putBlocks("late", step.blocks, 1);
  await commit(elsewhere, "late");
  const { head } = await read(here, "late");
  const commitOfLate = { modelVersion: 2, committedSum: 0, applied: [], rejected: [], gradientNorm: 1 };
  expect(await here.model.writeCommit(head, commitOfLate, blocks, nowMs)).toEqual({ outcome: "committed" });
  const after = await read(elsewhere, "late");
  expect([...after.blocks.get(0)!.changedAt]).toEqual([0, 2, 0]);
});

test("a join between read and commit does not hinder the commit, and its row begins in its initial state", async () => {
  await create("grown", 2);
  const snapshot = await read(here, "grown");
  const { memberOf } = await import("./instance.ts");
  await here.members.addMember(snapshot.head, memberOf("ana", 2));
  expect(await commitOn(here, snapshot, nowMs, stepOf(1, [1], 2, 2))).toEqual({ outcome: "committed" });
  await commit(elsewhere, "grown", stepOf(2, [2], 2, 4));
  const after = await read(here, "grown");
  const initial = readMatrix({ factors: 2, seed: 7, rowCount: 3 }, new Map());
  const moved = valuesOf(here, after).map((value, i) => Math.round(initial[i] - value));
  expect(moved).toEqual([0, 0, 0, 2, 2, 2, 4, 4, 4]);
});

test("a commit is never older than the one before it, whatever the clocks say", async () => {
  await create("clocks", 3);
  await commit(here, "clocks", stepOf(1, [0], 2, 2));
  await commitOn(here, await read(here, "clocks"), nowMs - 30_000, stepOf(2, [0], 2, 2));
  const history = await here.log.readHistory("clocks", 1, 10, nowMs);
  expect(history.map((logged) => logged.committedAtMs)).toEqual([nowMs, nowMs]);
});

test("a manifest of the largest community keeps the head within 4 KB", async () => {
  const { encodeManifest, decodeManifest } = await import("../../src/infra/matrix-block-store.ts");
  const manifest = new Map(
    Array.from({ length: rowsMax(16) / rowsPerBlock(16) + 1 }, (_, index) => [
      index,
      { index, writtenFor: 2_000_000_000 + index, version: 4_000_000_000, nonce: "00112233445566ff" },
    ]),
  );
  const bytes = encodeManifest(manifest);
  expect(bytes.length).toBeLessThan(3_000);
  expect(decodeManifest(bytes)).toEqual(manifest);
});
