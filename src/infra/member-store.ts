/** Members by userId: who they are, what they share for matching, whom they have blocked, and what they did this hour. */
import {
  type AttributeValue,
  type TransactWriteItem,
  UpdateItemCommand,
  type UpdateItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { Attendance } from "../domain/community/attendance.ts";
import type { Tags } from "../domain/rounds/tag-terms.ts";
import { dynamodb, names } from "./aws.ts";
import { directoryKey, givenRow } from "./directory-store.ts";
import { type Head, type Item, type RosterCount, succeeds, versionStep } from "./head-store.ts";
import { queryAll } from "./item-reads.ts";
import { itemOf } from "./item-writes.ts";
import { type TransactionOutcome, transact, transactPatiently } from "./transaction.ts";

export type LearningMode = "local" | "hosted";

/** How many of something in the hour that began at `hourStartMs`. */
export interface HourCount {
  hourStartMs: number;
  count: number;
}

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
  /** By an operator: in no group until the ban is lifted. */
  isBanned: boolean;
  /** Gradients, ratings and shared factors. */
  gradients: HourCount;
  /** Of the member's own entry in the roster. */
  changes: HourCount;
}

export const memberKey = (community: string, userId: string): Item => ({
  community: { S: community },
  userId: { S: userId },
});

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function readTags(value: AttributeValue | undefined): Tags {
  return Object.fromEntries(Object.entries(value?.M ?? {}).map(([name, { S }]) => [name, S!]));
}

const numberOf = (value: AttributeValue | undefined) => (value ? Number(value.N) : undefined);

/** What a member says of attendance; what is undefined is not stored. */
function attendanceAttributes({ paused, pausedUntilMs, skippedRound, optedInRound }: Attendance): Item {
  const set = Object.entries({ pausedUntilMs, skippedRound, optedInRound }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, { N: String(value) }]],
  );
  return { paused: { BOOL: paused }, ...Object.fromEntries(set) };
}

/** The attributes of each count. */
const HOUR_COUNTS = {
  gradients: { hour: "hourStartMs", count: "gradientCount" },
  changes: { hour: "changesHourMs", count: "changeCount" },
} as const;
type Counted = keyof typeof HOUR_COUNTS;

/** What a member keeps through a leave and a return. */
export type Standing = Pick<Member, "row" | "blockedRows" | "isBanned" | Counted>;

export function standingAttributes({ row, blockedRows, isBanned, gradients, changes }: Standing): Item {
  return {
    ...itemOf({
      row,
      isBanned: isBanned || undefined,
      hourStartMs: gradients.hourStartMs,
      gradientCount: gradients.count,
      changesHourMs: changes.hourStartMs,
      changeCount: changes.count,
    }),
    ...(blockedRows.length > 0 ? { blockedRows: { NS: blockedRows.map(String) } } : {}),
  };
}

export function readStanding(item: Item): Standing {
  const countOf = ({ hour, count }: { hour: string; count: string }): HourCount => ({
    hourStartMs: numberOf(item[hour]) ?? 0,
    count: numberOf(item[count]) ?? 0,
  });
  return {
    row: Number(item.row.N),
    blockedRows: (item.blockedRows?.NS ?? []).map(Number),
    isBanned: item.isBanned?.BOOL ?? false,
    gradients: countOf(HOUR_COUNTS.gradients),
    changes: countOf(HOUR_COUNTS.changes),
  };
}

export function readMemberItem(item: Item): Member {
  const factors = item.userFactors?.B;
  return {
    userId: item.userId.S!,
    memberId: item.memberId.S!,
    ...readStanding(item),
    learning: item.learning.S as LearningMode,
    paused: item.paused.BOOL!,
    pausedUntilMs: numberOf(item.pausedUntilMs),
    skippedRound: numberOf(item.skippedRound),
    optedInRound: numberOf(item.optedInRound),
    tags: readTags(item.tags),
    userFactors: factors && new Float32Array(new Uint8Array(factors).buffer),
    ratings: item.ratingsKey && { key: item.ratingsKey.S!, version: Number(item.ratingsVersion.N) },
  };
}

/** All members of a community, for the assigner. */
export function readMembers(community: string): Promise<Member[]> {
  const query = {
    TableName: names.membersTable,
    ConsistentRead: true,
    KeyConditionExpression: "community = :community",
    ExpressionAttributeValues: { ":community": { S: community } },
  };
  return queryAll(query, readMemberItem);
}

/** What adds a member, unless they are there. */
export function memberPut(community: string, member: Member): TransactWriteItem {
  const Item: Item = {
    ...memberKey(community, member.userId),
    memberId: { S: member.memberId },
    learning: { S: member.learning },
    ...standingAttributes(member),
    ...attendanceAttributes(member),
    ...(member.ratings ? { ratingsKey: { S: member.ratings.key }, ratingsVersion: { N: "0" } } : {}),
  };
  return {
    Put: { TableName: names.membersTable, Item, ConditionExpression: "attribute_not_exists(userId)" },
  };
}

/** Adds the member at row `head.rowCount`, unless another row was given first or the model moved. */
export function addMember(head: Head, member: Member): Promise<TransactionOutcome> {
  return transact([...givenRow(head, member.memberId, "member"), memberPut(head.community, member)]);
}

/** What joins the commit that erases a member's row: their mapping goes, if their blocks and ban are as they were read. */
export function removalOf(community: string, member: Member): TransactWriteItem[] {
  const { blockedRows, isBanned } = standingAttributes(member);
  const asRead = (name: string, value: AttributeValue | undefined) =>
    value ? `${name} = :${name}` : `attribute_not_exists(${name})`;
  const conditions = ["#row = :row", "attribute_not_exists(ratingsKey)"];
  conditions.push(asRead("blockedRows", blockedRows), asRead("isBanned", isBanned));
  return [
    {
      Delete: {
        TableName: names.membersTable,
        Key: memberKey(community, member.userId),
        ConditionExpression: conditions.join(" AND "),
        ExpressionAttributeNames: { "#row": "row" },
        ExpressionAttributeValues: {
          ":row": { N: String(member.row) },
          ...(blockedRows ? { ":blockedRows": blockedRows } : {}),
          ...(isBanned ? { ":isBanned": isBanned } : {}),
        },
      },
    },
    { Delete: { TableName: names.itemsTable, Key: directoryKey(community, member.row) } },
  ];
}

/**
 * Changes a member who exists, and versions of the head with it; the outcome `condition` means that they have left or that
 * they are not as `condition` says.
 */
export function changeMember(
  community: string,
  userId: string,
  versions: RosterCount | readonly RosterCount[],
  UpdateExpression: string,
  values: Item,
  condition = "attribute_exists(userId)",
) {
  const Update = {
    TableName: names.membersTable,
    Key: memberKey(community, userId),
    UpdateExpression,
    ConditionExpression: condition,
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
  return transactPatiently([{ Update }, { Update: versionStep(community, ...[versions].flat()) }]);
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
        ConditionExpression: "attribute_exists(userId)",
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

/** Replaces a member's tags; the outcome `condition` means that they have left. */
export function setTags(community: string, { userId, memberId }: Member, tags: Tags) {
  const entries = Object.entries(tags).map(([name, value]) => [name, { S: value }]);
  const values: Item = { ":tags": { M: Object.fromEntries(entries) }, ":memberId": { S: memberId } };
  return changeMember(community, userId, "rosterVersion", "SET tags = :tags", values, "memberId = :memberId");
}

/**
 * Bans a member, or lifts the ban; the outcome `condition` means that they have left: see setFormerBan.
 * @public
 */
export function setMemberBan(community: string, { userId, memberId }: Member, isBanned: boolean) {
  const values: Item = { ":memberId": { S: memberId } };
  if (isBanned) values[":true"] = { BOOL: true };
  const change = isBanned ? "SET isBanned = :true" : "REMOVE isBanned";
  const versions = ["rosterVersion", "removalVersion"] as const;
  return changeMember(community, userId, versions, change, values, "memberId = :memberId");
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
    ConditionExpression: `attribute_exists(userId) AND (attribute_not_exists(${of.hour}) OR ${of.hour} < :hour)`,
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
