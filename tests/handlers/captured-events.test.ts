/** Handlers called as Lambda calls them, with events as AWS sends them, against the embedded stores. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import type { Context, SQSRecord } from "aws-lambda";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";
import { encodeQueuedGradient, SENDER_BYTES } from "../../src/domain/messages/queued-gradient.ts";
import type { HttpEvent } from "../../src/handlers/http/http.ts";
import { EXACT, newId } from "../e2e/caller.ts";

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/events/${name}.json`, import.meta.url), "utf8"));
const context = {
  awsRequestId: "8f5e",
  functionName: "tertulia-test",
  getRemainingTimeInMillis: () => 30_000,
} as Context;

let system: LocalSystem;

function httpEvent(change: Partial<HttpEvent>, sub = "ana", scope = ""): HttpEvent {
  const event = fixture("http-api-v2");
  event.requestContext.authorizer.jwt.claims = { ...event.requestContext.authorizer.jwt.claims, sub, scope };
  return { ...event, ...change };
}

const sqsRecord = (messageId: string, body: string): SQSRecord => ({
  ...fixture("sqs").Records[0],
  messageId,
  body,
});

const sender = new Uint8Array(SENDER_BYTES).fill(3);

function queued(id: string, values: number[]): string {
  const data = { kind: "f32" as const, values: Float32Array.from(values) };
  const gradient = { id, modelVersion: 0, rows: Uint32Array.of(1), width: 2, data };
  return Buffer.from(encodeQueuedGradient({ community: "handlers", sender, gradient })).toString("base64");
}

async function call(name: string, event: unknown) {
  const { handler } = await import(`../../src/handlers/${name}.ts`);
  return handler(event, context);
}

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  system = await startLocalSystem();
  const body = JSON.stringify({ settings: { ...EXACT, factors: 1, groupSize: 2 } });
  await call("put-community", httpEvent({ body }, "olga", "openid operator"));
  for (const sub of ["ana", "bo", "cy", "di"]) await call("join-community", httpEvent({ body: "{}" }, sub));
});
afterAll(() => system.stop());

test("a gradient in a base64 body is read like any other", async () => {
  const gradient = { id: newId(), modelVersion: 0, rows: [1], encoding: "json", values: [[0.5, 0.25]] };
  const body = Buffer.from(JSON.stringify(gradient)).toString("base64");
  const answer = await call("submit-gradient", httpEvent({ body, isBase64Encoded: true }));
  expect(answer.statusCode).toBe(202);
  expect(answer.headers.location).toBe(`/communities/handlers/gradients/${gradient.id}`);
  await system.drain();
});

test("a token whose sub is too long to be a key is refused", async () => {
  const answer = await call("get-community", httpEvent({}, "x".repeat(256)));
  expect([answer.statusCode, JSON.parse(answer.body).type]).toEqual([401, "unauthorized"]);
});

test("a poison message comes back alone, and the rest of its batch is applied", async () => {
  const [first, second] = [newId(), newId()];
  const Records = [
    sqsRecord("good-1", queued(first, [3, 5])),
    sqsRecord("poison-1", "this is no gradient"),
    sqsRecord(
      "poison-2",
      Buffer.from("TG\u0001 neither is this, though it begins like one").toString("base64"),
    ),
    sqsRecord("good-2", queued(second, [7, 11])),
    sqsRecord("good-1-again", queued(first, [3, 5])),
  ];
  const answer = await call("apply-gradients", { Records });
  expect(answer).toEqual({
    batchItemFailures: [{ itemIdentifier: "poison-1" }, { itemIdentifier: "poison-2" }],
  });
  for (const id of [first, second]) {
    const status = await call("get-gradient", httpEvent({ pathParameters: { community: "handlers", id } }));
    expect(JSON.parse(status.body)).toMatchObject({ id, status: "applied" });
  }
  expect(await call("apply-gradients", { Records: [Records[0]] })).toEqual({ batchItemFailures: [] });
});

test("gradients for a community that does not exist come back", async () => {
  const data = { kind: "f32" as const, values: Float32Array.of(1, 2) };
  const gradient = { id: newId(), modelVersion: 0, rows: Uint32Array.of(1), width: 2, data };
  const body = Buffer.from(encodeQueuedGradient({ community: "nowhere", sender, gradient })).toString(
    "base64",
  );
  const answer = await call("apply-gradients", { Records: [sqsRecord("lost", body)] });
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "lost" }] });
});

test("ratings that cannot be read come back alone, and one of nobody's is dropped", async () => {
  const member = JSON.stringify({ learning: "hosted" });
  await call("join-community", httpEvent({ body: member }, "eve"));
  const { readMembership } = await import("../../src/infra/membership.ts");
  const { member: eve } = await readMembership("handlers", "eve");
  const ratingsKey = eve!.ratings!.key;
  const rating = { id: newId(), row: 0, value: 2, occurredAtMs: 1 };
  const queuedRating = (change: object) =>
    JSON.stringify({ community: "handlers", userId: "eve", ratingsKey, ratings: [rating], ...change });
  const Records = [
    sqsRecord("good", queuedRating({})),
    sqsRecord("odd", queuedRating({ ratings: [rating, { ...rating, id: "x" }] })),
    sqsRecord("no-json", "{"),
    sqsRecord("none", queuedRating({ ratings: [] })),
    sqsRecord("stopped", queuedRating({ ratingsKey: "another" })),
    sqsRecord("gone", queuedRating({ userId: "nobody" })),
    sqsRecord("nowhere", queuedRating({ community: "nowhere" })),
    sqsRecord("good-again", queuedRating({})),
  ];
  const answer = await call("apply-ratings", { Records });
  expect(
    answer.batchItemFailures.map((failure: { itemIdentifier: string }) => failure.itemIdentifier),
  ).toEqual(["odd", "no-json", "none", "nowhere"]);
  const { readRatings } = await import("../../src/infra/rating-store.ts");
  expect(await readRatings("handlers", ratingsKey)).toMatchObject([rating]);
  expect(await readRatings("handlers", "another")).toEqual([]);
});

test("the stream's record makes a draft, and a signal that is none comes back", async () => {
  const [record] = fixture("dynamodb-stream").Records;
  expect(await call("assign-groups", { Records: [record, record] })).toEqual({ batchItemFailures: [] });
  const routeKey = "GET /communities/{community}/assignments/me";
  const answer = await call("get-assignment", httpEvent({ routeKey }, "bo"));
  expect(JSON.parse(answer.body)).toMatchObject({ round: 1, state: "draft" });
  const Records = [sqsRecord("later", JSON.stringify({ community: "handlers" })), sqsRecord("odd", "{}")];
  expect(await call("assign-groups", { Records })).toEqual({
    batchItemFailures: [{ itemIdentifier: "odd" }],
  });
});

test("a model too new for the code is an error of ours, told without its inside", async () => {
  const { putObject } = await import("../../src/infra/object-store.ts");
  const { createHead, readHead } = await import("../../src/infra/head-store.ts");
  const { blockKey } = await import("../../src/infra/matrix-block-store.ts");
  const log = jest.spyOn(console, "error").mockImplementation(() => {});
  const stored = { index: 0, writtenFor: 3, version: 3, nonce: "0123456789abcdef" };
  const bytes = Uint8Array.from([0x54, 0x42, 9, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  await putObject(blockKey("newer", stored), bytes);
  const head = (await readHead("handlers"))!;
  await createHead({ ...head, community: "newer", rowCount: 0, manifest: new Map([[0, stored]]) });
  await call("join-community", httpEvent({ body: "{}", pathParameters: { community: "newer" } }));
  const answer = await call("get-model", httpEvent({ pathParameters: { community: "newer" } }));
  expect([answer.statusCode, JSON.parse(answer.body).detail]).toEqual([500, "The error is in the log."]);
  expect(log.mock.calls[0][0]).toMatchObject({
    message: expect.stringMatching(/got a v9 block, expected v1/),
  });
  log.mockRestore();
});
