/**
 * Blocks: the rows that a member never wants to share a group with, a number set on the member's own item. So the assigner
 * has them with its one query of the members, and a change costs one transaction of two small items, as a pause does.
 */
import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { TRANSACTION_ITEMS_MAX } from "../domain/limits.ts";
import { names } from "./aws.ts";
import { type DirectoryEntry, directoryKey } from "./directory-store.ts";
import { type Head, headKey, versionStep } from "./head-store.ts";
import { IS_MEMBER, type Member, memberKey } from "./member-store.ts";
import { type TransactionOutcome, transactPatiently } from "./transaction.ts";

const REMOVAL = ["removalVersion"] as const;

function blockUpdate(
  community: string,
  userId: string,
  change: "ADD" | "DELETE",
  ...rows: readonly number[]
): TransactWriteItem {
  return {
    Update: {
      TableName: names.membersTable,
      Key: memberKey(community, userId),
      UpdateExpression: `${change} blockedRows :rows`,
      ConditionExpression: IS_MEMBER,
      ExpressionAttributeValues: { ":rows": { NS: rows.map(String) } },
    },
  };
}

/** Blocks or unblocks; a block is also a removal, which no round may miss. The outcome `condition` tells which of the two, the member (0) or the other (1), has left. */
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
    { Update: versionStep(community, "rosterVersion", ...(change === "ADD" ? REMOVAL : [])) },
  ]);
}

/** Of a transaction, one item checks the head. */
const ERASURES_PER_TRANSACTION_MAX = TRANSACTION_ITEMS_MAX - 1;

/**
 * Takes the rows that `isNobodys` out of all blocks, while nobody has come back since the head was read: a row is nobody's
 * once its member's time to come back is over. Tells how many members' blocks it changed.
 */
export async function eraseBlocks(
  { community, rejoinedVersion }: Head,
  members: readonly Member[],
  isNobodys: (row: number) => boolean,
): Promise<number> {
  const erasures = members.flatMap(({ userId, blockedRows }) => {
    const rows = blockedRows.filter(isNobodys);
    return rows.length > 0 ? [blockUpdate(community, userId, "DELETE", ...rows)] : [];
  });
  const ConditionCheck = {
    TableName: names.modelTable,
    Key: headKey(community),
    ConditionExpression: "rejoinedVersion = :read",
    ExpressionAttributeValues: { ":read": { N: String(rejoinedVersion) } },
  };
  let erased = 0;
  for (let at = 0; at < erasures.length; at += ERASURES_PER_TRANSACTION_MAX) {
    const some = erasures.slice(at, at + ERASURES_PER_TRANSACTION_MAX);
    const { outcome } = await transactPatiently([{ ConditionCheck }, ...some]);
    if (outcome === "committed") erased += some.length; // what fails, the next sweep does
  }
  return erased;
}
