/** Hosted learning step by step: no queue delivers by itself, so that crashes, races and late messages come when told to. */

import { PutItemCommand, ScanCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { learningModel } from "../../src/domain/learning/hosted-learning.ts";
import { learnUserFactors, ratingsIn } from "../../src/domain/learning/learner.ts";
import type { Rating } from "../../src/domain/learning/ratings.ts";
import { GRADIENT_AGE_MAX_MS, RATINGS_PER_TRANSACTION_MAX } from "../../src/domain/limits.ts";
import { decodeQueuedGradient } from "../../src/domain/messages/queued-gradient.ts";
import { timeOfUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { EXACT, newId } from "../e2e/caller.ts";
import { CONTEXT, httpEvent, sqsEvent } from "../fixtures/events.ts";
import { type Stores, startStores } from "../stores.ts";

/** Rows in the model, and rows that are rated where there have to be many. */
const ITEMS = 5;
const RATED = 60;
let stores: Stores;
let community = "";
let number = 0;
/** Ids of the gradients that were sent, in order. */
let sent: string[] = [];
let sendFails = false;

const aws = () => import("../../src/infra/aws.ts");
const body = (answer: { body: string }) => JSON.parse(answer.body);

async function invoke(name: string, event: unknown) {
  const { handler } = await import(`../../src/handlers/${name}.ts`);
  return handler(event, CONTEXT);
}

const C = "/communities/{community}";
const put = (wish: object) => {
  const route = `PUT ${C}/members/me`;
  return invoke("join-community", httpEvent({ route, parameters: { community }, userId: "ana", body: wish }));
};
const leave = () => {
  const route = `DELETE ${C}/members/me`;
  return invoke("leave-community", httpEvent({ route, parameters: { community }, userId: "ana" }));
};

async function memberNow() {
  const { readMembership } = await import("../../src/infra/membership.ts");
  return (await readMembership(community, "ana")).member;
}

async function ratingsKey(): Promise<string> {
  return (await memberNow())!.ratings!.key;
}

/** Everything that any member's ratings have left in the table. */
async function ratingItems() {
  const { dynamodb, names } = await aws();
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: names.ratingsTable }));
  return Items.filter((item) => item.community.S === community);
}

const ratingOf = (row: number, value = 1, change: Partial<Rating> = {}): Rating => ({
  id: newId(),
  row,
  value,
  occurredAtMs: Date.now(),
  ...change,
});

/** Delivers messages of some ratings each; answers those that must come back, by their first rating. */
async function deliverCalls(calls: Rating[][], key: string): Promise<string[]> {
  const owner = { community, userId: "ana", ratingsKey: key };
  const messages = calls.map((ratings) => ({
    messageId: ratings[0].id,
    receiptHandle: ratings[0].id,
    body: JSON.stringify({ ...owner, ratings }),
    receiveCount: 1,
  }));
  const { batchItemFailures } = await invoke("apply-ratings", sqsEvent(messages));
  return batchItemFailures.map((failure: { itemIdentifier: string }) => failure.itemIdentifier);
}

const deliver = (ratings: Rating[], key: string) =>
  deliverCalls(
    ratings.map((rating) => [rating]),
    key,
  );

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  stores = await startStores();
  const { sqs } = await aws();
  sqs.middlewareStack.add(
    (next) => async (args) => {
      if (sendFails) throw new Error("the network is down");
      const { Entries } = args.input as { Entries: { MessageBody?: string }[] };
      for (const { MessageBody } of Entries) {
        if (MessageBody === undefined) return next(args); // changes of visibility
        const queued = decodeQueuedGradient(new Uint8Array(Buffer.from(MessageBody, "base64")));
        sent.push(queued!.gradient.id);
      }
      return next(args);
    },
    { step: "initialize", name: "sent" },
  );
});
afterAll(() => stores.stop());
beforeEach(async () => {
  community = `hosted-${++number}`;
  sent = [];
  const operator = { parameters: { community }, userId: "olga", isOperator: true };
  const settings = { ...EXACT, factors: 2 };
  await invoke("put-community", httpEvent({ ...operator, route: `PUT ${C}`, body: { settings } }));
  await put({ learning: "hosted" });
  for (let item = 1; item < ITEMS; item++) {
    const parameters = { community, itemId: `film-${item}` };
    await invoke("items", httpEvent({ ...operator, route: `PUT ${C}/items/{itemId}`, parameters }));
  }
});
afterEach(async () => {
  sendFails = false;
  const { dynamodb } = await aws();
  dynamodb.middlewareStack.remove("failing");
});

test("a crash before the gradient is sent makes it come once, in whatever batch its rating returns", async () => {
  const key = await ratingsKey();
  const [first, second, third] = [ratingOf(1), ratingOf(2), ratingOf(3)];
  const log = jest.spyOn(console, "error").mockImplementation(() => {});
  sendFails = true;
  expect(await deliver([first, second], key)).toEqual([first.id, second.id]);
  expect(JSON.stringify(log.mock.calls)).not.toMatch(/ana|film/);
  log.mockRestore();
  sendFails = false;
  expect(sent).toEqual([]);
  expect(await deliver([second, third], key)).toEqual([]);
  expect(await deliver([first], key)).toEqual([]);
  expect(sent).toHaveLength(3);
  const gradientOf = new Map((await ratingItems()).map((item) => [item.row.N, item.gradientId.S]));
  expect(gradientOf.get("1")).toBe(gradientOf.get("2"));
  expect([...sent].sort()).toEqual([gradientOf.get("1"), gradientOf.get("1"), gradientOf.get("3")].sort());
});

/** Makes the gradient of a stored rating as old as if it had waited among the dead letters. */
async function makeOld(rating: Rating): Promise<string> {
  const { dynamodb, names } = await aws();
  const gradientId = newId(2 * GRADIENT_AGE_MAX_MS);
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: names.ratingsTable,
      Key: { community: { S: community }, rating: { S: `${await ratingsKey()}#${rating.id}` } },
      UpdateExpression: "SET gradientId = :old",
      ExpressionAttributeValues: { ":old": { S: gradientId } },
    }),
  );
  return gradientId;
}

test("a rating redriven after a day, whose gradient was never applied, gets one with a young id", async () => {
  const key = await ratingsKey();
  const rating = ratingOf(1);
  await deliver([rating], key);
  const old = await makeOld(rating);
  expect(await deliver([rating], key)).toEqual([]);
  const [, young] = sent;
  expect(young).not.toBe(old);
  expect(Date.now() - timeOfUuidV7(young)).toBeLessThan(60_000);
  expect((await ratingItems()).map((item) => item.gradientId.S)).toEqual([young]);
  await deliver([rating], key);
  expect(sent[2]).toBe(young);
});

test("a rating redriven after a day, whose gradient was applied, makes no other one", async () => {
  const key = await ratingsKey();
  const rating = ratingOf(1);
  await deliver([rating], key);
  const old = await makeOld(rating);
  const { dynamodb, names } = await aws();
  const { commitItem } = await import("../../src/infra/commit-log.ts");
  const commit = { modelVersion: 1, committedSum: 1, applied: [old], rejected: [], gradientNorm: 1 };
  const Item = commitItem(community, commit, Date.now() - 2 * GRADIENT_AGE_MAX_MS);
  await dynamodb.send(new PutItemCommand({ TableName: names.commitsTable, Item }));
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: names.modelTable,
      Key: { community: { S: community }, part: { S: "head" } },
      UpdateExpression: "SET modelVersion = :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
    }),
  );
  await deliver([rating], key);
  expect(sent.slice(1)).toEqual([old]);
});

test("two consumers of one member at once lose neither rating, and the factors are of both", async () => {
  const key = await ratingsKey();
  const ratings = [1, 2, 3, 4].map((row) => ratingOf(row, row));
  const failures = await Promise.all(ratings.map((rating) => deliver([rating], key)));
  expect(failures).toEqual([[], [], [], []]);
  expect(new Set(sent).size).toBe(4);
  const { readSnapshot, modelOf } = await import("../../src/infra/model-store.ts");
  const { readItemKinds } = await import("../../src/infra/directory-store.ts");
  const snapshot = (await readSnapshot(community))!;
  const model = learningModel(modelOf(snapshot), await readItemKinds(snapshot.head));
  expect((await memberNow())!.userFactors).toEqual(learnUserFactors(model, ratingsIn(model, ratings, 0)));
  expect((await memberNow())!.ratings!.version).toBe(4);
});

test("the rating that happened last counts, whichever comes last, and the other one expires", async () => {
  const key = await ratingsKey();
  const late = ratingOf(1, 5, { occurredAtMs: 2_000 });
  const early = ratingOf(1, -5, { occurredAtMs: 1_000 });
  const latest = ratingOf(1, 2, { occurredAtMs: 3_000 });
  for (const rating of [late, early, latest, late]) await deliver([rating], key);
  const items = await ratingItems();
  expect(items.filter((item) => !item.expiresAt).map((item) => item.value.N)).toEqual(["2"]);
  expect(items).toHaveLength(3);
});

test("a call of more ratings than a transaction takes is stored whole, and what was cut off comes back whole", async () => {
  const key = await ratingsKey();
  const [first, second] = [RATED, 2].map((count) => Array.from({ length: count }, (_, n) => ratingOf(n + 1)));
  const { dynamodb } = await aws();
  let transactions = 0;
  dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === "TransactWriteItemsCommand" && ++transactions > 1)
        throw new Error("the database is away");
      return next(args);
    },
    { step: "initialize", name: "failing" },
  );
  const log = jest.spyOn(console, "error").mockImplementation(() => {});
  expect(await deliverCalls([first, second], key)).toEqual([first[0].id, second[0].id]);
  log.mockRestore();
  expect(await ratingItems()).toHaveLength(RATINGS_PER_TRANSACTION_MAX);
  dynamodb.middlewareStack.remove("failing");
  expect(await deliverCalls([first, second], key)).toEqual([]);
  expect(await ratingItems()).toHaveLength(RATED + 2);
});

/** More than a transaction takes, and more than a request deletes. */
async function rateEverything(): Promise<string> {
  const key = await ratingsKey();
  const ratings = Array.from({ length: RATED }, (_, item) => ratingOf(item + 1));
  expect(ratings.length).toBeGreaterThan(RATINGS_PER_TRANSACTION_MAX);
  expect(await deliver(ratings, key)).toEqual([]);
  expect(await ratingItems()).toHaveLength(RATED);
  expect(new Set(sent).size).toBe(2);
  return key;
}

/** The `nth` request to delete ratings fails, and those after it, until the test is over. */
async function failDeletesFrom(nth: number) {
  const { dynamodb } = await aws();
  let deletes = 0;
  dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === "BatchWriteItemCommand" && ++deletes >= nth) throw new Error("out of time");
      return next(args);
    },
    { step: "initialize", name: "failing" },
  );
}

test("going local erases ratings and factors, and coming back begins with none", async () => {
  const key = await rateEverything();
  expect((await memberNow())!.userFactors).toBeDefined();
  expect(body(await put({ learning: "local" }))).toMatchObject({ learning: "local" });
  expect(await ratingItems()).toEqual([]);
  const member = await memberNow();
  expect([member!.userFactors, member!.ratings]).toEqual([undefined, undefined]);
  expect(body(await put({ learning: "hosted" }))).toMatchObject({ learning: "hosted" });
  expect(await deliver([ratingOf(1)], key)).toEqual([]);
  expect(await ratingItems()).toEqual([]);
  expect(await ratingsKey()).not.toBe(key);
});

test.each(["leaving", "going local again", "going back to hosted", "any other change"])(
  "an erasure that was cut off is finished by %s",
  async (way) => {
    const key = await rateEverything();
    const log = jest.spyOn(console, "error").mockImplementation(() => {});
    await failDeletesFrom(2);
    expect((await put({ learning: "local" })).statusCode).toBe(500);
    log.mockRestore();
    (await aws()).dynamodb.middlewareStack.remove("failing");
    const left = await ratingItems();
    expect(left.length > 0 && left.length < RATED).toBe(true);
    expect(await memberNow()).toMatchObject({ learning: "local", userFactors: undefined });
    expect(await deliver([ratingOf(1)], key)).toEqual([]);
    expect(await ratingItems()).toHaveLength(left.length);

    if (way === "leaving") await leave();
    if (way === "going local again") await put({ learning: "local" });
    if (way === "going back to hosted") await put({ learning: "hosted" });
    if (way === "any other change") await put({ paused: true });
    expect(await ratingItems()).toEqual([]);
    expect((await memberNow())?.ratings?.key).not.toBe(key);
  },
);

test("leaving erases everything, and a rating that comes later finds nobody, not even who joins again", async () => {
  const key = await rateEverything();
  expect((await leave()).statusCode).toBe(204);
  expect(await ratingItems()).toEqual([]);
  expect(await memberNow()).toBeNull();
  expect(await deliver([ratingOf(1)], key)).toEqual([]);
  await put({ learning: "hosted" });
  expect(await deliver([ratingOf(2)], key)).toEqual([]);
  expect(await ratingItems()).toEqual([]);
});

test("a pause changes neither mode nor ratings", async () => {
  await deliver([ratingOf(1)], await ratingsKey());
  expect(body(await put({ paused: true }))).toMatchObject({ learning: "hosted", paused: true });
  expect(await ratingItems()).toHaveLength(1);
});
