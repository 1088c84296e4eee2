/** What may be asked of a community in a clock hour by all together: a count an hour, exact, which expires. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { RATE_WINDOW_MS } from "../domain/limits.ts";
import { dynamodb, names } from "./aws.ts";
import { succeeds } from "./head-store.ts";
import type { TooMany } from "./rate-limit.ts";

/** Counts a call, or returns the seconds until the next is allowed; then nothing is counted. */
export async function takeFromCommunityRate(
  community: string,
  call: string,
  limit: number,
  nowMs: number,
): Promise<TooMany | null> {
  const hourMs = nowMs - (nowMs % RATE_WINDOW_MS);
  const endMs = hourMs + RATE_WINDOW_MS;
  const update = new UpdateItemCommand({
    TableName: names.roundsTable,
    Key: { community: { S: community }, part: { S: `calls#${call}#${hourMs}` } },
    UpdateExpression: "ADD calls :one SET expiresAt = :end",
    ConditionExpression: "attribute_not_exists(calls) OR calls < :limit",
    ExpressionAttributeValues: {
      ":one": { N: "1" },
      ":end": { N: String(endMs / 1000) },
      ":limit": { N: String(limit) },
    },
  });
  const isTaken = await succeeds(dynamodb.send(update));
  return isTaken ? null : { retryAfterSeconds: Math.ceil((endMs - nowMs) / 1000) };
}
