/**
 * The keys by which members prove that a report is theirs: one a member, under a keyed hash of who they are.
 */
import { DeleteItemCommand, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { SERVER_SKEW_MAX_MS } from "../../../src/domain/limits.ts";
import { hexOf } from "../../../src/domain/secure/open-reports.ts";
import { KEY_ID_BYTES } from "../../../src/domain/secure/sealing.ts";
import { dynamodb } from "../../../src/infra/aws.ts";
import { type Item, succeeds } from "../../../src/infra/head-store.ts";
import { readByKeys } from "../../../src/infra/item-reads.ts";
import { keyedHash } from "../../../src/infra/keyed-hash.ts";
import { settings } from "./names.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const HOUR_MS = 3_600_000;

const keyOf = (community: string, keyId: string): Item => ({
  community: { S: community },
  part: { S: `key#${keyId}` },
});

/** The name of a member's key. Whoever has tables or their backups alone cannot tell whose it is. */
export async function memberKeyId(community: string, userId: string): Promise<Bytes> {
  const hash = await keyedHash("member", community, userId);
  return Uint8Array.from(hash.subarray(0, KEY_ID_BYTES));
}

/**
 * Registers a member's key, in place of the one before; answers since when it is known. One that is
 * registered again stays as old as it is.
 */
export async function registerKey(
  community: string,
  keyId: Bytes,
  key: Bytes,
  nowMs: number,
): Promise<number> {
  const Key = keyOf(community, hexOf(keyId));
  const update = new UpdateItemCommand({
    TableName: settings.helperTable,
    Key,
    UpdateExpression: "SET macKey = :key, registeredAtMs = :now",
    ConditionExpression: "attribute_not_exists(macKey) OR macKey <> :key",
    ExpressionAttributeValues: { ":key": { B: key }, ":now": { N: String(nowMs) } },
  });
  if (await succeeds(dynamodb.send(update))) return nowMs;
  const get = new GetItemCommand({ TableName: settings.helperTable, Key, ConsistentRead: true });
  const { Item } = await dynamodb.send(get);
  return Number(Item?.registeredAtMs?.N ?? nowMs);
}

export async function deleteKey(community: string, keyId: Bytes): Promise<void> {
  const Key = keyOf(community, hexOf(keyId));
  await dynamodb.send(new DeleteItemCommand({ TableName: settings.helperTable, Key }));
}

/**
 * Those of the keys that count by now, by their names. A device is told when by the clock of whoever
 * registered it: the clock here may be behind.
 */
export async function readOldKeys(
  community: string,
  keyIds: Iterable<string>,
  nowMs: number,
): Promise<Map<string, Bytes>> {
  const wanted = [...new Set(keyIds)].map((keyId) => keyOf(community, keyId));
  const keys = new Map<string, Bytes>();
  const items = await readByKeys(settings.helperTable, wanted, { ConsistentRead: true });
  for (const { part, macKey, registeredAtMs } of items)
    if (nowMs - Number(registeredAtMs.N) >= settings.keyAgeMinMs - SERVER_SKEW_MAX_MS)
      keys.set(part.S!.slice("key#".length), Uint8Array.from(macKey.B!));
  return keys;
}

/** Registrations of one person in an hour, of all communities: whoever has a token could fill the table. */
const REGISTRATIONS_PER_HOUR_MAX = 30;

/**
 * Counts a registration; false where the hour has had enough. No community's name begins with the counts'
 * underscore.
 */
export async function takeRegistration(userId: string, nowMs: number): Promise<boolean> {
  const hour = Math.floor(nowMs / HOUR_MS);
  const part = (await keyedHash("registrations", hour, userId)).toString("hex");
  const update = new UpdateItemCommand({
    TableName: settings.helperTable,
    Key: { community: { S: "_registrations" }, part: { S: part } },
    UpdateExpression: "SET expiresAt = :end ADD registrations :one",
    ConditionExpression: "attribute_not_exists(registrations) OR registrations < :most",
    ExpressionAttributeValues: {
      ":one": { N: "1" },
      ":most": { N: String(REGISTRATIONS_PER_HOUR_MAX) },
      ":end": { N: String((hour + 2) * 3600) },
    },
  });
  return succeeds(dynamodb.send(update));
}
