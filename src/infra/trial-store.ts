/**
 * The search for whoever spoils a community's secure sums: one item beside its sums, written with the commit
 * that it follows from.
 */
import { GetItemCommand, type TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { NO_TRIAL, type Trial } from "../domain/secure/trial.ts";
import { dynamodb, names } from "./aws.ts";
import type { Item } from "./head-store.ts";

const keyOf = (community: string): Item => ({ community: { S: community }, part: { S: "trial" } });

export async function readTrial(community: string): Promise<Trial> {
  const get = new GetItemCommand({
    TableName: names.sumsTable,
    Key: keyOf(community),
    ConsistentRead: true,
  });
  const { Item } = await dynamodb.send(get);
  return Item ? JSON.parse(Item.trial.S!) : NO_TRIAL;
}

export function trialPut(community: string, trial: Trial): TransactWriteItem {
  const Item = { ...keyOf(community), trial: { S: JSON.stringify(trial) } };
  return { Put: { TableName: names.sumsTable, Item } };
}
