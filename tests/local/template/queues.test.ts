/** What serverless.yml says of queues and mappings, where AWS does what no local queue does in the time of a test. */
import { expect, test } from "@jest/globals";
import { readTemplate } from "../../../scripts/local/template/template.ts";
import { GRADIENT_AGE_MAX_MS, RETRY_DELAYS_SECONDS } from "../../../src/domain/limits.ts";

const path = new URL("../../../serverless.yml", import.meta.url).pathname;
const params = { jwtIssuer: "https://id.example.com/", jwtAudience: "tertulia" };
const { functions, queues } = readTemplate(path, { stage: "prod", params });
const consumed = Object.values(queues).filter((queue) => queue.RedrivePolicy);

const mappingOf = (name: string) => {
  const { events } = functions[name];
  return { sqs: events.find(({ sqs }) => sqs)?.sqs, stream: events.find(({ stream }) => stream)?.stream };
};

test("a message outlives the id in it, so that one which waited too long is reported", () => {
  const { GradientsQueue, RatingsQueue } = queues;
  for (const { MessageRetentionPeriod } of [GradientsQueue, RatingsQueue])
    expect(MessageRetentionPeriod! * 1000).toBeGreaterThanOrEqual(4 * GRADIENT_AGE_MAX_MS);
});

test("messages that fail are tried for a quarter of an hour, the first times sooner than by the queue itself", () => {
  expect(consumed).toHaveLength(3);
  for (const { VisibilityTimeout, RedrivePolicy } of consumed) {
    for (const seconds of RETRY_DELAYS_SECONDS) expect(seconds).toBeLessThan(VisibilityTimeout);
    const slow = RedrivePolicy!.maxReceiveCount - RETRY_DELAYS_SECONDS.length;
    const seconds = RETRY_DELAYS_SECONDS.reduce((sum, delay) => sum + delay, slow * VisibilityTimeout);
    expect(seconds).toBeGreaterThan(15 * 60);
  }
});

test("no community waits in one batch with another's commit or engine", () => {
  const { sqs } = mappingOf("assign-groups");
  expect([sqs?.batchSize, sqs?.functionResponseType]).toEqual([1, "ReportBatchItemFailures"]);
  expect(mappingOf("assign-groups").stream?.parallelizationFactor).toBe(10);
});
