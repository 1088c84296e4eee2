/**
 * Webhooks: where a community's notices go, and how that has been going. They stand in the table of the
 * notices.
 */
import {
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import {
  SECRET_OVERLAP_MS,
  WEBHOOK_CLAIM_MS,
  WEBHOOK_FAILING_MAX_MS,
  WEBHOOK_TEST_INTERVAL_MS,
} from "../domain/limits.ts";
import { type NoticeEvent, retryDelayMs, type WebhookBody } from "../domain/messages/notice-messages.ts";
import { dynamodb, names } from "./aws.ts";
import { type Item, succeeds } from "./head-store.ts";
import { partsFrom, queryAll } from "./item-reads.ts";
import { deleteItems, itemOf } from "./item-writes.ts";
import { numberOf } from "./member-store.ts";
import { newSecret } from "./webhook-signature.ts";

export interface Webhook {
  community: string;
  name: string;
  url: string;
  events: NoticeEvent[];
  secret: string;
  /** The secret before the last rotation, which signs too until then. */
  oldSecret?: string;
  oldSecretUntilMs?: number;
  createdAtMs: number;
  /** On end, and since when. */
  failures: number;
  failingSinceMs?: number;
  /** Nobody tries before: it has failed, or somebody is at it. */
  retryAtMs?: number;
  /** It has failed too long, and gets nothing more. */
  disabledAtMs?: number;
}

const PREFIX = "webhook#";

const webhookKey = (community: string, name: string): Item => ({
  community: { S: community },
  part: { S: PREFIX + name },
});

function readWebhookItem(item: Item): Webhook {
  return {
    community: item.community.S!,
    name: item.part.S!.slice(PREFIX.length),
    url: item.url.S!,
    events: JSON.parse(item.events.S!),
    secret: item.secret.S!,
    oldSecret: item.oldSecret?.S,
    oldSecretUntilMs: numberOf(item.oldSecretUntilMs),
    createdAtMs: Number(item.createdAtMs.N),
    failures: Number(item.failures?.N ?? 0),
    failingSinceMs: numberOf(item.failingSinceMs),
    retryAtMs: numberOf(item.retryAtMs),
    disabledAtMs: numberOf(item.disabledAtMs),
  };
}

/** All of a community; there are few. */
export function readWebhooks(community: string): Promise<Webhook[]> {
  return queryAll(partsFrom(names.noticesTable, community, PREFIX), readWebhookItem);
}

export async function readWebhook(community: string, name: string): Promise<Webhook | null> {
  const Key = webhookKey(community, name);
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: names.noticesTable, Key, ConsistentRead: true }),
  );
  return Item ? readWebhookItem(Item) : null;
}

/** The secrets that sign now. */
export function secretsOf({ secret, oldSecret, oldSecretUntilMs = 0 }: Webhook, nowMs: number): string[] {
  return oldSecret && nowMs < oldSecretUntilMs ? [secret, oldSecret] : [secret];
}

type Change = Omit<UpdateItemCommandInput, "TableName" | "Key">;

/** Changes a webhook that is there; false where it is gone, or not as `andCondition` says. */
function update({ community, name }: Pick<Webhook, "community" | "name">, change: Change, andCondition = "") {
  return succeeds(
    dynamodb.send(
      new UpdateItemCommand({
        TableName: names.noticesTable,
        Key: webhookKey(community, name),
        ConditionExpression: `attribute_exists(part)${andCondition}`,
        ...change,
      }),
    ),
  );
}

/** Makes the webhook; null where there is one of this name. */
export async function addWebhook(
  community: string,
  name: string,
  { url, events }: WebhookBody,
  nowMs: number,
): Promise<Webhook | null> {
  const secret = newSecret();
  const put: PutItemCommandInput = {
    TableName: names.noticesTable,
    Item: {
      ...webhookKey(community, name),
      ...itemOf({ url, events: JSON.stringify(events), secret, createdAtMs: nowMs }),
    },
    ConditionExpression: "attribute_not_exists(part)",
  };
  const isNew = await succeeds(dynamodb.send(new PutItemCommand(put)));
  return isNew ? { community, name, url, events, secret, createdAtMs: nowMs, failures: 0 } : null;
}

const HEALTH = "failures, failingSinceMs, retryAtMs, disabledAtMs";

/** Gives it another URL and other events, and a new chance. */
export function changeWebhook(community: string, name: string, { url, events }: WebhookBody) {
  return update(
    { community, name },
    {
      UpdateExpression: `SET #url = :url, events = :events REMOVE ${HEALTH}`,
      ExpressionAttributeNames: { "#url": "url" },
      ExpressionAttributeValues: { ":url": { S: url }, ":events": { S: JSON.stringify(events) } },
    },
  );
}

/** A new secret, while the present one goes on signing for a day; null where the webhook is gone. */
export async function rotateSecret(
  webhook: Webhook,
  nowMs: number,
): Promise<{ secret: string; oldSecretUntilMs: number } | null> {
  const secret = newSecret();
  const oldSecretUntilMs = nowMs + SECRET_OVERLAP_MS;
  const isDone = await update(
    webhook,
    {
      UpdateExpression: "SET oldSecret = :old, secret = :new, oldSecretUntilMs = :until",
      ExpressionAttributeValues: {
        ":old": { S: webhook.secret },
        ":new": { S: secret },
        ":until": { N: String(oldSecretUntilMs) },
      },
    },
    " AND secret = :old",
  );
  return isDone ? { secret, oldSecretUntilMs } : null;
}

export async function removeWebhook(community: string, name: string): Promise<void> {
  await deleteItems(names.noticesTable, [webhookKey(community, name)]);
}

/**
 * Claims a webhook for one invocation; false where somebody is at it, or it has changed since it was read.
 */
export function claimWebhook(webhook: Webhook, nowMs: number): Promise<boolean> {
  const { retryAtMs } = webhook;
  const values: Item = { ":until": { N: String(nowMs + WEBHOOK_CLAIM_MS) } };
  if (retryAtMs !== undefined) values[":read"] = { N: String(retryAtMs) };
  return update(
    webhook,
    { UpdateExpression: "SET retryAtMs = :until", ExpressionAttributeValues: values },
    ` AND ${retryAtMs === undefined ? "attribute_not_exists(retryAtMs)" : "retryAtMs = :read"}`,
  );
}

const URL_AS_READ = " AND #url = :url";

/** It has answered well: nothing is held against it any more. Ends a claim. */
export async function noteSuccess(webhook: Webhook): Promise<void> {
  const values: Item = { ":url": { S: webhook.url } };
  const change = {
    UpdateExpression: `REMOVE ${HEALTH}`,
    ExpressionAttributeNames: { "#url": "url" },
    ExpressionAttributeValues: values,
  };
  await update(webhook, change, URL_AS_READ);
}

/**
 * It has failed: it rests, the longer the more often, and for good if it never did better for too long. Ends
 * a claim.
 */
export async function noteFailure(webhook: Webhook, nowMs: number): Promise<void> {
  const { failures, failingSinceMs = nowMs } = webhook;
  const isHopeless = nowMs - failingSinceMs >= WEBHOOK_FAILING_MAX_MS;
  const set = ["failures = :failures", "failingSinceMs = :since", "retryAtMs = :retry"];
  if (isHopeless) set.push("disabledAtMs = :now");
  const change = {
    UpdateExpression: `SET ${set.join(", ")}`,
    ExpressionAttributeNames: { "#url": "url" },
    ExpressionAttributeValues: {
      ":url": { S: webhook.url },
      ":failures": { N: String(failures + 1) },
      ":since": { N: String(failingSinceMs) },
      ":retry": { N: String(nowMs + retryDelayMs(failures + 1, Math.random())) },
      ...(isHopeless ? { ":now": { N: String(nowMs) } } : {}),
    },
  };
  await update(webhook, change, URL_AS_READ); // with another URL it has another chance
}

/** Ends a claim in which nothing was tried. */
export async function releaseWebhook(webhook: Webhook): Promise<void> {
  const { retryAtMs } = webhook;
  const change =
    retryAtMs === undefined
      ? { UpdateExpression: "REMOVE retryAtMs" }
      : {
          UpdateExpression: "SET retryAtMs = :read",
          ExpressionAttributeValues: { ":read": { N: String(retryAtMs) } } as Item,
        };
  await update(webhook, change);
}

/** Whether a test may be made now: one every few seconds in a community, whatever its webhooks are. */
export function takeTest(community: string, nowMs: number): Promise<boolean> {
  const values: Item = {
    ":now": { N: String(nowMs) },
    ":before": { N: String(nowMs - WEBHOOK_TEST_INTERVAL_MS) },
  };
  const take = new UpdateItemCommand({
    TableName: names.noticesTable,
    Key: { community: { S: community }, part: { S: "test" } },
    UpdateExpression: "SET testedAtMs = :now",
    ConditionExpression: "attribute_not_exists(testedAtMs) OR testedAtMs <= :before",
    ExpressionAttributeValues: values,
  });
  return succeeds(dynamodb.send(take));
}
