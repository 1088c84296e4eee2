/** What one community's trouble does to others, and when failed messages come back: handlers on the embedded stores. */
import { GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import type { Context, SQSEvent } from "aws-lambda";
import { GRADIENT_AGE_MAX_MS, PUBLISH_TIME_MAX_MS } from "../../src/domain/limits.ts";
import { encodeQueuedGradient, SENDER_BYTES } from "../../src/domain/messages/queued-gradient.ts";
import { dynamodb, names, s3, sqs } from "../../src/infra/aws.ts";
import { EXACT, newId } from "../e2e/caller.ts";
import { CONTEXT, type Delivered, httpEvent, sqsEvent } from "../fixtures/events.ts";
import { type Stores, startStores } from "../stores.ts";

let stores: Stores;
/** Names of tables and communities in the reads that were sent. */
let reads: string[] = [];
/** The stores fail where a request is about this. */
let broken = "";
/** S3 does not answer where a key begins so. */
let stuck = "";
let remainingMs = 30_000;
const context = { ...CONTEXT, getRemainingTimeInMillis: () => remainingMs } as Context;

async function invoke(name: string, event: unknown) {
  const { handler } = await import(`../../src/handlers/${name}.ts`);
  return handler(event, context);
}

async function found(community: string, settings: object = {}, people = ["ana", "bo"]): Promise<void> {
  const C = "/communities/{community}";
  const parameters = { community };
  const body = { settings: { ...EXACT, factors: 1, groupSize: 2, ...settings } };
  const operator = { parameters, userId: "olga", isOperator: true };
  await invoke("put-community", httpEvent({ ...operator, route: `PUT ${C}`, body }));
  for (const userId of people)
    await invoke("join-community", httpEvent({ route: `PUT ${C}/members/me`, parameters, userId }));
}

function gradient(community: string, id = newId()): Delivered {
  const data = { kind: "f32" as const, values: Float32Array.of(3, 5) };
  const one = { id, modelVersion: 0, rows: Uint32Array.of(1), width: 2, data };
  const sender = new Uint8Array(SENDER_BYTES).fill(3);
  const body = Buffer.from(encodeQueuedGradient({ community, sender, gradient: one })).toString("base64");
  return { messageId: `${community} ${id}`, receiptHandle: id, body, receiveCount: 1 };
}

async function statusOf(community: string, id: string) {
  const route = "GET /communities/{community}/gradients/{id}";
  const answer = await invoke(
    "get-gradient",
    httpEvent({ route, parameters: { community, id }, userId: "ana" }),
  );
  return { code: answer.statusCode, ...JSON.parse(answer.body) };
}

const failuresOf = (answer: { batchItemFailures: { itemIdentifier: string }[] }) =>
  answer.batchItemFailures.map((failure) => failure.itemIdentifier);

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  stores = await startStores();
  dynamodb.middlewareStack.add(
    (next) => async (args) => {
      const text = JSON.stringify(args.input, (_, value) => (value instanceof Uint8Array ? "" : value));
      reads.push(text);
      if (broken && text.includes(broken)) {
        remainingMs = 100; // it fails, and takes all the time there was
        throw new Error("simulated: the store does not answer");
      }
      return next(args);
    },
    { step: "initialize", name: "faults" },
  );
  const send = s3.send.bind(s3);
  s3.send = (request) => (stuck && request.key.startsWith(stuck) ? new Promise(() => {}) : send(request));
});
afterAll(() => stores.stop());
beforeEach(() => {
  jest.spyOn(console, "error").mockImplementation(() => {});
  reads = [];
});
afterEach(() => {
  jest.restoreAllMocks();
  [broken, stuck, remainingMs] = ["", "", 30_000];
});

test("a community whose objects do not come holds no other: its messages alone come back", async () => {
  await found("quick");
  await found("stuck");
  const [first, second] = [newId(), newId()];
  stuck = "stuck/";
  remainingMs = 4_000;
  const event = sqsEvent([gradient("stuck", first), gradient("quick", second)]);
  expect(failuresOf(await invoke("apply-gradients", event))).toEqual([`stuck ${first}`]);
  expect(await statusOf("quick", second)).toMatchObject({ status: "applied" });
  [stuck, remainingMs] = ["", 30_000];
  expect(failuresOf(await invoke("apply-gradients", sqsEvent([gradient("stuck", first)])))).toEqual([]);
  expect(await statusOf("stuck", first)).toMatchObject({ status: "applied" });
});

test("a message that failed comes back in two seconds, not when its visibility ends", async () => {
  const QueueUrl = names.gradientsQueue;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "poison" }));
  const receive = () =>
    sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds: 10, // the queue's visibility timeout is 31
        MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      }),
    );
  for (const count of ["1", "2"]) {
    const [message] = (await receive()).Messages ?? [];
    expect(message.Attributes?.ApproximateReceiveCount).toBe(count);
    const record = { messageId: message.MessageId!, receiptHandle: message.ReceiptHandle!, body: "poison" };
    const event: SQSEvent = sqsEvent([{ ...record, receiveCount: Number(count) }]);
    expect(failuresOf(await invoke("apply-gradients", event))).toEqual([message.MessageId]);
  }
});

test("ids out of their day are rejected, and told so, before any log is read", async () => {
  await found("days");
  await invoke("apply-gradients", sqsEvent([gradient("days")]));
  const old = newId(GRADIENT_AGE_MAX_MS + 1000);
  reads = [];
  expect(failuresOf(await invoke("apply-gradients", sqsEvent([gradient("days", old)])))).toEqual([]);
  expect(reads.filter((text) => text.includes(names.commitsTable) && text.includes("BETWEEN"))).toEqual([]);
  expect(await statusOf("days", old)).toMatchObject({ status: "rejected", reason: "expired" });
});

test("an id of a day long past, or of a day to come, is unknown, and no log or page is read for it", async () => {
  await found("eras");
  reads = [];
  for (const ageMs of [32 * GRADIENT_AGE_MAX_MS, -3_600_000])
    expect(await statusOf("eras", newId(ageMs))).toMatchObject({ code: 404, type: "unknown-gradient" });
  expect(reads.filter((text) => text.includes(names.commitsTable) || text.includes(names.sumsTable))).toEqual(
    [],
  );
});

test("a community that the stream cannot wait for goes to the queue, and those behind it are grouped", async () => {
  await found("failing");
  await found("behind");
  broken = "failing";
  const record = (community: string) => ({
    eventID: community,
    dynamodb: { Keys: { community: { S: community } } },
  });
  const answer = await invoke("assign-groups", { Records: [record("behind"), record("failing")] });
  expect(answer).toEqual({ batchItemFailures: [] });
  const draft = await dynamodb.send(
    new GetItemCommand({
      TableName: names.roundsTable,
      Key: { community: { S: "behind" }, part: { S: "round#00000001" } },
    }),
  );
  expect(draft.Item?.state.S).toBe("draft");
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: names.signalsQueue }));
  expect(Messages?.map(({ Body }) => Body)).toEqual(['{"community":"failing"}']);
});

test("a draft that took its engine ten seconds rests two hundred, and commits meanwhile write nothing for it", async () => {
  await found("large", { assignmentIntervalSeconds: 60 });
  const wake = () =>
    invoke("assign-groups", {
      Records: [{ eventID: "1", dynamodb: { Keys: { community: { S: "large" } } } }],
    });
  const Key = { community: { S: "large" }, part: { S: "round#00000001" } };
  const readDraft = async () =>
    (await dynamodb.send(new GetItemCommand({ TableName: names.roundsTable, Key }))).Item!;
  await wake();
  const quality = { ...JSON.parse((await readDraft()).quality.S!), engineSeconds: 10 };
  const computedAtMs = Date.now() - 61_000;
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: names.roundsTable,
      Key,
      UpdateExpression: "SET quality = :quality, computedAtMs = :at",
      ExpressionAttributeValues: {
        ":quality": { S: JSON.stringify(quality) },
        ":at": { N: String(computedAtMs) },
      },
    }),
  );
  await invoke("apply-gradients", sqsEvent([gradient("large")]));
  await wake();
  const waiting = await readDraft();
  expect(Number(waiting.computedAtMs.N)).toBe(computedAtMs);
  expect(Number(waiting.recomputeAtMs.N)).toBe(computedAtMs + 200_000);
  reads = [];
  await wake();
  expect(reads.filter((text) => text.includes("UpdateExpression"))).toEqual([]);
});

test("communities that fail and take all the time of a tick do not keep others from their rounds", async () => {
  const cadence = { every: "day", time: "09:00", timeZone: "UTC" };
  for (const community of ["broken-1", "broken-2", "broken-3", "due"]) {
    await found(community, { cadence });
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: names.modelTable,
        Key: { community: { S: community }, part: { S: "head" } },
        UpdateExpression: "SET nextRoundAtMs = :past",
        ExpressionAttributeValues: { ":past": { N: community === "due" ? "2" : "1" } },
      }),
    );
  }
  const { readHead } = await import("../../src/infra/head-store.ts");
  const isPublished = async () => (await readHead("due"))!.round > 1;
  broken = "broken";
  for (let tick = 0; tick < 100; tick++) {
    remainingMs = PUBLISH_TIME_MAX_MS;
    await invoke("publish-due-rounds", { time: new Date().toISOString() }).catch(() => {});
    if (await isPublished()) break;
  }
  expect(await isPublished()).toBe(true);
});
