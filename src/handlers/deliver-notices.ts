/**
 * Tells of what has happened: woken by the stream of the notices, it puts each on the bus and has it
 * delivered to the webhooks that ask for its event, at once for the first time; woken each minute by the
 * schedule, it tries again what is due.
 */
import middy from "@middy/core";
import type {
  Context,
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  EventBridgeEvent,
} from "aws-lambda";
import { NOTICE_AGE_MAX_MS } from "../domain/limits.ts";
import { shuffle } from "../domain/random.ts";
import { addDelivery, byWebhook, type DueDeliveries, readDueDeliveries } from "../infra/delivery-store.ts";
import { putEvent } from "../infra/event-bus.ts";
import { markTold, noticeIdOf, readNotice } from "../infra/notice-store.ts";
import { readWebhooks } from "../infra/webhook-store.ts";
import { eachInTime } from "./steps/consume.ts";
import { type Delivering, deliver } from "./steps/deliver.ts";
import { writesMetrics } from "./steps/log.ts";
import { noticeMessage } from "./steps/notice-message.ts";
import { shortBudget } from "./steps/time-limit.ts";

type Tick = EventBridgeEvent<"Scheduled Event", string>;
type Wake = DynamoDBStreamEvent | Tick;

/** They wait for receivers, and need neither CPU nor memory meanwhile. */
const AT_ONCE_MAX = 100;
/** So long the stream waits for first attempts. What then still waits, the tick finds. */
const STREAM_TIME_MAX_MS = 20_000;

/** Makes the message of a notice once an invocation: a round of 25,000 members reads as many. */
function messages(): Delivering["messageOf"] {
  const made = new Map<string, ReturnType<Delivering["messageOf"]>>();
  return (community, id) => {
    const key = JSON.stringify([community, id]);
    const message =
      made.get(key) ?? readNotice(community, id).then((notice) => notice && noticeMessage(notice));
    made.set(key, message);
    return message;
  };
}

/**
 * Puts a notice on the bus and has it delivered; answers the keys of the deliveries. What came before is safe
 * to do again.
 */
async function tell(community: string, id: string, { messageOf, nowMs }: Delivering): Promise<string[]> {
  const notice = await readNotice(community, id);
  // An older one has come back with a restored table.
  if (!notice || nowMs - notice.atMs > NOTICE_AGE_MAX_MS) return [];
  const webhooks = (await readWebhooks(community)).filter(
    ({ events, disabledAtMs }) => disabledAtMs === undefined && events.includes(notice.event),
  );
  // From the mark on a round is withdrawn no more, and one that was before it has no message.
  if (notice.event === "round.published" && webhooks.length > 0) await markTold(community, id);
  const message = await messageOf(community, id);
  if (!message) return [];
  const parts = await Promise.all(webhooks.map(({ name }) => addDelivery(notice, name, nowMs)));
  await putEvent(message);
  return parts;
}

/** The order is drawn by lot, so that nobody is always behind the same ones. */
function deliverAll(due: DueDeliveries[], delivering: Delivering, context: Context): Promise<void> {
  const work = (one: DueDeliveries) => deliver(one, delivering);
  return eachInTime(shuffle(due, Math.random), context, work, AT_ONCE_MAX);
}

async function tellStreamed(event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> {
  const budget = shortBudget(context, STREAM_TIME_MAX_MS);
  const delivering = { messageOf: messages(), nowMs: Date.now(), budget };
  const untold = new Set(event.Records);
  const waiting: { community: string; part: string }[] = [];
  const work = async (record: DynamoDBRecord) => {
    const keys = record.dynamodb!.Keys!;
    const community = keys.community.S!;
    const parts = await tell(community, noticeIdOf(keys.part.S!), delivering);
    waiting.push(...parts.map((part) => ({ community, part })));
    untold.delete(record);
  };
  await eachInTime(event.Records, context, work, AT_ONCE_MAX);
  waiting.sort((a, b) => (a.part < b.part ? -1 : 1)); // by time
  await deliverAll(byWebhook(waiting), delivering, context);
  return {
    batchItemFailures: [...untold].map(({ dynamodb }) => ({ itemIdentifier: dynamodb!.SequenceNumber! })),
  };
}

export const handler = middy<Wake, DynamoDBBatchResponse | undefined>(writesMetrics).handler(
  async (event, context) => {
    if ("Records" in event) return tellStreamed(event, context);
    const nowMs = Math.max(Date.now(), Date.parse(event.time) || 0); // our clock may be behind the scheduler's
    const delivering = { messageOf: messages(), nowMs, budget: context };
    await deliverAll(await readDueDeliveries(nowMs), delivering, context);
    return undefined;
  },
);
