import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { SQSEvent } from "aws-lambda";
import { batchItemFailures } from "../../../scripts/local/mappings/event-source.ts";
import { behavior, consumed, reset } from "../../fixtures/local/handlers.ts";
import { startTinySystem, type TinySystem } from "../tiny-system.ts";

let system: TinySystem;
beforeEach(reset);

const bodiesOf = ({ Records }: SQSEvent) => Records.map(({ body }) => body);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);

describe("with a window of one second", () => {
  beforeAll(async () => {
    system = await startTinySystem({ params: { batchSize: 100, windowSeconds: 1, visibilitySeconds: 60 } });
  });
  afterAll(() => system.stop());

  test("a message arrives in the shape of AWS's event", async () => {
    await system.send("hello");
    await system.drain();
    const [record] = consumed[0].Records;
    expect(record).toEqual({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receiptHandle: expect.any(String),
      body: "hello",
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {},
      md5OfBody: "5d41402abc4b2a76b9719d911017c592",
      eventSource: "aws:sqs",
      eventSourceARN: system.environment.WORK_QUEUE_ARN,
      awsRegion: "eu-west-1",
    });
  });

  test("a full batch goes before the window ends, the rest when it does", async () => {
    const started = performance.now();
    const invokedAfterMs: number[] = [];
    behavior.consume = () => {
      invokedAfterMs.push(performance.now() - started);
    };
    await system.send(...numbered(130));
    await system.drain();
    expect(consumed.map(({ Records }) => Records.length)).toEqual([100, 30]);
    expect(invokedAfterMs[0]).toBeLessThan(950);
    expect(invokedAfterMs[1]).toBeGreaterThanOrEqual(950);
    expect(new Set(consumed.flatMap(bodiesOf)).size).toBe(130);
  });

  test("a batch ends where an invocation's 6 MB do", async () => {
    const megabyte = "x".repeat(1_000_000);
    await Promise.all(numbered(8).map(() => system.send(megabyte)));
    await system.drain();
    expect(consumed.map(({ Records }) => Records.length)).toEqual([6, 2]);
  });

  test("no more invocations run at once than maximumConcurrency", async () => {
    let running = 0;
    let mostRunning = 0;
    const bothRun = Promise.withResolvers<void>();
    behavior.consume = async () => {
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      if (running === 2) bothRun.resolve();
      await bothRun.promise;
      running -= 1;
    };
    await system.send(...numbered(400));
    await system.drain();
    expect(mostRunning).toBe(2);
    expect(consumed.flatMap(bodiesOf)).toHaveLength(400);
  });
});

describe("without a window", () => {
  beforeAll(async () => {
    system = await startTinySystem({ params: { visibilitySeconds: 1 } });
  });
  afterAll(() => system.stop());

  test("what is reported failed comes back alone, then goes to the dead-letter queue; the rest is deleted", async () => {
    behavior.consume = ({ Records }) => ({
      batchItemFailures: Records.filter(({ body }) => body === "poison").map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    });
    await inOneBatch("good", "poison", "fine");
    await system.drain();
    expect(consumed.map(bodiesOf)).toEqual([["first"], ["second"], ["good", "poison", "fine"], ["poison"]]);
    expect(consumed[3].Records[0].attributes.ApproximateReceiveCount).toBe("2"); // maxReceiveCount is 2
    expect((await system.receive("DEAD_WORK_QUEUE")).map(({ Body }) => Body)).toEqual(["poison"]);
  });

  test("a timeout fails the whole batch", async () => {
    behavior.consume = () => (consumed.length === 3 ? new Promise(() => {}) : null);
    await inOneBatch("one", "two");
    await system.drain();
    expect(consumed.slice(2).flatMap(bodiesOf).sort()).toEqual(["one", "one", "two", "two"]);
    expect(system.lines.join()).toContain("consume timed out after 1 s");
  });
});

test.each([[null], [undefined], [{}], [{ batchItemFailures: null }], [{ batchItemFailures: [] }]])(
  "the response %j is a success",
  (response) => {
    expect(batchItemFailures(response, new Set(["a", "b"]))).toEqual(new Set());
  },
);

test.each([
  ["text"],
  [{ batchItemFailures: "a" }],
  [{ batchItemFailures: [{ itemIdentifier: "other" }] }],
  [{ batchItemFailures: [{ itemIdentifier: "a" }, { itemIdentifier: "" }] }],
  [{ batchItemFailures: [{ itemIdentifier: null }] }],
  [{ batchItemFailures: [{ bad: "a" }] }],
  [{ batchItemFailures: [null] }],
])("the response %j fails the whole batch", (response) => {
  expect(batchItemFailures(response, new Set(["a", "b"]))).toBeUndefined();
});

/** Sends while the handler is at work on two messages, as many as it may take at once. */
async function inOneBatch(...bodies: string[]): Promise<void> {
  const { consume } = behavior;
  const release = Promise.withResolvers<void>();
  const busy = Promise.withResolvers<void>();
  behavior.consume = async () => {
    if (consumed.length === 2) busy.resolve();
    await release.promise;
  };
  await system.send("first");
  await system.send("second");
  await busy.promise;
  await system.send(...bodies);
  behavior.consume = consume;
  release.resolve();
}
