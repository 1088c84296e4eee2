/** Members by userId: who they are, what they share for matching, whom they have blocked, and what they did this hour. */
import type { AttributeValue, TransactWriteItem } from "@aws-sdk/client-dynamodb";
import type { Attendance } from "../domain/community/attendance.ts";
import type { Availability } from "../domain/community/hours.ts";
import type { Status } from "../domain/messages/people-messages.ts";
import type { Tags } from "../domain/rounds/tag-terms.ts";
import { names } from "./aws.ts";
import { directoryKey, givenRows } from "./directory-store.ts";
import { type Head, type Item, type RosterCount, versionStep } from "./head-store.ts";
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
  /** What the member wants to be called; the directory has it too, for who may not read members. */
  displayName?: string;
  /** x_u with the rater bias last, if the member shares it for matching. */
  userFactors?: Float32Array;
  /** Of the noise that the member's device has put on them. */
  noiseStdDev?: number;
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
  modelReads: HourCount;
  availability?: Availability;
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
function attendanceAttributes({ paused, ...numbers }: Attendance): Item {
  const { pausedUntilMs, skippedRound, optedInRound, missesFrom } = numbers;
  const named = { pausedUntilMs, skippedRound, optedInRound, missesFrom };
  const set = Object.entries(named).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, { N: String(value) }]],
  );
  return { paused: { BOOL: paused }, ...Object.fromEntries(set) };
}

/** The attributes of each count. */
export const HOUR_COUNTS = {
  gradients: { hour: "hourStartMs", count: "gradientCount" },
  changes: { hour: "changesHourMs", count: "changeCount" },
  modelReads: { hour: "readsHourMs", count: "modelReadCount" },
} as const;
export type Counted = keyof typeof HOUR_COUNTS;

/** What a member keeps through a leave and a return. */
export type Standing = Pick<Member, "row" | "blockedRows" | "isBanned" | Counted>;

export function standingAttributes(standing: Standing): Item {
  const { row, blockedRows, isBanned, gradients, changes, modelReads } = standing;
  return {
    ...itemOf({
      row,
      isBanned: isBanned || undefined,
      hourStartMs: gradients.hourStartMs,
      gradientCount: gradients.count,
      changesHourMs: changes.hourStartMs,
      changeCount: changes.count,
      readsHourMs: modelReads.hourStartMs,
      modelReadCount: modelReads.count,
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
    modelReads: countOf(HOUR_COUNTS.modelReads),
  };
}

export function readMemberItem(item: Item): Member {
  const factors = item.userFactors?.B;
  return {
    userId: item.userId.S!,
    memberId: item.memberId.S!,
    ...readStanding(item),
    learning: item.learning.S as LearningMode,
    displayName: item.displayName?.S,
    paused: item.paused.BOOL!,
    pausedUntilMs: numberOf(item.pausedUntilMs),
    skippedRound: numberOf(item.skippedRound),
    optedInRound: numberOf(item.optedInRound),
    missesFrom: numberOf(item.missesFrom),
    tags: readTags(item.tags),
    userFactors: factors && new Float32Array(new Uint8Array(factors).buffer),
    noiseStdDev: numberOf(item.noiseStdDev),
    ratings: item.ratingsKey && { key: item.ratingsKey.S!, version: Number(item.ratingsVersion.N) },
    availability: item.availability && JSON.parse(item.availability.S!),
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

/** What adds a member, unless they are no longer what `before` says that they were; that they are an operator stays. */
export function memberWrite(community: string, member: Member, before: Status | null): TransactWriteItem {
  const { memberId, learning, joinedAtMs, lastSeenDay, ratings, tags } = member;
  const attributes: Item = {
    ...itemOf({ memberId, learning, joinedAtMs, lastSeenDay }),
    ...standingAttributes(member),
    ...attendanceAttributes(member),
    ...(ratings ? itemOf({ ratingsKey: ratings.key, ratingsVersion: 0 }) : {}),
    ...(Object.keys(tags).length > 0 ? itemOf({ tags }) : {}),
  };
  const named = Object.keys(attributes);
  const values = Object.entries(attributes).map(([name, value]) => [`:${name}`, value]);
  const Update = {
    TableName: names.membersTable,
    Key: memberKey(community, member.userId),
    UpdateExpression: `SET ${named.map((name) => `#${name} = :${name}`).join(", ")} REMOVE #status`,
    ConditionExpression: `attribute_not_exists(#row) AND ${before ? "#status = :before" : "attribute_not_exists(#status)"}`,
    ExpressionAttributeNames: Object.fromEntries([...named, "status"].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(values),
      ...(before ? { ":before": { S: before } } : {}),
    } as Item,
  };
  return { Update };
}

/** Adds the member at row `head.rowCount`, unless another row was given first or the model moved. `also` joins the transaction. */
export function addMember(
  head: Head,
  member: Member,
  before: Status | null = null,
  also: readonly TransactWriteItem[] = [],
): Promise<TransactionOutcome> {
  const write = memberWrite(head.community, member, before);
  return transact([...givenRows(head, [member.memberId], "member"), write, ...also]);
}

/**
 * What joins the commit that erases a member's row: their mapping goes, if their blocks and ban are as they were read. Of the
 * item of an operator this stays.
 */
export function removalOf(community: string, member: Member): TransactWriteItem[] {
  const { blockedRows, isBanned } = standingAttributes(member);
  const isOperator: AttributeValue | undefined = member.isOperator ? { BOOL: true } : undefined;
  const asRead = (name: string, value: AttributeValue | undefined) =>
    value ? `${name} = :${name}` : `attribute_not_exists(${name})`;
  const conditions = ["#row = :row", "attribute_not_exists(ratingsKey)"];
  conditions.push(asRead("blockedRows", blockedRows), asRead("isBanned", isBanned));
  conditions.push(asRead("isOperator", isOperator));
  const Key = memberKey(community, member.userId);
  const write = {
    TableName: names.membersTable,
    ConditionExpression: conditions.join(" AND "),
    ExpressionAttributeNames: { "#row": "row" },
    ExpressionAttributeValues: {
      ":row": { N: String(member.row) },
      ...(blockedRows ? { ":blockedRows": blockedRows } : {}),
      ...(isBanned ? { ":isBanned": isBanned } : {}),
      ...(isOperator ? { ":isOperator": isOperator } : {}),
    } as Item,
  };
  return [
    isOperator ? { Put: { ...write, Item: { ...Key, isOperator } } } : { Delete: { ...write, Key } },
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
  condition = IS_MEMBER,
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

const ATTENDANCE_NUMBERS = ["pausedUntilMs", "skippedRound", "optedInRound", "missesFrom"];

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

/** Stores what a member wants to be called, or that they want no name; no draft changes by it. */
export function setDisplayName(community: string, { userId, row }: Member, displayName: string | null) {
  const change = {
    UpdateExpression: displayName === null ? "REMOVE displayName" : "SET displayName = :displayName",
    ExpressionAttributeNames: { "#row": "row" },
    ConditionExpression: "#row = :row",
    ExpressionAttributeValues: itemOf({ ":row": row, ":displayName": displayName ?? undefined }),
  };
  return transactPatiently([
    { Update: { TableName: names.membersTable, Key: memberKey(community, userId), ...change } },
    { Update: { TableName: names.itemsTable, Key: directoryKey(community, row), ...change } },
  ]);
}

/** Replaces when a member can meet; null takes it away, and they can always. */
export function setAvailability(community: string, userId: string, availability: Availability | null) {
  const change = availability ? "SET availability = :availability" : "REMOVE availability";
  const values: Item = availability ? { ":availability": { S: JSON.stringify(availability) } } : {};
  return changeMember(community, userId, "sharedVersion", change, values);
}
