/**
 * The directory: which item each row is, members by their handles and content items by their itemIds. It is apart from the
 * members, so that who may read the directory cannot read userIds. Rows are given in order and keep their item until a member
 * comes back under a new handle, so an instance that has read the directory reads only what came after.
 */
import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { type ItemKind, kindOfItem } from "../domain/learning/item-set.ts";
import { names } from "./aws.ts";
import { type Head, headKey, type Item } from "./head-store.ts";
import { queryAll, readByKeys } from "./item-reads.ts";

export function directoryKey(community: string, row: number): Item {
  return { community: { S: community }, row: { N: String(row) } };
}

export interface DirectoryEntry {
  row: number;
  itemId: string;
  /**
   * The model version at which the row was given: who read that version may have read it without the row. A member who comes
   * back has the version that their return made: who read an earlier one holds the row under another handle, or under none.
   */
  joinedAtVersion: number;
}

export function readDirectoryItem(item: Item): DirectoryEntry {
  return { row: Number(item.row.N), itemId: item.itemId.S!, joinedAtVersion: Number(item.joinedAtVersion.N) };
}

/** The directory from row `from` on, rows ascending; rows of those who left are missing. */
export function readDirectory(community: string, from = 0): Promise<DirectoryEntry[]> {
  const query = {
    TableName: names.itemsTable,
    ConsistentRead: true,
    KeyConditionExpression: "community = :community AND #row >= :from",
    ExpressionAttributeNames: { "#row": "row" },
    ExpressionAttributeValues: { ":community": { S: community }, ":from": { N: String(from) } },
  };
  return queryAll(query, readDirectoryItem);
}

/**
 * The writes that give the rows from `head.rowCount` on to items, at the version of the head. Whoever gives a
 * row first makes them fail, so what was read of the directory before, such as that an itemId is free, still
 * holds when they succeed.
 */
export function givenRows(
  head: Head,
  itemIds: readonly string[],
  kind: "member" | "content",
): TransactWriteItem[] {
  const { community, rowCount, modelVersion } = head;
  const counts = kind === "member" ? ", memberCount :count, rosterVersion :count" : "";
  const Update = {
    TableName: names.modelTable,
    Key: headKey(community),
    UpdateExpression: `ADD rowCount :count, itemCount :count${counts}`,
    // The version too, so that the row says truly at which it was given.
    ConditionExpression: "rowCount = :read AND modelVersion = :version",
    ExpressionAttributeValues: {
      ":count": { N: String(itemIds.length) },
      ":read": { N: String(rowCount) },
      ":version": { N: String(modelVersion) },
    } as Item,
  };
  const puts = itemIds.map((itemId, n) =>
    entryPut(community, { row: rowCount + n, itemId, joinedAtVersion: modelVersion }),
  );
  return [{ Update }, ...puts];
}

/** What adds an entry to the directory where its row has none. */
export function entryPut(community: string, { row, itemId, joinedAtVersion }: DirectoryEntry) {
  const Item: Item = {
    ...directoryKey(community, row),
    itemId: { S: itemId },
    joinedAtVersion: { N: String(joinedAtVersion) },
  };
  const ConditionExpression = "attribute_not_exists(community)";
  return { Put: { TableName: names.itemsTable, Item, ConditionExpression } };
}

/** What an instance has read of a community's directory. The items of rows that were given up since are still in it. */
export interface KnownDirectory {
  createdAtMs: number;
  rejoinedVersion: number;
  rowOf: Map<string, number>;
  /** By row; a row that was given up before it was read is missing. */
  entries: Map<number, DirectoryEntry>;
  /** Every row below it has been read. */
  upTo: number;
}

/** Communities whose directory an instance keeps: 25,000 rows are some 5 MB. */
const COMMUNITIES_IN_MEMORY_MAX = 10;
const known = new Map<string, KnownDirectory>();

/** Whether what is known holds no row under a handle that the head knows to be over. */
function isOfHead(directory: KnownDirectory, { createdAtMs, rejoinedVersion }: Head): boolean {
  return directory.createdAtMs === createdAtMs && directory.rejoinedVersion >= rejoinedVersion;
}

/** The directory from memory, read on from where that ends up to the head's last row, or anew since somebody has come back. */
export async function knownDirectory(head: Head): Promise<KnownDirectory> {
  const { community, createdAtMs, rejoinedVersion, rowCount } = head;
  let directory = known.get(community);
  if (!directory || !isOfHead(directory, head)) {
    if (known.size >= COMMUNITIES_IN_MEMORY_MAX) known.clear();
    directory = { createdAtMs, rejoinedVersion, rowOf: new Map(), entries: new Map(), upTo: 0 };
    known.set(community, directory);
  }
  if (directory.upTo < rowCount) {
    const entries = await readDirectory(community, directory.upTo);
    for (const entry of entries) {
      directory.rowOf.set(entry.itemId, entry.row);
      directory.entries.set(entry.row, entry);
    }
    directory.upTo = Math.max(directory.upTo, rowCount, (entries.at(-1)?.row ?? -1) + 1);
  }
  return directory;
}

/** What kind of item each row of the head is. The rows of those who have left may still be told as members'. */
export async function readItemKinds(head: Head): Promise<(row: number) => ItemKind> {
  const { entries } = await knownDirectory(head);
  return (row) => kindOfItem(entries.get(row)?.itemId ?? null);
}

/** The itemIds of some rows; rows of those who left are missing. */
export async function readItemIds(
  community: string,
  rows: readonly number[],
  consistency: "eventual" | "strong" = "eventual",
): Promise<DirectoryEntry[]> {
  const keys = rows.map((row) => directoryKey(community, row));
  const items = await readByKeys(names.itemsTable, keys, { ConsistentRead: consistency === "strong" });
  return items.map(readDirectoryItem).sort((a, b) => a.row - b.row);
}

/** The rows of those of some items that are there now, by itemId. */
export async function findRows(head: Head, itemIds: readonly string[]): Promise<Map<string, number>> {
  const { rowOf } = await knownDirectory(head);
  const rows = new Set(itemIds.flatMap((itemId) => rowOf.get(itemId) ?? []));
  // What is known may have been given up since.
  const entries = await readItemIds(head.community, [...rows], "strong");
  return new Map(entries.map(({ itemId, row }) => [itemId, row]));
}
