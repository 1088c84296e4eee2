/** When members were last seen, to the day: what devices call when they are used notes it, with one write a member and day. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { DAY_MS } from "../domain/limits.ts";
import { dynamodb, names } from "./aws.ts";
import { succeeds } from "./head-store.ts";
import { IS_MEMBER, type Member, memberKey } from "./member-store.ts";

export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);

/** The day as a date, null where none is known. */
export function dayText(day: number | undefined): string | null {
  return day === undefined ? null : new Date(day * DAY_MS).toISOString().slice(0, 10);
}

export async function noteSeen(community: string, member: Member, nowMs: number): Promise<void> {
  const today = dayOf(nowMs);
  if ((member.lastSeenDay ?? 0) >= today) return;
  const update = new UpdateItemCommand({
    TableName: names.membersTable,
    Key: memberKey(community, member.userId),
    UpdateExpression: "SET lastSeenDay = :today",
    ConditionExpression: `${IS_MEMBER} AND (attribute_not_exists(lastSeenDay) OR lastSeenDay < :today)`,
    ExpressionAttributeValues: { ":today": { N: String(today) } },
  });
  await succeeds(dynamodb.send(update));
}
