/** The counts of what a member did this hour, on the member's own item. */
import { UpdateItemCommand, type UpdateItemCommandOutput } from "@aws-sdk/client-dynamodb";
import { dynamodb, names } from "./aws.ts";
import { succeeds } from "./head-store.ts";
import { type Counted, HOUR_COUNTS, type HourCount, IS_MEMBER, memberKey } from "./member-store.ts";

/** Adds to a count of the hour, or begins a new hour with it; returns the count that stands then. */
export async function countInHour(
  community: string,
  userId: string,
  counted: Counted,
  { hourStartMs, count }: HourCount,
): Promise<number> {
  const of = HOUR_COUNTS[counted];
  const base = {
    TableName: names.membersTable,
    Key: memberKey(community, userId),
    ExpressionAttributeValues: { ":hour": { N: String(hourStartMs) }, ":count": { N: String(count) } },
    ReturnValues: "UPDATED_NEW" as const,
  };
  const add = new UpdateItemCommand({
    ...base,
    UpdateExpression: `ADD ${of.count} :count`,
    ConditionExpression: `${of.hour} = :hour`,
  });
  const begin = new UpdateItemCommand({
    ...base,
    UpdateExpression: `SET ${of.hour} = :hour, ${of.count} = :count`,
    ConditionExpression: `${IS_MEMBER} AND (attribute_not_exists(${of.hour}) OR ${of.hour} < :hour)`,
  });
  let stored = count;
  const note = (answer: UpdateItemCommandOutput) => {
    stored = Number(answer.Attributes?.[of.count].N);
  };
  // The second add is for an hour that another instance has begun in between.
  for (const update of [add, begin, add]) {
    if (await succeeds(dynamodb.send(update).then(note))) break;
  }
  return stored;
}
