import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Head } from "../../src/infra/head-store.ts";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startTables } from "../stores.ts";
import { commandsOf, startInstance, type TestInstance } from "./instance.ts";

let stores: Stores;
let lambda: TestInstance;
let head: Head;
let number = 0;

beforeAll(async () => {
  stores = await startTables();
  lambda = await startInstance();
});
afterAll(() => stores.stop());
beforeEach(async () => {
  head = headOf(`catalogue-${++number}`, { rowCount: 0, memberCount: 0, itemCount: 0 });
  await lambda.heads.createHead(head);
});

/** Adds an item at the next row, as a handler would. */
async function add(itemId: string, title: string): Promise<number> {
  const { rowCount: row } = head;
  const { lastChange } = await lambda.catalogue.readState(head.community, [itemId]);
  const item = { itemId, metadata: { title } };
  expect(await lambda.catalogue.addItems(head, [item], lastChange)).toEqual({ outcome: "committed" });
  head = { ...head, rowCount: row + 1 };
  return row;
}

async function retitle(itemId: string, title: string) {
  const { entries, lastChange } = await lambda.catalogue.readState(head.community, [itemId]);
  const changed = { ...entries.get(itemId)!, metadata: { title } };
  return lambda.catalogue.replaceMetadata(head.community, [changed], lastChange);
}

const titlesOf = async (instance: TestInstance) => {
  const catalogue = await instance.catalogue.knownCatalogue(head);
  return [...catalogue].map(([row, { metadata }]) => `${row} ${metadata.title}`).sort();
};

test("a warm instance reads what has changed since, in one query, and nothing else", async () => {
  const reader = await startInstance();
  await add("b", "B");
  await add("a", "A");
  expect(await titlesOf(reader)).toEqual(["0 B", "1 A"]);
  await retitle("b", "B2");
  await add("c", "C");
  const read: number[] = [];
  reader.dynamodb.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      read.push((answer.output as { Count?: number }).Count ?? 0);
      return answer;
    },
    { step: "initialize", name: "counted" },
  );
  reader.requests.length = 0;
  expect(await titlesOf(reader)).toEqual(["0 B2", "1 A", "2 C"]);
  expect(commandsOf(reader.requests)).toEqual(["Query"]);
  expect(await titlesOf(reader)).toEqual(["0 B2", "1 A", "2 C"]);
  expect(read).toEqual([2, 0]);
});

test("of two changes of what was read at the same time one is refused, and the other is not lost", async () => {
  await add("a", "A");
  await add("b", "B");
  const [a, b] = await Promise.all(["a", "b"].map((id) => lambda.catalogue.readState(head.community, [id])));
  const first = { ...a.entries.get("a")!, metadata: { title: "A2" } };
  const second = { ...b.entries.get("b")!, metadata: { title: "B2" } };
  const replace = lambda.catalogue.replaceMetadata;
  expect(await replace(head.community, [first], a.lastChange)).toEqual({ outcome: "committed" });
  expect(await replace(head.community, [second], b.lastChange)).toEqual({ outcome: "condition", failed: 0 });
  expect(await titlesOf(lambda)).toEqual(["0 A2", "1 B"]);
});

test("what is told of an item that was deleted meanwhile is refused", async () => {
  await add("a", "A");
  const { entries, lastChange } = await lambda.catalogue.readState(head.community, ["a"]);
  const [removal] = lambda.catalogue.itemRemoval(head.community, entries.get("a")!);
  expect(await lambda.transactions.transact([removal])).toEqual({ outcome: "committed" });
  const { outcome } = await lambda.catalogue.replaceMetadata(
    head.community,
    [...entries.values()],
    lastChange,
  );
  expect(outcome).toBe("condition");
  expect(await lambda.catalogue.readEntry(head.community, "a")).toBeNull();
});

test("a community that was made anew under its name begins with an empty catalogue", async () => {
  await add("a", "A");
  expect(await titlesOf(lambda)).toEqual(["0 A"]);
  const entry = (await lambda.catalogue.readEntry(head.community, "a"))!;
  await lambda.transactions.transact([lambda.catalogue.itemRemoval(head.community, entry)[0]]);
  head = { ...head, createdAtMs: head.createdAtMs + 1 };
  expect(await titlesOf(lambda)).toEqual([]);
});
