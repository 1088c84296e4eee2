import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { names } from "../../src/infra/aws.ts";
import { type Stores, startTables } from "../stores.ts";
import { startInstance, type TestInstance } from "./instance.ts";

let stores: Stores;
let lambda: TestInstance;

beforeAll(async () => {
  stores = await startTables();
  lambda = await startInstance();
});
afterAll(() => stores.stop());

const item = (community: string) => ({ community: { S: community }, part: { S: "head" } });
const put = (community: string, ConditionExpression?: string) => ({
  Put: { TableName: names.modelTable, Item: item(community), ConditionExpression },
});
const ifNew = "attribute_not_exists(part)";

/** What `transact` makes of an error that DynamoDB answers once. */
async function outcomeOf(error: Error) {
  lambda.interference.before = () => {
    lambda.interference.before = () => {};
    throw error;
  };
  return lambda.transactions.transact([put("never")]);
}

/** The cancellation that this instance's SDK knows. */
async function canceled(...codes: string[]): Promise<Error> {
  const sdk = await import("@aws-sdk/client-dynamodb");
  const CancellationReasons = codes.map((Code) => ({ Code }));
  return new sdk.TransactionCanceledException({ message: "canceled", $metadata: {}, CancellationReasons });
}

test("a transaction whose conditions hold is committed", async () => {
  const result = await lambda.transactions.transact([put("a", ifNew), put("b", ifNew)]);
  expect(result).toEqual({ outcome: "committed" });
});

test("a condition that does not hold is told by its place, and nothing is written", async () => {
  await lambda.dynamodb.send(new PutItemCommand({ TableName: names.modelTable, Item: item("taken") }));
  const result = await lambda.transactions.transact([put("c", ifNew), put("taken", ifNew)]);
  expect(result).toEqual({ outcome: "condition", failed: 1 });
  expect(await lambda.transactions.transact([put("c", ifNew)])).toEqual({ outcome: "committed" });
});

test("a conflict with another transaction is no broken condition", async () => {
  expect(await outcomeOf(await canceled("None", "TransactionConflict"))).toEqual({ outcome: "conflict" });
});

test("a broken condition counts for more than a conflict beside it", async () => {
  const error = await canceled("TransactionConflict", "ConditionalCheckFailed", "None");
  expect(await outcomeOf(error)).toEqual({ outcome: "condition", failed: 1 });
});

test.each(["ThrottlingError", "ProvisionedThroughputExceeded"])("%s is a throttle", async (code) => {
  expect(await outcomeOf(await canceled("None", code))).toEqual({ outcome: "throttled" });
});

test.each(["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"])(
  "%s is a throttle",
  async (name) => {
    expect(await outcomeOf(Object.assign(new Error("slow down"), { name }))).toEqual({
      outcome: "throttled",
    });
  },
);

test("a retry that meets its own first attempt is a conflict", async () => {
  const error = Object.assign(new Error("in progress"), { name: "TransactionInProgressException" });
  expect(await outcomeOf(error)).toEqual({ outcome: "conflict" });
});

test.each(["ValidationError", "ItemCollectionSizeLimitExceeded"])("%s is a bug, and thrown", async (code) => {
  await expect(outcomeOf(await canceled("None", code))).rejects.toThrow("canceled");
});

test("a lost connection is thrown", async () => {
  await expect(outcomeOf(new Error("socket hang up"))).rejects.toThrow("socket hang up");
});

test("a plain write that meets a transaction is tried again", async () => {
  const { TransactionConflictException } = await import("@aws-sdk/client-dynamodb");
  let attempts = 0;
  lambda.dynamodb.middlewareStack.add(
    (next) => async (args) => {
      attempts++;
      if (attempts > 3) return next(args);
      throw new TransactionConflictException({ message: "there is a transaction", $metadata: {} });
    },
    { step: "deserialize", name: "conflicting", priority: "low" },
  );
  await lambda.dynamodb.send(new PutItemCommand({ TableName: names.modelTable, Item: item("plain") }));
  lambda.dynamodb.middlewareStack.remove("conflicting");
  expect(attempts).toBe(4);
  const again = await lambda.transactions.transact([put("plain", ifNew)]);
  expect(again).toEqual({ outcome: "condition", failed: 0 });
});

test("the SDK's own retry of a transaction that landed is committed, once", async () => {
  let attempts = 0;
  lambda.dynamodb.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      attempts++;
      if (attempts > 1) return answer;
      throw Object.assign(new Error("socket hang up"), { name: "TimeoutError", code: "ECONNRESET" });
    },
    { step: "finalizeRequest", name: "lostOnce", priority: "low" },
  );
  const result = await lambda.transactions.transact([put("retried", ifNew)]);
  lambda.dynamodb.middlewareStack.remove("lostOnce");
  expect(attempts).toBe(2);
  expect(result).toEqual({ outcome: "committed" });
});
