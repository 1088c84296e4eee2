/**
 * The people of a community: members, and who stands at its doors: who awaits approval, who is banned, and operators, who need
 * not be members. Each has one item, in the Members table; a row and all that hangs on it have members alone. An
 * index by userId finds in which communities somebody has one.
 */
import {
  DeleteItemCommand,
  GetItemCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { Status } from "../domain/messages/people-messages.ts";
import type { Tags } from "../domain/rounds/tag-terms.ts";
import { dynamodb, names } from "./aws.ts";
import { type Item, succeeds, versionStep } from "./head-store.ts";
import { queryPages } from "./item-reads.ts";
import { itemOf } from "./item-writes.ts";
import { changeMember, IS_MEMBER, memberKey, numberOf, readTags } from "./member-store.ts";
import { noticePut, requestNoticeId } from "./notice-store.ts";
import { type TransactionOutcome, transact, transactPatiently } from "./transaction.ts";

/** What somebody is to a community. */
export interface Relation {
  status: Status | null;
  isOperator: boolean;
}

export interface Person extends Relation {
  userId: string;
  memberId?: string;
  row?: number;
  tags: Tags;
  joinedAtMs?: number;
  lastSeenDay?: number;
  missesFrom?: number;
}

export const NO_RELATION: Relation = { status: null, isOperator: false };

export function readRelation(item: Item): Relation {
  const status = item.row ? "member" : ((item.status?.S as Status | undefined) ?? null);
  return { status: item.isBanned ? "banned" : status, isOperator: item.isOperator?.BOOL ?? false };
}

function readPerson(item: Item): Person {
  return {
    ...readRelation(item),
    userId: item.userId.S!,
    memberId: item.memberId?.S,
    row: numberOf(item.row),
    tags: readTags(item.tags),
    joinedAtMs: numberOf(item.joinedAtMs),
    lastSeenDay: numberOf(item.lastSeenDay),
    missesFrom: numberOf(item.missesFrom),
  };
}

/** Some of a list; `next` is the last key of it where there is more. */
export interface Page<Value> {
  values: Value[];
  next?: string;
}

type Filter = Pick<QueryCommandInput, "FilterExpression" | "ExpressionAttributeNames"> & { values?: Item };

/** Reads behind the userId `after` until so many are found: who only operates, too, if the filter lets them. */
async function readPeople(
  community: string,
  { values: filterValues, ...filter }: Filter,
  after: string | undefined,
  countMax: number,
): Promise<Page<Person>> {
  const query: QueryCommandInput = {
    TableName: names.membersTable,
    ConsistentRead: true,
    KeyConditionExpression: "community = :community",
    ...filter,
    ExpressionAttributeValues: { ":community": { S: community }, ...filterValues },
    ExclusiveStartKey: after === undefined ? undefined : memberKey(community, after),
  };
  const people: Person[] = [];
  for await (const items of queryPages(query)) {
    for (const item of items) {
      if (people.length === countMax) return { values: people, next: people.at(-1)!.userId };
      people.push(readPerson(item));
    }
  }
  return { values: people };
}

const STATUS_NAME = { "#status": "status" };

function filterOf(status: Status | undefined): Filter {
  if (status === undefined) return { FilterExpression: "attribute_exists(memberId)" };
  if (status === "member") return { FilterExpression: `${IS_MEMBER} AND attribute_not_exists(isBanned)` };
  return {
    FilterExpression: `#status = :status${status === "banned" ? " OR attribute_exists(isBanned)" : ""}`,
    ExpressionAttributeNames: STATUS_NAME,
    values: { ":status": { S: status } },
  };
}

/** Who is a member, awaits approval or is banned, or of these the ones with one status. */
export function readRoster(
  community: string,
  status: Status | undefined,
  after: string | undefined,
  countMax: number,
): Promise<Page<Person>> {
  return readPeople(community, filterOf(status), after, countMax);
}

export async function readPersonByMemberId(community: string, memberId: string): Promise<Person | null> {
  const filter: Filter = {
    FilterExpression: "memberId = :memberId",
    values: { ":memberId": { S: memberId } },
  };
  const { values } = await readPeople(community, filter, undefined, 1);
  return values[0] ?? null;
}

export function readOperators(
  community: string,
  after: string | undefined,
  countMax: number,
): Promise<Page<Person>> {
  return readPeople(community, { FilterExpression: "attribute_exists(isOperator)" }, after, countMax);
}

function update(
  community: string,
  userId: string,
  change: Omit<UpdateItemCommandInput, "TableName" | "Key">,
): Promise<boolean> {
  const Key = memberKey(community, userId);
  return succeeds(dynamodb.send(new UpdateItemCommand({ TableName: names.membersTable, Key, ...change })));
}

/** Notes that somebody asks to be let in, unless they have any status by now; operators reach them by the memberId. */
export async function addRequest(
  community: string,
  userId: string,
  memberId: string,
  nowMs: number,
): Promise<boolean> {
  const awaiting: Status = "awaiting-approval";
  const Update = {
    TableName: names.membersTable,
    Key: memberKey(community, userId),
    UpdateExpression: "SET #status = :awaiting, memberId = :memberId",
    ConditionExpression: `attribute_not_exists(#status) AND NOT ${IS_MEMBER}`,
    ExpressionAttributeNames: STATUS_NAME,
    ExpressionAttributeValues: { ":awaiting": { S: awaiting }, ":memberId": { S: memberId } } as Item,
  };
  const told = { event: "member.awaiting-approval", facts: { userId, memberId } } as const;
  const notice = noticePut(community, told, nowMs, await requestNoticeId(community, userId, nowMs));
  return (await transact([{ Update }, notice])).outcome === "committed";
}

/** Bans somebody who awaits approval. */
export function banRequest(community: string, userId: string): Promise<boolean> {
  const [awaiting, banned]: Status[] = ["awaiting-approval", "banned"];
  return update(community, userId, {
    UpdateExpression: "SET #status = :banned",
    ConditionExpression: "#status = :awaiting",
    ExpressionAttributeNames: STATUS_NAME,
    ExpressionAttributeValues: { ":banned": { S: banned }, ":awaiting": { S: awaiting } },
  });
}

/** Who is to have which tags: the person by userId, as long as they have the memberId. */
type Tagged = { userId: string; memberId: string; tags: Tags };

/**
 * Replaces the tags of up to 99 people; the outcome `condition` means that
 * one of them has another memberId by now.
 */
export function setTags(community: string, tagged: readonly Tagged[]) {
  const updates = tagged.map(({ userId, memberId, tags }) => ({
    Update: {
      TableName: names.membersTable,
      Key: memberKey(community, userId),
      UpdateExpression: "SET tags = :tags",
      ConditionExpression: "memberId = :memberId",
      ExpressionAttributeValues: itemOf({ ":tags": tags, ":memberId": memberId }),
    },
  }));
  return transactPatiently([...updates, { Update: versionStep(community, "rosterVersion") }]);
}

/** Bans a member, or lifts the ban; the outcome `condition` means that they have left: see setFormerBan. */
export function setMemberBan(
  community: string,
  { userId, memberId }: { userId: string; memberId: string },
  isBanned: boolean,
) {
  const values: Item = { ":memberId": { S: memberId } };
  if (isBanned) values[":true"] = { BOOL: true };
  const change = isBanned ? "SET isBanned = :true" : "REMOVE isBanned";
  const versions = ["rosterVersion", "removalVersion"] as const;
  return changeMember(community, userId, versions, change, values, `${IS_MEMBER} AND memberId = :memberId`);
}

/**
 * Gives a person's item to another userId, whole and as it was read, unless that one has any item here. The
 * outcome `condition` tells which of the two has changed: the new (0) or the old (1).
 */
export async function moveItem(
  community: string,
  userId: string,
  memberId: string,
  newUserId: string,
): Promise<TransactionOutcome> {
  const TableName = names.membersTable;
  const Key = memberKey(community, userId);
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  if (Item?.memberId?.S !== memberId) return { outcome: "condition", failed: 1 };
  const attributes = Object.entries(Item);
  const moved = { ...Item, ...memberKey(community, newUserId) };
  return transact([
    { Put: { TableName, Item: moved, ConditionExpression: "attribute_not_exists(userId)" } },
    {
      Delete: {
        TableName,
        Key,
        ConditionExpression: attributes.map((_, n) => `#a${n} = :a${n}`).join(" AND "),
        ExpressionAttributeNames: Object.fromEntries(attributes.map(([name], n) => [`#a${n}`, name])),
        ExpressionAttributeValues: Object.fromEntries(attributes.map(([, value], n) => [`:a${n}`, value])),
      },
    },
  ]);
}

export async function addOperator(community: string, userId: string): Promise<void> {
  await update(community, userId, {
    UpdateExpression: "SET isOperator = :true",
    ExpressionAttributeValues: { ":true": { BOOL: true } },
  });
}

interface Removal {
  /** What must hold for either. */
  condition: string;
  /** With this the item is deleted, else it loses the attributes. */
  andAlone: string;
  remove: string;
  change?: Pick<UpdateItemCommandInput, "ExpressionAttributeNames" | "ExpressionAttributeValues">;
}

async function strip(community: string, userId: string, removal: Removal): Promise<void> {
  const { condition, andAlone, remove, change } = removal;
  const TableName = names.membersTable;
  const Key = memberKey(community, userId);
  const ConditionExpression = `${condition} AND ${andAlone}`;
  const whole = new DeleteItemCommand({ TableName, Key, ConditionExpression, ...change });
  if (await succeeds(dynamodb.send(whole))) return;
  await update(community, userId, {
    UpdateExpression: `REMOVE ${remove}`,
    ConditionExpression: condition,
    ...change,
  });
}

/** Takes a request or a ban back: from then on they are nobody to the community, or an operator. */
export function removeStatus(community: string, userId: string, status: Status): Promise<void> {
  return strip(community, userId, {
    condition: "#status = :status",
    andAlone: "attribute_not_exists(isOperator)",
    remove: "#status, memberId, tags",
    change: {
      ExpressionAttributeNames: STATUS_NAME,
      ExpressionAttributeValues: { ":status": { S: status } },
    },
  });
}

export function removeOperator(community: string, userId: string): Promise<void> {
  return strip(community, userId, {
    condition: "attribute_exists(isOperator)",
    andAlone: `attribute_not_exists(memberId) AND NOT ${IS_MEMBER}`,
    remove: "isOperator",
  });
}
