/** Members by userId: who they are, what they share for matching, whom they have blocked, and their calls of the hour. */
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
import { type Head, type Item, succeeds, versionStep } from "./head-store.ts";
import { queryAll } from "./item-reads.ts";
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
  gradients: HourCount;
  modelReads: HourCount;
}

interface HourCount {
  hourStartMs: number;
  count: number;
}

/** What is counted by the hour. */
export type Counted = "gradients" | "modelReads";
const COUNT_ATTRIBUTES: Record<Counted, { hour: string; count: string }> = {
  gradients: { hour: "hourStartMs", count: "gradientCount" },
  modelReads: { hour: "readsHourStartMs", count: "modelReadCount" },
};

function readCount(item: Item, counted: Counted): HourCount {
  const { hour, count } = COUNT_ATTRIBUTES[counted];
  return { hourStartMs: Number(item[hour]?.N ?? 0), count: Number(item[count]?.N ?? 0) };
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
    gradients: readCount(item, "gradients"),
    modelReads: readCount(item, "modelReads"),
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

/** Adds the member at row `head.rowCount`, unless another row was given first or the model moved. */
export async function addMember(head: Head, member: Member): Promise<TransactionOutcome> {
  const Item: Item = {
    ...memberKey(head.community, member.userId),
    memberId: { S: member.memberId },
    row: { N: String(member.row) },
    learning: { S: member.learning },
    ...attendanceAttributes(member),
    ...(member.ratings ? { ratingsKey: { S: member.ratings.key }, ratingsVersion: { N: "0" } } : {}),
  };
  return transact([
    ...givenRow(head, member.memberId, "member"),
    { Put: { TableName: names.membersTable, Item, ConditionExpression: "attribute_not_exists(userId)" } },
  ]);
}

/** What joins the commit that erases a member's row: their mapping goes, with all that hangs on it. */
export function removalOf(community: string, member: Member): TransactWriteItem[] {
  return [
    {
      Delete: {
        TableName: names.membersTable,
        Key: memberKey(community, member.userId),
        ConditionExpression: "#row = :row AND attribute_not_exists(ratingsKey)",
        ExpressionAttributeNames: { "#row": "row" },
        ExpressionAttributeValues: { ":row": { N: String(member.row) } },
      },
    },
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
  condition = "attribute_exists(userId)",
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
export async function addToCount(
  community: string,
  userId: string,
  counted: Counted,
  hourStartMs: number,
  count: number,
): Promise<number> {
  const attributes = COUNT_ATTRIBUTES[counted];
  const base = {
    TableName: names.membersTable,
    Key: memberKey(community, userId),
    ExpressionAttributeNames: { "#hour": attributes.hour, "#count": attributes.count },
    ExpressionAttributeValues: { ":hour": { N: String(hourStartMs) }, ":count": { N: String(count) } },
    ReturnValues: "UPDATED_NEW" as const,
  };
  const add = new UpdateItemCommand({
    ...base,
    UpdateExpression: "ADD #count :count",
    ConditionExpression: "#hour = :hour",
  });
  const begin = new UpdateItemCommand({
    ...base,
    UpdateExpression: "SET #hour = :hour, #count = :count",
    ConditionExpression: "attribute_exists(userId) AND (attribute_not_exists(#hour) OR #hour < :hour)",
  });
  let stored = count;
  const note = (answer: UpdateItemCommandOutput) => {
    stored = Number(answer.Attributes?.[attributes.count].N);
  };
  // The second add is for an hour that another instance has begun in between.
  for (const update of [add, begin, add]) {
    if (await succeeds(dynamodb.send(update).then(note))) break;
  }
  return stored;
}
