import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { COMMIT_ATTEMPTS_MAX } from "../../src/domain/limits.ts";
import { names } from "../../src/infra/aws.ts";
import { type Stores, startTables } from "../stores.ts";
import { startInstance, type TestInstance } from "./instance.ts";

const ROWS = [2, 3, 5, 7];
const keyOf = (row: number) => ({ community: { S: "batch" }, row: { N: String(row) } });

let stores: Stores;
let lambda: TestInstance;
/** Keys that the database still asks for with each answer; it has no capacity for more. */
let capacity: number;
let asked: number[];

interface Batch {
  RequestItems: Record<string, { Keys: unknown[] }>;
}

beforeAll(async () => {
  stores = await startTables();
  lambda = await startInstance();
  for (const row of ROWS) {
    const Item = { ...keyOf(row), itemId: { S: `item-${row}` }, joinedAtVersion: { N: "0" } };
    await lambda.dynamodb.send(new PutItemCommand({ TableName: names.itemsTable, Item }));
  }
  lambda.dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== "BatchGetItemCommand") return next(args);
      const { Keys } = (args.input as Batch).RequestItems[names.itemsTable];
      asked.push(Keys.length);
      const some = { RequestItems: { [names.itemsTable]: { Keys: Keys.slice(0, Math.max(1, capacity)) } } };
      const answer = await next({ ...args, input: some });
      const output = answer.output as { Responses: object; UnprocessedKeys: object };
      const left = Keys.slice(capacity);
      output.UnprocessedKeys = left.length > 0 ? { [names.itemsTable]: { Keys: left } } : {};
      if (capacity === 0) output.Responses = {};
      return answer;
    },
    { step: "initialize", name: "short" },
  );
});
afterAll(() => stores.stop());
afterEach(() => {
  asked = [];
});

test("what a batch of reads leaves unprocessed is asked for again, and nothing is read twice", async () => {
  [capacity, asked] = [2, []];
  const entries = await lambda.directory.readItemIds("batch", ROWS);
  expect(entries.map(({ row }) => row)).toEqual(ROWS);
  expect(asked).toEqual([4, 2]);
});

test("where there is no capacity at all it gives up, after as many attempts as a transaction has", async () => {
  [capacity, asked] = [0, []];
  await expect(lambda.reads.readItems({ [names.itemsTable]: { Keys: ROWS.map(keyOf) } })).rejects.toThrow(
    "no capacity left",
  );
  expect(asked).toEqual(new Array(COMMIT_ATTEMPTS_MAX).fill(ROWS.length));
});
