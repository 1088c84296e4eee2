/** The handlers of the season where they meet their limits: too many people, and a death around the write. */
import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import type { Context } from "aws-lambda";
import { COMMIT_ATTEMPTS_MAX, PUBLISH_TIME_MAX_MS, SEASON_PEOPLE_MAX } from "../../src/domain/limits.ts";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startTables } from "../stores.ts";

const ITEMS_PER_WRITE = 25;
let stores: Stores;

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  stores = await startTables();
});
afterAll(() => stores.stop());
afterEach(async () => {
  jest.restoreAllMocks();
  const { dynamodb } = await import("../../src/infra/aws.ts");
  dynamodb.middlewareStack.remove("interference");
});

/** A community of people who joined without a call each. */
async function found(community: string, size: number): Promise<void> {
  const { createHead } = await import("../../src/infra/head-store.ts");
  const { dynamodb, names } = await import("../../src/infra/aws.ts");
  await createHead(headOf(community, { rowCount: size, memberCount: size, itemCount: size }));
  const people = Array.from({ length: size }, (_, row) => row);
  for (let at = 0; at < size; at += ITEMS_PER_WRITE) {
    const some = people.slice(at, at + ITEMS_PER_WRITE);
    const member = (row: number) => ({
      ...{ community: { S: community }, userId: { S: `user-${row}` }, memberId: { S: `_${row}` } },
      ...{ row: { N: String(row) }, learning: { S: "local" }, paused: { BOOL: false } },
    });
    const entry = (row: number) => ({
      ...{ community: { S: community }, row: { N: String(row) } },
      ...{ itemId: { S: `_${row}` }, joinedAtVersion: { N: "0" } },
    });
    const RequestItems = {
      [names.membersTable]: some.map((row) => ({ PutRequest: { Item: member(row) } })),
      [names.itemsTable]: some.map((row) => ({ PutRequest: { Item: entry(row) } })),
    };
    for (const [table, requests] of Object.entries(RequestItems))
      await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
}

async function call(method: "GET" | "PUT", community: string, body?: object) {
  const name = method === "PUT" ? "put-season" : "get-season";
  const { handler } = await import(`../../src/handlers/${name}.ts`);
  const endsAtMs = performance.now() + PUBLISH_TIME_MAX_MS;
  const context = { ...CONTEXT, getRemainingTimeInMillis: () => endsAtMs - performance.now() } as Context;
  const route = `${method} /communities/{community}/season`;
  const event = httpEvent({ route, parameters: { community }, userId: "op", isOperator: true, body });
  const answer = await handler({ ...event, headers: { ...event.headers, "accept-encoding": "" } }, context);
  return { status: answer.statusCode, body: JSON.parse(answer.body) };
}

test("a community with more people than a season is for is told so, with both numbers", async () => {
  await found("large", SEASON_PEOPLE_MAX + 1);
  const { status, body } = await call("PUT", "large", { rounds: 2 });
  expect([status, body.type]).toEqual([409, "season-too-large"]);
  expect(body.detail).toContain(`${SEASON_PEOPLE_MAX} members; ${SEASON_PEOPLE_MAX + 1}`);
  expect((await call("GET", "large")).status).toBe(404);
});

test("a call that dies before its write leaves no season, and one that dies after it a whole one", async () => {
  await found("mortal", 6);
  const { dynamodb } = await import("../../src/infra/aws.ts");
  jest.spyOn(console, "error").mockImplementation(() => {});
  let deaths = 0;
  dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== "TransactWriteItemsCommand") return next(args);
      if (++deaths === 1) throw new Error("died before");
      await next(args);
      throw new Error("died after");
    },
    { step: "initialize", name: "interference" },
  );
  expect((await call("PUT", "mortal", { rounds: 2 })).status).toBe(500);
  expect((await call("GET", "mortal")).status).toBe(404);
  expect((await call("PUT", "mortal", { rounds: 2 })).status).toBe(500);
  expect((await call("GET", "mortal")).body).toMatchObject({ state: "running", rounds: 2, memberCount: 6 });
});

test("a plan whose write always meets another's transaction is not made again, and the caller is told to try again", async () => {
  await found("contended", 2);
  const { dynamodb } = await import("../../src/infra/aws.ts");
  const { TransactionCanceledException } = await import("@aws-sdk/client-dynamodb");
  let writes = 0;
  dynamodb.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName !== "TransactWriteItemsCommand") return next(args);
      writes++;
      const CancellationReasons = [{ Code: "TransactionConflict" }, { Code: "None" }];
      throw new TransactionCanceledException({ message: "lost", $metadata: {}, CancellationReasons });
    },
    { step: "initialize", name: "interference" },
  );
  const { status, body } = await call("PUT", "contended", { rounds: 2 });
  expect([status, body.type, writes]).toEqual([503, "try-again", COMMIT_ATTEMPTS_MAX]);
});
