/**
 * Erases a community. First its head becomes a mark, which nothing reads as a head and no transaction of a commit, join or round
 * takes for one. Then all items and objects go, in any number of steps. The mark goes last, some time after it was set: by
 * then whoever had read the head before has written what they will, and that is gone too. Only then is the name free.
 */
import { DeleteItemCommand, GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { ERASURE_GRACE_MS } from "../domain/limits.ts";
import { dynamodb, names } from "./aws.ts";
import { formersOf } from "./former-store.ts";
import { HEAD_PART, type Head, headKey, type Item, succeeds } from "./head-store.ts";
import { uploadsPrefix } from "./import-store.ts";
import { deleteItems } from "./item-writes.ts";
import { deleteObject, inParallel, listObjects } from "./object-store.ts";

/** Beside `nextRoundAtMs`, in the index of due rounds: the marks, by when they were set. */
const ERASURE = { S: "erasure" };

/** Marks the community as deleted; false where it is marked already, or gone. */
export function markDeleted({ community, createdAtMs }: Head, nowMs: number): Promise<boolean> {
  const deletedAtMs = { N: String(nowMs) };
  const put = new PutItemCommand({
    TableName: names.modelTable,
    Item: { ...headKey(community), deletedAtMs, due: ERASURE, nextRoundAtMs: deletedAtMs },
    ConditionExpression: "createdAtMs = :created",
    ExpressionAttributeValues: { ":created": { N: String(createdAtMs) } },
  });
  return succeeds(dynamodb.send(put));
}

/** When the community was marked; null where there is no mark. */
export async function readDeletedAtMs(community: string): Promise<number | null> {
  const get = new GetItemCommand({
    TableName: names.modelTable,
    Key: headKey(community),
    ConsistentRead: true,
  });
  const { Item } = await dynamodb.send(get);
  return Item?.deletedAtMs ? Number(Item.deletedAtMs.N) : null;
}

export async function isBeingErased(community: string): Promise<boolean> {
  return (await readDeletedAtMs(community)) !== null;
}

/** The marked communities, the longest ago first. */
export async function readDeletedCommunities(): Promise<string[]> {
  const query = new QueryCommand({
    TableName: names.modelTable,
    IndexName: "due",
    KeyConditionExpression: "due = :erasure",
    ExpressionAttributeValues: { ":erasure": ERASURE },
  });
  const { Items = [] } = await dynamodb.send(query);
  return Items.map((item) => item.community.S!);
}

interface Partition {
  table: string;
  name: string;
  sortKey: string;
}

/** All that tables hold of a community; its head is in the last. */
const partitionsOf = (community: string): Partition[] => [
  { table: names.membersTable, name: community, sortKey: "userId" },
  { table: names.membersTable, name: formersOf(community), sortKey: "userId" },
  { table: names.ratingsTable, name: community, sortKey: "rating" },
  { table: names.itemsTable, name: community, sortKey: "row" },
  { table: names.catalogueTable, name: community, sortKey: "itemId" },
  { table: names.roundsTable, name: community, sortKey: "part" },
  { table: names.sumsTable, name: community, sortKey: "part" },
  { table: names.noticesTable, name: community, sortKey: "part" },
  { table: names.commitsTable, name: community, sortKey: "version" },
  { table: names.modelTable, name: community, sortKey: "part" },
];

/** Deletes the items of a partition, the mark apart; false if there was no time for all. */
async function eraseItems({ table, name, sortKey }: Partition, mustStop: () => boolean): Promise<boolean> {
  let from: Item | undefined;
  do {
    if (mustStop()) return false;
    const query = new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "community = :community",
      ExpressionAttributeValues: { ":community": { S: name } },
      ProjectionExpression: "community, #sort",
      ExpressionAttributeNames: { "#sort": sortKey },
      ExclusiveStartKey: from,
    });
    const { Items = [], LastEvaluatedKey } = await dynamodb.send(query);
    const keys = Items.filter((key) => key.part?.S !== HEAD_PART);
    for (let at = 0; at < keys.length; at += KEYS_PER_STEP) {
      if (mustStop()) return false;
      await deleteItems(table, keys.slice(at, at + KEYS_PER_STEP));
    }
    from = LastEvaluatedKey;
  } while (from);
  return true;
}

/** Between two looks at the time: some tenths of a second of deletes. */
const KEYS_PER_STEP = 500;

async function eraseObjects(community: string, mustStop: () => boolean): Promise<boolean> {
  const objects = [...(await listObjects(`${community}/`)), ...(await listObjects(uploadsPrefix(community)))];
  for (let at = 0; at < objects.length; at += KEYS_PER_STEP) {
    if (mustStop()) return false;
    await inParallel(objects.slice(at, at + KEYS_PER_STEP), ({ key }) => deleteObject(key));
  }
  return true;
}

/**
 * Goes on with the erasure of a marked community. Answers whether all is gone, the mark too; false where time ran out or the mark
 * is not old enough. Any number of these may run at once, and each may end anywhere.
 */
export async function eraseCommunity(
  community: string,
  deletedAtMs: number,
  nowMs: number,
  mustStop: () => boolean,
): Promise<boolean> {
  const isFinal = nowMs - deletedAtMs >= ERASURE_GRACE_MS;
  for (const partition of partitionsOf(community)) if (!(await eraseItems(partition, mustStop))) return false;
  if (!(await eraseObjects(community, mustStop)) || !isFinal) return false;
  const unmark = new DeleteItemCommand({
    TableName: names.modelTable,
    Key: headKey(community),
    ConditionExpression: "deletedAtMs = :deleted",
    ExpressionAttributeValues: { ":deleted": { N: String(deletedAtMs) } },
  });
  return succeeds(dynamodb.send(unmark));
}
