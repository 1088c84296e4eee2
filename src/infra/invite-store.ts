/** Invitations: beside the head, under codes that nobody guesses. A use is counted in the transaction of the join that it lets in. */
import { randomBytes } from "node:crypto";
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type TransactWriteItem,
} from "@aws-sdk/client-dynamodb";
import { dynamodb, names } from "./aws.ts";
import type { Item } from "./head-store.ts";
import { partsFrom } from "./item-reads.ts";
import { itemOf } from "./item-writes.ts";
import { numberOf } from "./member-store.ts";
import type { Page } from "./person-store.ts";

export interface Invite {
  code: string;
  uses: number;
  usesMax?: number;
  createdAtMs: number;
  expiresAtMs?: number;
}

const PREFIX = "invite#";
/** 144 bits, as 24 characters. */
const CODE_BYTES = 18;

const inviteKey = (community: string, code: string): Item => ({
  community: { S: community },
  part: { S: PREFIX + code },
});

function readInviteItem(item: Item): Invite {
  return {
    code: item.part.S!.slice(PREFIX.length),
    uses: Number(item.uses.N),
    usesMax: numberOf(item.usesMax),
    createdAtMs: Number(item.createdAtMs.N),
    expiresAtMs: numberOf(item.expiresAtMs),
  };
}

export async function addInvite(
  community: string,
  terms: Pick<Invite, "usesMax" | "expiresAtMs">,
  nowMs: number,
): Promise<Invite> {
  const code = randomBytes(CODE_BYTES).toString("base64url");
  const attributes = { uses: 0, createdAtMs: nowMs, ...terms };
  const Item = { ...inviteKey(community, code), ...itemOf(attributes) };
  await dynamodb.send(new PutItemCommand({ TableName: names.modelTable, Item }));
  return { code, ...attributes };
}

export async function readInvite(community: string, code: string): Promise<Invite | null> {
  const Key = inviteKey(community, code);
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: names.modelTable, Key, ConsistentRead: true }),
  );
  return Item ? readInviteItem(Item) : null;
}

export async function readInvites(
  community: string,
  after: string | undefined,
  countMax: number,
): Promise<Page<Invite>> {
  const query = new QueryCommand({
    ...partsFrom(names.modelTable, community, PREFIX),
    ExclusiveStartKey: after === undefined ? undefined : inviteKey(community, after),
    Limit: countMax,
  });
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(query);
  return { values: Items.map(readInviteItem), next: LastEvaluatedKey?.part.S?.slice(PREFIX.length) };
}

export async function removeInvite(community: string, code: string): Promise<void> {
  const Key = inviteKey(community, code);
  await dynamodb.send(new DeleteItemCommand({ TableName: names.modelTable, Key }));
}

export function isGood(invite: Invite, nowMs: number): boolean {
  const { uses, usesMax = Number.POSITIVE_INFINITY, expiresAtMs = Number.POSITIVE_INFINITY } = invite;
  return uses < usesMax && nowMs < expiresAtMs;
}

/** The use of an invitation, for the transaction of a join; it fails if the invitation is no longer good. */
export function inviteUse(community: string, code: string, nowMs: number): TransactWriteItem {
  return {
    Update: {
      TableName: names.modelTable,
      Key: inviteKey(community, code),
      UpdateExpression: "ADD uses :one",
      ConditionExpression:
        "attribute_exists(part) AND (attribute_not_exists(usesMax) OR uses < usesMax) AND (attribute_not_exists(expiresAtMs) OR expiresAtMs > :now)",
      ExpressionAttributeValues: { ":one": { N: "1" }, ":now": { N: String(nowMs) } },
    },
  };
}
