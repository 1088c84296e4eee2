/**
 * Former members: what outlives a leave, so that a return changes nothing for others. It stands in the members table, apart
 * from the roster, under a keyed hash of the userId, and expires; only a ban stays until it is lifted.
 */
import { GetItemCommand, type TransactWriteItem, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { FORMER_MEMBER_RETENTION_MS } from "../domain/limits.ts";
import { dynamodb, names } from "./aws.ts";
import { type Item, succeeds } from "./head-store.ts";
import { queryAll } from "./item-reads.ts";
import { keyedHash } from "./keyed-hash.ts";
import { type Member, memberKey, readStanding, type Standing, standingAttributes } from "./member-store.ts";

export interface FormerMember {
  standing: Standing;
  /** Their handle of then, by which an operator bans them and lifts a ban. */
  memberId: string;
  /** undefined while they are banned. */
  expiresAtMs?: number;
}

/** Names of communities hold no '#', so no community's roster has these items. */
export const formersOf = (community: string): string => `${community}#former`;

async function formerKey(community: string, userId: string): Promise<Item> {
  const hash = await keyedHash("former", community, userId);
  return memberKey(formersOf(community), hash.toString("base64url"));
}

/** In seconds, as TTL wants it. */
const expiry = (nowMs: number) => ({ N: String(Math.ceil((nowMs + FORMER_MEMBER_RETENTION_MS) / 1000)) });

function readFormerItem(item: Item): FormerMember {
  const expiresAtMs = item.expiresAt && Number(item.expiresAt.N) * 1000;
  return { standing: readStanding(item), memberId: item.memberId.S!, expiresAtMs };
}

/** TTL deletes late. */
const isKept = ({ expiresAtMs }: FormerMember, nowMs: number): boolean =>
  expiresAtMs === undefined || expiresAtMs > nowMs;

/** What a user who has left would come back to, or null where that is nothing or too old. */
export async function readFormer(
  community: string,
  userId: string,
  nowMs: number,
): Promise<FormerMember | null> {
  const Key = await formerKey(community, userId);
  const answer = await dynamodb.send(
    new GetItemCommand({ TableName: names.membersTable, Key, ConsistentRead: true }),
  );
  const former = answer.Item && readFormerItem(answer.Item);
  return former && isKept(former, nowMs) ? former : null;
}

function queryFormers<Value>(community: string, read: (item: Item) => Value): Promise<Value[]> {
  const query = {
    TableName: names.membersTable,
    ConsistentRead: true,
    KeyConditionExpression: "community = :community",
    ExpressionAttributeValues: { ":community": { S: formersOf(community) } },
  };
  return queryAll(query, read);
}

/** All former members of a community that are kept. */
export async function readFormers(community: string, nowMs: number): Promise<FormerMember[]> {
  const formers = await queryFormers(community, readFormerItem);
  return formers.filter((former) => isKept(former, nowMs));
}

/** What joins the transaction of a leave: the member becomes a former one. */
export async function formerPut(
  community: string,
  member: Member,
  nowMs: number,
): Promise<TransactWriteItem> {
  const Item: Item = {
    ...(await formerKey(community, member.userId)),
    memberId: { S: member.memberId },
    ...standingAttributes(member),
    ...(member.isBanned ? {} : { expiresAt: expiry(nowMs) }),
  };
  return { Put: { TableName: names.membersTable, Item } };
}

/** What joins the transaction of a return: the former member is no more, if they are as they were read. */
export async function formerRemoval(
  community: string,
  userId: string,
  { memberId }: FormerMember,
): Promise<TransactWriteItem> {
  return {
    Delete: {
      TableName: names.membersTable,
      Key: await formerKey(community, userId),
      ConditionExpression: "memberId = :memberId AND attribute_not_exists(isBanned)",
      ExpressionAttributeValues: { ":memberId": { S: memberId } },
    },
  };
}

/** Bans somebody who has left, or lifts the ban; false where nobody had the handle, or the record of it has expired. */
export async function setFormerBan(
  community: string,
  memberId: string,
  isBanned: boolean,
  nowMs: number,
): Promise<boolean> {
  const read = (item: Item) => ({ userId: item.userId.S!, former: readFormerItem(item) });
  const formers = await queryFormers(community, read);
  const found = formers.find(({ former }) => former.memberId === memberId && isKept(former, nowMs));
  if (!found) return false;
  const change = isBanned
    ? { set: "SET isBanned = :value REMOVE expiresAt", value: { BOOL: true } }
    : { set: "SET expiresAt = :value REMOVE isBanned", value: expiry(nowMs) };
  const update = new UpdateItemCommand({
    TableName: names.membersTable,
    Key: memberKey(formersOf(community), found.userId),
    UpdateExpression: change.set,
    ConditionExpression: "memberId = :memberId",
    ExpressionAttributeValues: { ":memberId": { S: memberId }, ":value": change.value },
  });
  return succeeds(dynamodb.send(update));
}
