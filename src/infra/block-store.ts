/**
 * Blocks: the rows that a member never wants to share a group with, a number set on the member's own item. So the assigner
 * has them with its one query of the members, and a change costs one transaction of two small items, as a pause does.
 */
import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { TRANSACTION_ITEMS_MAX } from "../domain/limits.ts";
import { names } from "./aws.ts";
import { type DirectoryEntry, directoryKey } from "./directory-store.ts";
import { versionStep } from "./head-store.ts";
import { IS_MEMBER, type Member, memberKey } from "./member-store.ts";
import { type TransactionOutcome, transactPatiently } from "./transaction.ts";

function blockUpdate(
  community: string,
  userId: string,
  change: "ADD" | "DELETE",
  row: number,
): TransactWriteItem {
  return {
    Update: {
      TableName: names.membersTable,
      Key: memberKey(community, userId),
      UpdateExpression: `${change} blockedRows :row`,
      ConditionExpression: IS_MEMBER,
      ExpressionAttributeValues: { ":row": { NS: [String(row)] } },
    },
  };
}

/** Blocks or unblocks; the outcome `condition` tells which of the two, the member (0) or the other (1), has left. */
export function changeBlock(
  community: string,
  userId: string,
  change: "ADD" | "DELETE",
  other: DirectoryEntry,
): Promise<TransactionOutcome> {
  const Key = directoryKey(community, other.row);
  return transactPatiently([
    blockUpdate(community, userId, change, other.row),
    { ConditionCheck: { TableName: names.itemsTable, Key, ConditionExpression: "attribute_exists(itemId)" } },
    { Update: versionStep(community, "rosterVersion") },
  ]);
}

/** What takes `row` out of the blocks of all others. */
export function blockErasures(
  community: string,
  row: number,
  members: readonly Member[],
): TransactWriteItem[] {
  return members
    .filter((member) => member.blockedRows.includes(row))
    .map((member) => blockUpdate(community, member.userId, "DELETE", row));
}

/** Erasures that fit into the commit of a leave, beside head, log and the two mappings. */
export const ERASURES_PER_COMMIT_MAX = TRANSACTION_ITEMS_MAX - 4;

/** Erases what the commit of a leave had no room for. A row is never given again, so late is not too late. */
export async function eraseBlocks(erasures: readonly TransactWriteItem[]): Promise<void> {
  for (let at = 0; at < erasures.length; at += TRANSACTION_ITEMS_MAX)
    await transactPatiently(erasures.slice(at, at + TRANSACTION_ITEMS_MAX));
}
