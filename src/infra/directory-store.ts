/**
 * The directory: which item each row is, members by their handles. It is apart from the members, so that who may read the
 * directory cannot read userIds.
 */
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { dynamodb, names } from "./aws.ts";
import type { Item } from "./head-store.ts";

export function directoryKey(community: string, row: number): Item {
  return { community: { S: community }, row: { N: String(row) } };
}

export interface DirectoryEntry {
  row: number;
  itemId: string;
  /** The model version at which the row was given: who read that version may have read it without the row. */
  joinedAtVersion: number;
}

export function readDirectoryItem(item: Item): DirectoryEntry {
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
