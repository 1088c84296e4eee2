/** How many previews of a round a community has had this hour, in an item that expires. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { RATE_WINDOW_MS } from "../domain/limits.ts";
import { dynamodb, names } from "./aws.ts";

/** Counts one more; answers the count with it. */
export async function countPreview(community: string, nowMs: number): Promise<number> {
  const hour = Math.floor(nowMs / RATE_WINDOW_MS);
  const expiresAt = ((hour + 2) * RATE_WINDOW_MS) / 1000;
  const update = new UpdateItemCommand({
    TableName: names.roundsTable,
    Key: { community: { S: community }, part: { S: `previews#${hour}` } },
    UpdateExpression: "ADD previews :one SET expiresAt = :at",
    ExpressionAttributeValues: { ":one": { N: "1" }, ":at": { N: String(expiresAt) } },
    ReturnValues: "UPDATED_NEW",
  });
  const { Attributes } = await dynamodb.send(update);
  return Number(Attributes!.previews.N);
}
