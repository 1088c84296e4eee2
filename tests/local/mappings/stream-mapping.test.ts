import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { DynamoDBStreamEvent } from "aws-lambda";
import { behavior, observed, reset } from "../../fixtures/local/handlers.ts";
import { startTinySystem, type TinySystem } from "../tiny-system.ts";

let system: TinySystem;

beforeAll(async () => {
  system = await startTinySystem();
});
afterAll(() => system.stop());
beforeEach(reset);

const idsOf = ({ Records }: DynamoDBStreamEvent) => Records.map(({ dynamodb }) => dynamodb?.Keys?.id.S);
const numberOf = (record: DynamoDBStreamEvent["Records"][0]) => record.dynamodb?.SequenceNumber ?? "";

test("a change arrives in the shape of AWS's event, binary values in base64, and the filter holds back the others", async () => {
  await system.put("hidden", "seen");
  await system.drain();
  expect(observed.flatMap(({ Records }) => Records)).toEqual([
    {
      eventID: expect.any(String),
      eventName: "INSERT",
      eventVersion: "1.1",
      eventSource: "aws:dynamodb",
      awsRegion: "eu-west-1",
      eventSourceARN: expect.stringContaining("/stream/"),
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: { id: { S: "seen" } },
        NewImage: { id: { S: "seen" }, bytes: { B: "AQI=" } },
        SequenceNumber: expect.any(String),
        SizeBytes: expect.any(Number),
        StreamViewType: "NEW_IMAGE",
      },
    },
  ]);
});

test("changes arrive in order, each once", async () => {
  const ids = Array.from({ length: 150 }, (_, index) => `seen ${index}`);
  await system.put(...ids);
  await system.drain();
  expect(observed.flatMap(idsOf)).toEqual(ids);
});

test("a throwing batch is halved until the poison stands alone, is retried, and goes to the destination", async () => {
  behavior.observe = (event) => {
    if (idsOf(event).includes("seen poison")) throw new Error("planned");
  };
  const ids = ["seen a", "seen b", "seen poison", "seen c"];
  await holdingBack(() => system.put(...ids));
  await system.drain();
  const [document] = (await system.receive("DEAD_CHANGES_QUEUE")).map(({ Body }) => JSON.parse(Body ?? ""));
  expect(document).toMatchObject({
    requestContext: { condition: "RetryAttemptsExhausted", approximateInvokeCount: 3 },
    responseContext: { functionError: "Unhandled" },
    DDBStreamBatchInfo: { batchSize: 1, streamArn: observed[0].Records[0].eventSourceARN },
  });
  const poison = observed
    .flatMap(({ Records }) => Records)
    .find((record) => record.dynamodb?.Keys?.id.S === ids[2]);
  expect(document.DDBStreamBatchInfo.startSequenceNumber).toBe(numberOf(poison!));
  const succeeded = observed.filter((event) => !idsOf(event).includes("seen poison")).flatMap(idsOf);
  expect(succeeded).toEqual(["seen first", "seen a", "seen b", "seen c"]);
});

test("after a partial failure the batch goes on at the lowest number that failed", async () => {
  behavior.observe = (event) => {
    const failed = event.Records.filter((record) =>
      ["seen b", "seen c"].includes(record.dynamodb?.Keys?.id.S ?? ""),
    );
    return observed.length > 2
      ? null
      : { batchItemFailures: failed.toReversed().map((record) => ({ itemIdentifier: numberOf(record) })) };
  };
  await holdingBack(() => system.put("seen a", "seen b", "seen c", "seen d"));
  await system.drain();
  expect(observed.map(idsOf)).toEqual([
    ["seen first"],
    ["seen a", "seen b", "seen c", "seen d"],
    ["seen b", "seen c", "seen d"],
  ]);
});

test("a response that names no record of the batch fails it whole", async () => {
  behavior.observe = () => (observed.length === 1 ? { batchItemFailures: [{ itemIdentifier: "0" }] } : null);
  await system.put("seen");
  await system.drain();
  expect(observed.map(idsOf)).toEqual([["seen"], ["seen"]]);
});

/** Runs `change` while the handler is at work on "seen first", so that the changes come in one batch. */
async function holdingBack(change: () => Promise<void>): Promise<void> {
  const { observe } = behavior;
  const release = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  behavior.observe = async (event) => {
    begun.resolve();
    await release.promise;
    behavior.observe = observe;
    return observe(event);
  };
  await system.put("seen first");
  await begun.promise;
  await change();
  release.resolve();
}
