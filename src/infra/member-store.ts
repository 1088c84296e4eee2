/** Members by userId: who they are, what they share for matching, whom they have blocked, and their gradients of the hour. */
import {
  type AttributeValue,
  type TransactWriteItem,
  UpdateItemCommand,
  type UpdateItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { Attendance } from "../domain/community/attendance.ts";
import type { Status } from "../domain/messages/people-messages.ts";
import type { Tags } from "../domain/rounds/tag-terms.ts";
import { dynamodb, names } from "./aws.ts";
import { directoryKey, givenRow } from "./directory-store.ts";
import { type Head, type Item, succeeds, versionStep } from "./head-store.ts";
import { queryAll } from "./item-reads.ts";
import { itemOf } from "./item-writes.ts";
import { type TransactionOutcome, transact, transactPatiently } from "./transaction.ts";

export type LearningMode = "local" | "hosted";

export interface Member extends Attendance {
  userId: string;
  memberId: string;
  row: number;
  learning: LearningMode;
  /** x_u with the rater bias last, if the member shares it for matching. */
  userFactors?: Float32Array;
  /** Set by operators. */
  tags: Tags;
  /** Rows of those whom the member never wants to share a group with; nobody else is shown them. */
  blockedRows: number[];
  /** Where the ratings of a hosted member stand; of a local member, that their erasure is not finished. */
  ratings?: { key: string; version: number };
  /** Gradients and ratings counted in the hour that began at `hourStartMs`. */
  gradients: { hourStartMs: number; count: number };
  joinedAtMs?: number;
  /** The day since 1970 of the member's last call that was noted; see seen-store.ts. */
  lastSeenDay?: number;
  /** Whether they run the community too. */
  isOperator?: boolean;
}

/** Who awaits approval or is banned has an item too, and who only operates; none of them has a row or a learning mode. */
export const IS_MEMBER = "attribute_exists(learning)";

export const memberKey = (community: string, userId: string): Item => ({
  community: { S: community },
  userId: { S: userId },
});

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

export function readTags(value: AttributeValue | undefined): Tags {
  return Object.fromEntries(Object.entries(value?.M ?? {}).map(([name, { S }]) => [name, S!]));
}

export const numberOf = (value: AttributeValue | undefined) => (value ? Number(value.N) : undefined);

/** What a member says of attendance; what is undefined is not stored. */
function attendanceAttributes({ paused, pausedUntilMs, skippedRound, optedInRound }: Attendance): Item {
  const set = Object.entries({ pausedUntilMs, skippedRound, optedInRound }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, { N: String(value) }]],
  );
  return { paused: { BOOL: paused }, ...Object.fromEntries(set) };
}

export function readMemberItem(item: Item): Member {
  const factors = item.userFactors?.B;
  return {
    userId: item.userId.S!,
    memberId: item.memberId.S!,
    row: Number(item.row.N),
    learning: item.learning.S as LearningMode,
    paused: item.paused.BOOL!,
    pausedUntilMs: numberOf(item.pausedUntilMs),
    skippedRound: numberOf(item.skippedRound),
    optedInRound: numberOf(item.optedInRound),
    tags: readTags(item.tags),
    blockedRows: (item.blockedRows?.NS ?? []).map(Number),
    userFactors: factors && new Float32Array(new Uint8Array(factors).buffer),
    ratings: item.ratingsKey && { key: item.ratingsKey.S!, version: Number(item.ratingsVersion.N) },
    gradients: { hourStartMs: Number(item.hourStartMs?.N ?? 0), count: Number(item.gradientCount?.N ?? 0) },
    joinedAtMs: numberOf(item.joinedAtMs),
    lastSeenDay: numberOf(item.lastSeenDay),
    isOperator: item.isOperator?.BOOL,
  };
}

/** All members of a community, for the assigner. */
export function readMembers(community: string): Promise<Member[]> {
  const query = {
    TableName: names.membersTable,
    ConsistentRead: true,
    KeyConditionExpression: "community = :community",
    FilterExpression: IS_MEMBER,
    ExpressionAttributeValues: { ":community": { S: community } },
  };
  return queryAll(query, readMemberItem);
}

/**
 * Adds the member at row `head.rowCount`, unless another row was given first, the model moved, or they are no longer what
 * `before` says that they were. `also` joins the transaction.
 */
export async function addMember(
  head: Head,
  member: Member,
  before: Status | null = null,
  also: readonly TransactWriteItem[] = [],
): Promise<TransactionOutcome> {
  const { memberId, row, learning, joinedAtMs, lastSeenDay, ratings } = member;
  const attributes: Item = {
    ...itemOf({ memberId, row, learning, joinedAtMs, lastSeenDay }),
    ...attendanceAttributes(member),
    ...(ratings ? itemOf({ ratingsKey: ratings.key, ratingsVersion: 0 }) : {}),
  };
  const named = Object.keys(attributes);
  const values = Object.entries(attributes).map(([name, value]) => [`:${name}`, value]);
  const Update = {
    TableName: names.membersTable,
    Key: memberKey(head.community, member.userId),
    UpdateExpression: `SET ${named.map((name) => `#${name} = :${name}`).join(", ")} REMOVE #status`,
    ConditionExpression: `attribute_not_exists(#row) AND ${before ? "#status = :before" : "attribute_not_exists(#status)"}`,
    ExpressionAttributeNames: Object.fromEntries([...named, "status"].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(values),
      ...(before ? { ":before": { S: before } } : {}),
    } as Item,
  };
  return transact([...givenRow(head, memberId, "member"), { Update }, ...also]);
}

/**
 * What joins the commit that erases a member's row: their mapping goes, with all that hangs on it. Of the member's item
 * `left` stays, and that they are an operator.
 */
export function removalOf(community: string, member: Member, left: Item = {}): TransactWriteItem[] {
  const Key = memberKey(community, member.userId);
  const stays: Item = { ...left, ...(member.isOperator ? { isOperator: { BOOL: true } } : {}) };
  const asRead = {
    TableName: names.membersTable,
    ConditionExpression: `#row = :row AND attribute_not_exists(ratingsKey) AND ${member.isOperator ? "attribute_exists" : "attribute_not_exists"}(isOperator)`,
    ExpressionAttributeNames: { "#row": "row" },
    ExpressionAttributeValues: { ":row": { N: String(member.row) } } as Item,
  };
  return [
    Object.keys(stays).length > 0
      ? { Put: { ...asRead, Item: { ...Key, ...stays } } }
      : { Delete: { ...asRead, Key } },
    { Delete: { TableName: names.itemsTable, Key: directoryKey(community, member.row) } },
  ];
}

/**
 * Changes a member who exists, and a version of the head with it; the outcome `condition` means that they have left or that
 * they are not as `condition` says.
 */
export function changeMember(
  community: string,
  userId: string,
  version: "rosterVersion" | "sharedVersion",
  UpdateExpression: string,
  values: Item,
  condition = IS_MEMBER,
) {
  const Update = {
    TableName: names.membersTable,
    Key: memberKey(community, userId),
    UpdateExpression,
    ConditionExpression: condition,
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
  return transactPatiently([{ Update }, { Update: versionStep(community, version) }]);
}

const ATTENDANCE_NUMBERS = ["pausedUntilMs", "skippedRound", "optedInRound"];

/** Stores a member's attendance, unless the round to which the wish was made is published by now. */
export function setAttendance(
  head: Head,
  userId: string,
  attendance: Attendance,
): Promise<TransactionOutcome> {
  const { community, round } = head;
  const attributes = attendanceAttributes(attendance);
  const gone = ATTENDANCE_NUMBERS.filter((name) => !(name in attributes));
  const set = Object.keys(attributes).map((name) => `${name} = :${name}`);
  const values = Object.entries(attributes).map(([name, value]) => [`:${name}`, value]);
  const step = versionStep(community, "rosterVersion");
  return transactPatiently([
    {
      Update: {
        TableName: names.membersTable,
        Key: memberKey(community, userId),
        UpdateExpression: `SET ${set.join(", ")}${gone.length > 0 ? ` REMOVE ${gone.join(", ")}` : ""}`,
        ConditionExpression: IS_MEMBER,
        ExpressionAttributeValues: Object.fromEntries(values),
      },
    },
    {
      Update: {
        ...step,
        ConditionExpression: "round = :round",
        ExpressionAttributeValues: { ...step.ExpressionAttributeValues, ":round": { N: String(round) } },
      },
    },
  ]);
}

/** Replaces the tags of a person who has the memberId; the outcome `condition` means that nobody has it any more. */
export function setTags(community: string, userId: string, memberId: string, tags: Tags) {
  const entries = Object.entries(tags).map(([name, value]) => [name, { S: value }]);
  const values: Item = { ":tags": { M: Object.fromEntries(entries) }, ":memberId": { S: memberId } };
  return changeMember(community, userId, "rosterVersion", "SET tags = :tags", values, "memberId = :memberId");
}

export function setUserFactors(
  community: string,
  userId: string,
  factors: Float32Array,
  noiseStdDev: number,
) {
  const values: Item = {
    ":factors": { B: bytesOf(factors) },
    ":noise": { N: String(noiseStdDev) },
  };
  return changeMember(
    community,
    userId,
    "sharedVersion",
    "SET userFactors = :factors, noiseStdDev = :noise",
    values,
  );
}

export function removeUserFactors(community: string, userId: string) {
  return changeMember(community, userId, "sharedVersion", "REMOVE userFactors, noiseStdDev", {});
}

/** Adds to the count of the hour, or begins a new hour with it; returns the count that stands then. */
export async function countGradients(
  community: string,
  userId: string,
  hourStartMs: number,
  count: number,
): Promise<number> {
  const base = {
    TableName: names.membersTable,
    Key: memberKey(community, userId),
    ExpressionAttributeValues: { ":hour": { N: String(hourStartMs) }, ":count": { N: String(count) } },
    ReturnValues: "UPDATED_NEW" as const,
  };
  const add = new UpdateItemCommand({
    ...base,
    UpdateExpression: "ADD gradientCount :count",
    ConditionExpression: "hourStartMs = :hour",
  });
  const begin = new UpdateItemCommand({
    ...base,
    UpdateExpression: "SET hourStartMs = :hour, gradientCount = :count",
    ConditionExpression: `${IS_MEMBER} AND (attribute_not_exists(hourStartMs) OR hourStartMs < :hour)`,
  });
  let stored = count;
  const note = (answer: UpdateItemCommandOutput) => {
    stored = Number(answer.Attributes?.gradientCount.N);
  };
  // The second add is for an hour that another instance has begun in between.
  for (const update of [add, begin, add]) {
    if (await succeeds(dynamodb.send(update).then(note))) break;
  }
  return stored;
}
