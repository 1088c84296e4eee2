// A community whose tables were backed up some moments apart, as DynamoDB promises no more than the second.
import assert from "node:assert/strict";
import { DeleteItemCommand, type DeleteItemCommandInput, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { dynamodb, names } from "../../../src/infra/aws.ts";
import { headKey } from "../../../src/infra/head-store.ts";
import type { LocalSystem } from "../../local/system.ts";
import { Community, SETTINGS } from "./community.ts";

/** Joins, a commit and a round. */
export async function liveApart(system: LocalSystem): Promise<Community> {
  const community = new Community("apart", system);
  await community.call("olga", [201], "PUT", "", { settings: SETTINGS });
  for (const person of ["ada", "ben", "kim", "lee"]) await community.join(person);
  await community.contribute("ada", "ben", 0);
  await community.publish();
  const { modelVersion } = await community.model();
  await community.post("ada", "ben", 1, modelVersion); // waits in the sum that the head of the copy does not know
  await system.drain();
  return community;
}

/** Takes from the copies what a moment before was not there yet: half a join each, of the head a round, a commit and a sum. */
export async function pullApart(
  { name, rows }: Community,
  copies: ReadonlyMap<string, string>,
): Promise<void> {
  const community = { S: name };
  const copyOf = (table: string) => copies.get(table)!;
  const row = { N: String(rows.get("kim")) };
  const userId = { S: "lee" };
  const deletes: DeleteItemCommandInput[] = [
    { TableName: copyOf(names.itemsTable), Key: { community, row } },
    { TableName: copyOf(names.membersTable), Key: { community, userId } },
  ];
  for (const one of deletes) await dynamodb.send(new DeleteItemCommand(one));
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: copyOf(names.modelTable),
      Key: headKey(name),
      UpdateExpression: "ADD #round :less, committedSum :less, openSum :less, rowCount :less",
      ExpressionAttributeNames: { "#round": "round" },
      ExpressionAttributeValues: { ":less": { N: "-1" } },
    }),
  );
}

/** Whoever is in the members' table is a member, and all goes on. */
export async function checkApart(community: Community): Promise<void> {
  await community.call("lee", [404], "GET", "");
  const { items } = await community.model("kim");
  const row = community.rows.get("kim")!;
  assert.equal(items[row].itemId, community.memberIds.get("kim"));
  assert.equal(items.length, community.rows.get("lee"), "nobody has the row of half a join");
  assert.equal(await community.join("lee"), items.length);
  await community.contribute("kim", "lee", 1);
  const { round, grouped } = await community.publish();
  assert.deepEqual([round, grouped.length], [2, 4]);
}
