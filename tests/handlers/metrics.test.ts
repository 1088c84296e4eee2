/** What invocations tell of themselves: metrics on the standard output, and the request id in what goes wrong. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { encodeQueuedGradient, SENDER_BYTES } from "../../src/domain/messages/queued-gradient.ts";
import { count, measure, writeMetrics } from "../../src/infra/metrics.ts";
import { EXACT } from "../e2e/caller.ts";
import { CONTEXT, httpEvent, sqsEvent } from "../fixtures/events.ts";
import { gradientOf, idOf } from "../fixtures/gradients.ts";
import { type Stores, startStores } from "../stores.ts";

type Line = Record<string, unknown> & {
  _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[] };
};

const community = "measured";
const C = "/communities/{community}";
let stores: Stores;
let lines: Line[];

async function invoke(name: string, event: unknown) {
  const { handler } = await import(`../../src/handlers/${name}.ts`);
  return handler(event, CONTEXT);
}

const join = (userId: string) =>
  invoke(
    "join-community",
    httpEvent({ route: `PUT ${C}/members/me`, parameters: { community }, userId, body: {} }),
  );

/** Each of a sender of its own, posted so many seconds ago. */
function messageOf(number: number, row: number, secondsAgo: number) {
  const id = idOf(number, Date.now() - secondsAgo * 1000);
  const gradient = gradientOf(number, { [row]: [3, 5] }, { id });
  const sender = new Uint8Array(SENDER_BYTES).fill(number);
  const body = Buffer.from(encodeQueuedGradient({ community, sender, gradient })).toString("base64");
  return { messageId: id, receiptHandle: id, body, receiveCount: 1 };
}

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  stores = await startStores();
  const settings = { ...EXACT, factors: 1 };
  const operator = { parameters: { community }, userId: "olga", isOperator: true };
  await invoke("put-community", httpEvent({ ...operator, route: `PUT ${C}`, body: { settings } }));
  for (const userId of ["ana", "bo", "cy"]) await join(userId);
});
afterAll(() => stores.stop());
beforeEach(() => {
  lines = [];
  process.env.METRICS_NAMESPACE = "tertulia-test";
  jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(JSON.parse(String(text)));
    return true;
  });
});
afterEach(() => void jest.restoreAllMocks());

test("a consumed batch writes one line: what was gathered, rejected and committed, for which request", async () => {
  const messages = [messageOf(1, 0, 7), messageOf(2, 1, 9), messageOf(3, 99, 5)];
  expect(await invoke("apply-gradients", sqsEvent(messages))).toEqual({ batchItemFailures: [] });
  expect(lines).toHaveLength(1);
  const [{ _aws, ...values }] = lines;
  const [{ Namespace, Dimensions, Metrics }] = _aws.CloudWatchMetrics;
  expect({ Namespace, Dimensions }).toEqual({ Namespace: "tertulia-test", Dimensions: [[]] });
  expect(Metrics).toContainEqual({ Name: "CommitSeconds", Unit: "Seconds" });
  expect(Metrics.map(({ Name }) => Name).sort()).toEqual(
    Object.keys(values)
      .filter((name) => name !== "requestId")
      .sort(),
  );
  expect(values).toMatchObject({
    requestId: CONTEXT.awsRequestId,
    GradientsGathered: [2],
    GradientsMisshapen: [1],
    SumSenders: [2],
    CommitAttempts: [1],
    BytesWritten: [expect.any(Number)],
    BytesRead: [expect.any(Number)],
  });
  const seconds = (values.CommitSeconds as number[]).map(Math.floor).sort((a, b) => a - b);
  expect(seconds[0]).toBeGreaterThanOrEqual(7);
  expect(seconds[1]).toBeGreaterThanOrEqual(9);
  expect(JSON.stringify(lines)).not.toMatch(/ana|measured/);
});

test("a draft tells its seconds, and a second one how many members it moved", async () => {
  const body = JSON.stringify({ community });
  const signal = { messageId: "1", receiptHandle: "1", body, receiveCount: 1 };
  await invoke("assign-groups", sqsEvent([signal]));
  expect(lines.at(-1)).toMatchObject({ DraftSeconds: [expect.any(Number)] });
  expect(lines.at(-1)).not.toHaveProperty("MovedMembers");
  await join("di");
  await invoke("assign-groups", sqsEvent([signal]));
  expect(lines.at(-1)).toMatchObject({ MovedMembers: [expect.any(Number)] });
});

test("an error of ours is counted, and its problem and its log line name the request", async () => {
  const log = jest.spyOn(console, "error").mockImplementation(() => {});
  const table = process.env.MEMBERS_TABLE;
  process.env.MEMBERS_TABLE = "absent";
  const answer = await join("eve");
  process.env.MEMBERS_TABLE = table;
  expect(JSON.parse(answer.body)).toMatchObject({
    type: "internal-error",
    status: 500,
    requestId: CONTEXT.awsRequestId,
  });
  expect(log.mock.calls).toEqual([[expect.objectContaining({ requestId: CONTEXT.awsRequestId })]]);
  expect(JSON.stringify(log.mock.calls)).not.toContain("eve");
  expect(lines).toMatchObject([{ ServerErrors: [1], requestId: CONTEXT.awsRequestId }]);
});

test("a problem that is the caller's names the request and counts as no error", async () => {
  const route = `GET ${C}`;
  const event = httpEvent({ route, parameters: { community: "nowhere" }, userId: "ana" });
  const answer = await invoke("get-community", event);
  expect(JSON.parse(answer.body)).toMatchObject({ status: 404, requestId: CONTEXT.awsRequestId });
  expect(lines).toEqual([]);
});

test("a metric with more values than a line takes goes on in the next", () => {
  for (let value = 0; value < 230; value++) measure("CommitSeconds", value);
  count("GradientsLost", 3);
  writeMetrics("r-1");
  expect(lines.map(({ CommitSeconds }) => (CommitSeconds as number[]).length)).toEqual([100, 100, 30]);
  expect(lines.map(({ GradientsLost }) => GradientsLost)).toEqual([[3], undefined, undefined]);
  writeMetrics("r-2");
  expect(lines).toHaveLength(3);
});

test("without a namespace nothing is written, and nothing is kept for later", () => {
  process.env.METRICS_NAMESPACE = "";
  count("SumsStalled");
  writeMetrics("r-1");
  process.env.METRICS_NAMESPACE = "tertulia-test";
  writeMetrics("r-2");
  expect(lines).toEqual([]);
});
