/**
 * Deliveries: one of each notice to each webhook that asks for its event. They are what waits and the log of
 * what was done; a sparse index has those that wait, by when they are to be tried. They name nobody.
 */
import {
  type AttributeValue,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { DELIVERIES_SHOWN_MAX, DELIVERY_LOG_RETENTION_MS, WEBHOOK_CLAIM_MS } from "../domain/limits.ts";
import { type NoticeMessage, retryDelayMs } from "../domain/messages/notice-messages.ts";
import { dynamodb, names, sqs } from "./aws.ts";
import { type Item, succeeds } from "./head-store.ts";
import { partsFrom, queryPages, readDueItems } from "./item-reads.ts";
import { deleteItems, itemOf } from "./item-writes.ts";
import { numberOf } from "./member-store.ts";
import { messageIdOf, type Notice } from "./notice-store.ts";
import type { Outcome } from "./webhook-request.ts";

export type DeliveryState = "waiting" | "delivered" | "given-up";

export interface Delivery {
  part: string;
  /** What receivers know the notice by. */
  messageId: string;
  event: NoticeMessage["type"];
  state: DeliveryState;
  attempts: number;
  /** Of the last attempt. */
  triedAtMs?: number;
  status?: number;
  error?: string;
  ms?: number;
  /** While it waits. */
  dueAtMs?: number;
}

/** The deliveries of one webhook that are due, in the order in which they are to be tried. */
export interface DueDeliveries {
  community: string;
  webhook: string;
  parts: string[];
}

/** What the sparse index is partitioned by. */
const DUE: AttributeValue = { S: "delivery" };
const PREFIX = "delivery#";
const prefixOf = (webhook: string): string => `${PREFIX}${webhook}#`;

const deliveryKey = (community: string, part: string): Item => ({
  community: { S: community },
  part: { S: part },
});

/** By time, so that the last ones are read from the end. */
const partOf = (webhook: string, atMs: number, id: string): string =>
  `${prefixOf(webhook)}${String(atMs).padStart(13, "0")}#${id}`;

/** What a key says: names of webhooks hold no `#`. */
export function readPart(part: string): { webhook: string; atMs: number; noticeId: string } {
  const [, webhook, at, ...id] = part.split("#");
  return { webhook, atMs: Number(at), noticeId: id.join("#") };
}

const expiry = (nowMs: number): AttributeValue => ({
  N: String(Math.ceil((nowMs + DELIVERY_LOG_RETENTION_MS) / 1000)),
});

function readDeliveryItem(item: Item): Delivery {
  return {
    part: item.part.S!,
    messageId: item.messageId.S!,
    event: item.event.S as Delivery["event"],
    state: item.state.S as DeliveryState,
    attempts: Number(item.attempts.N),
    triedAtMs: numberOf(item.triedAtMs),
    status: numberOf(item.status),
    error: item.error?.S,
    ms: numberOf(item.ms),
    dueAtMs: numberOf(item.dueAtMs),
  };
}

function put(community: string, delivery: Delivery, nowMs: number): Promise<boolean> {
  const Item: Item = {
    ...itemOf({ community, ...delivery }),
    ...(delivery.state === "waiting" ? { due: DUE } : {}),
    expiresAt: expiry(nowMs),
  };
  const ConditionExpression = "attribute_not_exists(part)";
  return succeeds(
    dynamodb.send(new PutItemCommand({ TableName: names.noticesTable, Item, ConditionExpression })),
  );
}

/**
 * Has a notice delivered to a webhook, once; answers its key. The tick comes for it if its maker does not.
 */
export async function addDelivery(
  { community, id, atMs, event }: Notice,
  webhook: string,
  nowMs: number,
): Promise<string> {
  const part = partOf(webhook, atMs, id);
  const dueAtMs = nowMs + WEBHOOK_CLAIM_MS;
  const messageId = messageIdOf(community, id);
  await put(community, { part, messageId, event, state: "waiting", attempts: 0, dueAtMs }, nowMs);
  return part;
}

const lastAttempt = ({ status, error, ms }: Outcome) => ({ status, error, ms });

/** Notes a test in the log. */
export async function logTest(
  community: string,
  webhook: string,
  messageId: string,
  outcome: Outcome,
  nowMs: number,
): Promise<void> {
  const part = partOf(webhook, nowMs, messageId);
  const state: DeliveryState = outcome.isDelivered ? "delivered" : "given-up";
  const delivery: Delivery = { part, messageId, event: "test", state, attempts: 1, triedAtMs: nowMs };
  await put(community, { ...delivery, ...lastAttempt(outcome) }, nowMs);
}

/** A delivery that still waits, or null. */
export async function readWaiting(community: string, part: string): Promise<Delivery | null> {
  const get = { TableName: names.noticesTable, Key: deliveryKey(community, part), ConsistentRead: true };
  const { Item } = await dynamodb.send(new GetItemCommand(get));
  return Item?.state.S === "waiting" ? readDeliveryItem(Item) : null;
}

/** Notes an attempt: what has failed is due again later, the later the more often. */
export async function noteAttempt(
  community: string,
  { part, attempts }: Delivery,
  state: DeliveryState,
  outcome: Outcome,
  nowMs: number,
): Promise<void> {
  const dueAtMs = state === "waiting" ? nowMs + retryDelayMs(attempts + 1, Math.random()) : undefined;
  const values = itemOf({
    state,
    attempts: attempts + 1,
    triedAtMs: nowMs,
    ...lastAttempt(outcome),
    dueAtMs,
  });
  await change(community, part, values, ["status", "error", ...(dueAtMs ? [] : ["due", "dueAtMs"])]);
}

/** Sets attributes and removes those of `gone` that are not set; nothing where the delivery is gone. */
async function change(community: string, part: string, values: Item, gone: readonly string[]): Promise<void> {
  const named = Object.keys(values);
  const removed = gone.filter((name) => !named.includes(name));
  const update = new UpdateItemCommand({
    TableName: names.noticesTable,
    Key: deliveryKey(community, part),
    UpdateExpression: `SET ${named.map((name) => `#${name} = :${name}`).join(", ")}${
      removed.length > 0 ? ` REMOVE ${removed.map((name) => `#${name}`).join(", ")}` : ""
    }`,
    ConditionExpression: "attribute_exists(part)",
    ExpressionAttributeNames: Object.fromEntries([...named, ...removed].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(named.map((name) => [`:${name}`, values[name]])),
  });
  await succeeds(dynamodb.send(update));
}

/** Gives a delivery up: operators find it among the dead letters, which name nobody, and in the log. */
export async function giveUp(community: string, part: string): Promise<void> {
  const MessageBody = JSON.stringify({ community, delivery: part });
  await sqs.send(new SendMessageCommand({ QueueUrl: names.noticesDeadLetters, MessageBody }));
  await change(community, part, itemOf({ state: "given-up" }), ["due", "dueAtMs"]);
}

/** Takes deliveries out of the log: of a webhook that is gone. */
export function removeDeliveries(community: string, parts: readonly string[]): Promise<void> {
  const keys = parts.map((part) => deliveryKey(community, part));
  return deleteItems(names.noticesTable, keys);
}

const ofWebhook = (community: string, webhook: string) =>
  partsFrom(names.noticesTable, community, prefixOf(webhook));

export async function removeLog(community: string, webhook: string): Promise<void> {
  for await (const items of queryPages({ ...ofWebhook(community, webhook), ProjectionExpression: "part" }))
    await removeDeliveries(
      community,
      items.map(({ part }) => part.S!),
    );
}

/** The last deliveries of a webhook, the newest first. */
export async function readLog(community: string, webhook: string): Promise<Delivery[]> {
  const query = { ...ofWebhook(community, webhook), ScanIndexForward: false, Limit: DELIVERIES_SHOWN_MAX };
  const { Items = [] } = await dynamodb.send(new QueryCommand(query));
  return Items.map(readDeliveryItem);
}

/** What is due, the longest due first; of more than a page (1 MB, some thousands) the first. */
export async function readDueDeliveries(nowMs: number): Promise<DueDeliveries[]> {
  const items = await readDueItems(names.noticesTable, DUE, nowMs);
  return byWebhook(items.map(({ community, part }) => ({ community: community.S!, part: part.S! })));
}

export function byWebhook(keys: readonly { community: string; part: string }[]): DueDeliveries[] {
  const groups = Map.groupBy(keys, ({ community, part }) =>
    JSON.stringify([community, readPart(part).webhook]),
  );
  return [...groups].map(([key, of]) => {
    const [community, webhook] = JSON.parse(key);
    return { community, webhook, parts: of.map(({ part }) => part) };
  });
}
