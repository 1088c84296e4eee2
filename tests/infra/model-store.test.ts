import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Settings } from "../../src/domain/community/settings.ts";
import { blocksPerCommitMax, rowsPerBlock } from "../../src/domain/limits.ts";
import type { Gradient } from "../../src/domain/messages/messages.ts";
import { applyBatch } from "../../src/domain/model/apply-batch.ts";
import { readMatrix } from "../../src/domain/model/item-matrix.ts";
import type { Snapshot } from "../../src/infra/model-store.ts";
import { gradientOf, PLAIN_SETTINGS } from "../fixtures/gradients.ts";
import { type Stores, startTables } from "../stores.ts";
import { commandsOf, headOf, startInstance, type TestInstance } from "./instance.ts";

const nowMs = Date.now();
const context = { nowMs, isCommitted: () => false };

let stores: Stores;
let here: TestInstance;
let elsewhere: TestInstance;

beforeAll(async () => {
  stores = await startTables();
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

/** A gradient of the same value in all columns of some rows, its id of now. */
function stepOf(number: number, rows: number[], factors: number, value: number): Gradient {
  const values = Object.fromEntries(rows.map((row) => [row, new Array(factors + 1).fill(value)]));
  const id = gradientOf(number, {}).id;
  return gradientOf(number, values, {
    id: `${nowMs
      .toString(16)
      .padStart(12, "0")
      .replace(/^(.{8})/, "$1-")}${id.slice(13)}`,
  });
}

async function read(instance: TestInstance, community: string): Promise<Snapshot> {
  const snapshot = await instance.model.readSnapshot(community, nowMs);
  if (!snapshot) throw new Error(`there is no ${community}`);
  return snapshot;
}

async function commit(instance: TestInstance, community: string, ...gradients: Gradient[]) {
  const snapshot = await read(instance, community);
  const made = applyBatch(instance.model.modelOf(snapshot), gradients, context);
  return instance.model.writeCommit(snapshot, made!, nowMs);
}

function valuesOf(instance: TestInstance, snapshot: Snapshot): number[] {
  return Array.from(readMatrix(instance.model.modelOf(snapshot), snapshot.blocks).values);
}

/** How many keys each BatchGetItem asked the model table for. */
function blocksAskedFor(instance: TestInstance): number[] {
  return instance.requests.flatMap(({ command, input }) => {
    if (command !== "BatchGetItemCommand") return [];
    return Object.values(input.RequestItems as Record<string, { Keys: object[] }>).map(
      ({ Keys }) => Keys.length,
    );
  });
}

test("there is no snapshot of a community that is not there", async () => {
  expect(await here.model.readSnapshot("nowhere", nowMs)).toBeNull();
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
  const commitOf = (instance: TestInstance, snapshot: Snapshot, number: number) =>
    applyBatch(instance.model.modelOf(snapshot), [stepOf(number, [number], 2, 4)], context)!;
  const won = await here.model.writeCommit(first, commitOf(here, first, 1), nowMs);
  const lost = await elsewhere.model.writeCommit(second, commitOf(elsewhere, second, 2), nowMs);
  expect([won, lost]).toEqual([{ outcome: "committed" }, { outcome: "condition", failed: 0 }]);
  const after = await read(elsewhere, "race");
  expect(after.head.modelVersion).toBe(1);
  expect(after.log.verdict(stepOf(1, [], 2, 0).id)).toEqual({ modelVersion: 1 });
  expect(after.log.verdict(stepOf(2, [], 2, 0).id)).toBeUndefined();
  const moved = valuesOf(here, after).map((value, i) => valuesOf(here, first)[i] - value);
  expect(moved.map((change) => Math.round(change))).toEqual([0, 0, 0, 4, 4, 4, 0, 0, 0]);
});

test("a warm instance reads the head, what the log says since, and the changed blocks alone", async () => {
  const factors = 128;
  const size = rowsPerBlock(factors);
  await create("warm", 3 * size, { factors });
  await commit(here, "warm", stepOf(1, [0, size, 2 * size], factors, 2));
  await read(elsewhere, "warm");
  await commit(elsewhere, "warm", stepOf(2, [size + 1], factors, 3));
  await commit(elsewhere, "warm", stepOf(3, [size + 2], factors, 3));
  here.requests.length = 0;
  const warm = await read(here, "warm");
  expect(commandsOf(here.requests)).toEqual(["GetItem", "Query", "BatchGetItem"]);
  expect(blocksAskedFor(here)).toEqual([1]);
  const cold = await read(await startInstance(), "warm");
  expect(warm.blocks).toEqual(cold.blocks);
  expect(warm.head).toEqual(cold.head);
});

test("an instance whose model nobody has moved reads the head alone, also after commits of its own", async () => {
  await create("still", 3);
  await commit(here, "still", stepOf(1, [1], 2, 3));
  here.requests.length = 0;
  const snapshot = await read(here, "still");
  expect(commandsOf(here.requests)).toEqual(["GetItem"]);
  expect(snapshot.head.modelVersion).toBe(1);
});

test("a reader between two commits sees the later one whole, not half of each", async () => {
  const factors = 128;
  const size = rowsPerBlock(factors);
  await create("between", 2 * size, { factors });
  await commit(elsewhere, "between", stepOf(1, [0, size], factors, 2));
  here.interference.after = async ({ command }) => {
    if (command !== "GetItemCommand") return;
    here.interference.after = () => {};
    await commit(elsewhere, "between", stepOf(2, [0, size], factors, 5));
  };
  const seen = await read(here, "between");
  expect(seen.head.modelVersion).toBe(2);
  const right = await read(elsewhere, "between");
  expect(valuesOf(here, seen)).toEqual(valuesOf(elsewhere, right));
});

test("a warm reader whose blocks move while it catches up reads again", async () => {
  await create("moving", 3);
  await read(here, "moving");
  await commit(elsewhere, "moving", stepOf(1, [0], 2, 2));
  here.interference.before = async ({ command }) => {
    if (command !== "BatchGetItemCommand") return;
    here.interference.before = () => {};
    await commit(elsewhere, "moving", stepOf(2, [1], 2, 5));
  };
  const seen = await read(here, "moving");
  expect(seen.head.modelVersion).toBe(2);
  expect(valuesOf(here, seen)).toEqual(valuesOf(elsewhere, await read(elsewhere, "moving")));
});

test("a model that moves during each read is given up, loudly", async () => {
  await create("restless", 3);
  let number = 0;
  here.interference.after = async ({ command }) => {
    if (command !== "GetItemCommand") return;
    number++;
    await commit(elsewhere, "restless", stepOf(number, [0], 2, 0.25));
  };
  await expect(read(here, "restless")).rejects.toThrow("restless was changed during each of 10 reads");
});

test("keys that a BatchGetItem leaves unprocessed are asked for again", async () => {
  const factors = 128;
  const size = rowsPerBlock(factors);
  await create("unprocessed", 2 * size, { factors });
  await read(here, "unprocessed");
  await commit(elsewhere, "unprocessed", stepOf(1, [0, size], factors, 2));
  here.dynamodb.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const input = args.input as { RequestItems?: Record<string, { Keys: object[] }> };
        const [table, asked] = Object.entries(input.RequestItems ?? {})[0] ?? [];
        if (commandName !== "BatchGetItemCommand" || !table || asked.Keys.length < 2) return next(args);
        const [key, ...left] = asked.Keys;
        const RequestItems = { [table]: { ...asked, Keys: [key] } };
        const answer = await next({ ...args, input: { RequestItems } as typeof args.input });
        Object.assign(answer.output, { UnprocessedKeys: { [table]: { ...asked, Keys: left } } });
        return answer;
      },
    { step: "initialize", name: "partial" },
  );
  const seen = await read(here, "unprocessed");
  here.dynamodb.middlewareStack.remove("partial");
  expect(valuesOf(here, seen)).toEqual(valuesOf(elsewhere, await read(elsewhere, "unprocessed")));
});

test("a join between read and commit does not hinder the commit, and its row begins in its initial state", async () => {
  await create("grown", 2);
  const snapshot = await read(here, "grown");
  const { memberOf } = await import("./instance.ts");
  await here.members.addMember(snapshot.head, memberOf("ana", 2));
  const made = applyBatch(here.model.modelOf(snapshot), [stepOf(1, [1], 2, 2)], context)!;
  expect(await here.model.writeCommit(snapshot, made, nowMs)).toEqual({ outcome: "committed" });
  await commit(elsewhere, "grown", stepOf(2, [2], 2, 4));
  const after = await read(here, "grown");
  const initial = readMatrix({ factors: 2, seed: 7, rowCount: 3 }, new Map()).values;
  const moved = valuesOf(here, after).map((value, i) => Math.round(initial[i] - value));
  expect(moved).toEqual([0, 0, 0, 2, 2, 2, 4, 4, 4]);
});

test("a commit is never older than the one before it, whatever the clocks say", async () => {
  await create("clocks", 3);
  await commit(here, "clocks", stepOf(1, [0], 2, 2));
  const snapshot = await read(here, "clocks");
  const made = applyBatch(here.model.modelOf(snapshot), [stepOf(2, [0], 2, 2)], context)!;
  await here.model.writeCommit(snapshot, made, nowMs - 30_000);
  const history = await here.log.readHistory("clocks", 1, 10, nowMs);
  expect(history.map((logged) => logged.committedAtMs)).toEqual([nowMs, nowMs]);
});

test("a commit that changes every row of the largest model is one transaction", async () => {
  const factors = 128;
  const rowCount = rowsPerBlock(factors) * blocksPerCommitMax(factors);
  await create("largest", rowCount, { factors, optimizer: "adam" });
  const rows = Uint32Array.from({ length: rowCount }, (_, row) => row);
  const values = new Int8Array(rowCount * (factors + 1)).fill(3);
  const data = { kind: "i8" as const, values, scales: new Float32Array(rowCount).fill(0.5) };
  const gradient = { ...stepOf(1, [], factors, 0), rows, width: factors + 1, data };
  expect(await commit(here, "largest", gradient)).toEqual({ outcome: "committed" });
  const stored = await read(elsewhere, "largest");
  expect(stored.blocks.size).toBe(98);
  const written = await read(here, "largest");
  const isSame = [...stored.blocks].every(
    ([at, { bytes }]) => !Buffer.compare(bytes, written.blocks.get(at)!.bytes),
  );
  expect(isSame).toBe(true);
});
