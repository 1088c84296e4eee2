/**
 * The directory gives each row its itemId. It is a table apart from the members', so that who may read it (others'
 * handles) cannot read userIds.
 */
import { BatchGetItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { dynamodb, names } from "./aws.ts";
import type { Item } from "./head-store.ts";

export interface DirectoryEntry {
  row: number;
  itemId: string;
  /** The model version at which the row was given. */
  joinedAtVersion: number;
}

function readDirectoryItem(item: Item): DirectoryEntry {
  return { row: Number(item.row.N), itemId: item.itemId.S!, joinedAtVersion: Number(item.joinedAtVersion.N) };
}

/** The directory from row `from` on, rows ascending; rows of those who left are missing. */
export async function readDirectory(community: string, from = 0): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await dynamodb.send(
      new QueryCommand({
        TableName: names.itemsTable,
        ConsistentRead: true,
        KeyConditionExpression: "community = :community AND #row >= :from",
        ExpressionAttributeNames: { "#row": "row" },
        ExpressionAttributeValues: { ":community": { S: community }, ":from": { N: String(from) } },
        ExclusiveStartKey,
      }),
    );
    entries.push(...(page.Items ?? []).map(readDirectoryItem));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return entries;
}

/** BatchGetItem takes 100 keys. */
const KEYS_PER_REQUEST_MAX = 100;

/** The itemIds of some rows; rows of those who left are missing. */
export async function readItemIds(community: string, rows: readonly number[]): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  let keys: Item[] = rows.map((row) => ({ community: { S: community }, row: { N: String(row) } }));
  while (keys.length > 0) {
    const RequestItems = { [names.itemsTable]: { Keys: keys.slice(0, KEYS_PER_REQUEST_MAX) } };
    const answer = await dynamodb.send(new BatchGetItemCommand({ RequestItems }));
    entries.push(...(answer.Responses?.[names.itemsTable] ?? []).map(readDirectoryItem));
    const unprocessed = answer.UnprocessedKeys?.[names.itemsTable]?.Keys ?? [];
    keys = [...unprocessed, ...keys.slice(KEYS_PER_REQUEST_MAX)];
  }
  return entries.sort((a, b) => a.row - b.row);
}
