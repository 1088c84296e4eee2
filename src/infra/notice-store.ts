/**
 * Notices: what is told to a community's webhooks and on the bus. One is written in the transaction of the
 * change that it tells of, so that neither is there without the other; the table's stream then wakes
 * deliver-notices. It holds ids alone: what a published round says of its groups is read when it is
 * delivered.
 */
import { createHash, randomUUID } from "node:crypto";
import {
  GetItemCommand,
  PutItemCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { DAY_MS, NOTICE_RETENTION_MS } from "../domain/limits.ts";
import type { Told } from "../domain/messages/notice-messages.ts";
import { dynamodb, names } from "./aws.ts";
import { type Item, succeeds } from "./head-store.ts";
import { readByKeys } from "./item-reads.ts";
import { itemOf } from "./item-writes.ts";
import { keyedHash } from "./keyed-hash.ts";

export type Notice = Told & {
  community: string;
  /** Within its community. */
  id: string;
  atMs: number;
};

const PREFIX = "notice#";

export const noticeKey = (community: string, id: string): Item => ({
  community: { S: community },
  part: { S: PREFIX + id },
});

/** What receivers know a notice by: it is the same at each delivery, and no two communities have the same. */
export function messageIdOf(community: string, id: string): string {
  return `msg_${createHash("sha256").update(`${community}\n${id}`).digest("base64url").slice(0, 24)}`;
}

function put(community: string, { event, facts }: Told, nowMs: number, id = `${event}-${randomUUID()}`) {
  const Item = {
    ...noticeKey(community, id),
    ...itemOf({ event, facts: JSON.stringify(facts), atMs: nowMs }),
    expiresAt: { N: String(Math.ceil((nowMs + NOTICE_RETENTION_MS) / 1000)) },
  };
  return { TableName: names.noticesTable, Item };
}

/**
 * The notice of a change, for its transaction. A notice with an `id` that is there already tells nobody
 * again.
 */
export function noticePut(community: string, told: Told, nowMs: number, id?: string): TransactWriteItem {
  return { Put: put(community, told, nowMs, id) };
}

/**
 * The notice of something that no transaction tells of, once for each `id`; tells whether it was the first.
 */
export function writeNoticeOnce(community: string, told: Told, nowMs: number, id: string): Promise<boolean> {
  const ConditionExpression = "attribute_not_exists(part)";
  return succeeds(
    dynamodb.send(new PutItemCommand({ ...put(community, told, nowMs, id), ConditionExpression })),
  );
}

/**
 * So that who asks again and again to be let in is told of once a day. Keyed, since ids outlive what they
 * stand for.
 */
export async function requestNoticeId(community: string, userId: string, nowMs: number): Promise<string> {
  const day = Math.floor(nowMs / DAY_MS);
  const hash = await keyedHash("notice", community, day, userId);
  return `member.awaiting-approval-${hash.toString("base64url")}`;
}

/** Numbers of rounds are given again after a restore, so the time belongs to the id. */
export const roundNoticeId = (round: number, publishedAtMs: number): string =>
  `round.published-${round}-${publishedAtMs}`;

/** Marks that webhooks are told from now on. */
export async function markTold(community: string, id: string): Promise<void> {
  await succeeds(
    dynamodb.send(
      new UpdateItemCommand({
        TableName: names.noticesTable,
        Key: noticeKey(community, id),
        UpdateExpression: "SET isTold = :true",
        ConditionExpression: "attribute_exists(part)",
        ExpressionAttributeValues: { ":true": { BOOL: true } },
      }),
    ),
  );
}

/** Holds while no webhook is told of a notice: see `markTold`. */
export const nobodyIsTold = (community: string, id: string): TransactWriteItem => ({
  ConditionCheck: {
    TableName: names.noticesTable,
    Key: noticeKey(community, id),
    ConditionExpression: "attribute_not_exists(isTold)",
  },
});

/** A notice that the stream has named; null where it is gone. */
export async function readNotice(community: string, id: string): Promise<Notice | null> {
  const Key = noticeKey(community, id);
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: names.noticesTable, Key, ConsistentRead: true }),
  );
  if (!Item) return null;
  const told = { event: Item.event.S, facts: JSON.parse(Item.facts.S!) } as Told;
  return { ...told, community, id, atMs: Number(Item.atMs.N) };
}

/** The id of a notice by its key, as the stream tells it. */
export const noticeIdOf = (part: string): string => part.slice(PREFIX.length);

/** Of some notices those that are not there yet. */
export async function missingNotices<N extends { community: string; id: string }>(wanted: readonly N[]) {
  const keys = wanted.map(({ community, id }) => noticeKey(community, id));
  const found = await readByKeys(names.noticesTable, keys, { ProjectionExpression: "community, part" });
  const there = new Set(found.map(({ community, part }) => community.S! + part.S!));
  return wanted.filter(({ community, id }) => !there.has(community + PREFIX + id));
}
