/** Members by userId: who they are, what they share for matching, whom they have blocked, and their gradients of the hour. */
import {
  type AttributeValue,
  QueryCommand,
  type TransactWriteItem,
  UpdateItemCommand,
  type UpdateItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { Attendance } from "../domain/attendance.ts";
import type { Tags } from "../domain/tag-terms.ts";
import { dynamodb, names } from "./aws.ts";
import { directoryKey } from "./directory-store.ts";
import { type Head, headKey, type Item, succeeds, versionStep } from "./head-store.ts";
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
  /** Gradients counted in the hour that began at `hourStartMs`. */
  gradients: { hourStartMs: number; count: number };
}

export const memberKey = (community: string, userId: string): Item => ({
  community: { S: community },
  userId: { S: userId },
});

function readTags(value: AttributeValue | undefined): Tags {
  return Object.fromEntries(Object.entries(value?.M ?? {}).map(([name, { S }]) => [name, S!]));
}

const numberOf = (value: AttributeValue | undefined) => (value ? Number(value.N) : undefined);

/** What a member says of learning and attendance; what is undefined is not stored. */
function stateAttributes({ learning, paused, ...member }: Member): Item {
  const numbers = {
    pausedUntilMs: member.pausedUntilMs,
    skippedRound: member.skippedRound,
    optedInRound: member.optedInRound,
  };
  const set = Object.entries(numbers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, { N: String(value) }]],
  );
  return { learning: { S: learning }, paused: { BOOL: paused }, ...Object.fromEntries(set) };
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
    gradients: { hourStartMs: Number(item.hourStartMs?.N ?? 0), count: Number(item.gradientCount?.N ?? 0) },
  };
}

/** All members of a community, for the assigner. */
export async function readMembers(community: string): Promise<Member[]> {
  const members: Member[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await dynamodb.send(
      new QueryCommand({
        TableName: names.membersTable,
        ConsistentRead: true,
        KeyConditionExpression: "community = :community",
        ExpressionAttributeValues: { ":community": { S: community } },
        ExclusiveStartKey,
      }),
    );
    members.push(...(page.Items ?? []).map(readMemberItem));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return members;
}

/** Adds the member at row `head.rowCount`, unless another joined first or the model moved. */
export async function addMember(head: Head, member: Member): Promise<TransactionOutcome> {
  const { community, rowCount } = head;
  const row = { N: String(member.row) };
  const joinedAtVersion = { N: String(head.modelVersion) };
  const Item: Item = {
    ...memberKey(community, member.userId),
    memberId: { S: member.memberId },
    row,
    ...stateAttributes(member),
  };
  const headUpdate = {
    TableName: names.modelTable,
    Key: headKey(community),
    UpdateExpression: "ADD rowCount :one, memberCount :one, itemCount :one, rosterVersion :one",
    // The version too, so that the row says truly at which it was given.
    ConditionExpression: "rowCount = :read AND modelVersion = :version",
    ExpressionAttributeValues: {
      ":one": { N: "1" },
      ":read": { N: String(rowCount) },
      ":version": joinedAtVersion,
    } as Item,
  };
  const directory: Item = {
    community: { S: community },
    row,
    itemId: { S: member.memberId },
    joinedAtVersion,
  };
  return transact([
    { Update: headUpdate },
    { Put: { TableName: names.membersTable, Item, ConditionExpression: "attribute_not_exists(userId)" } },
    {
      Put: {
        TableName: names.itemsTable,
        Item: directory,
        ConditionExpression: "attribute_not_exists(community)",
      },
    },
  ]);
}

/** What joins the commit that erases a member's row: their mapping goes, with all that hangs on it. */
export function removalOf(community: string, member: Member): TransactWriteItem[] {
  return [
    {
      Delete: {
        TableName: names.membersTable,
        Key: memberKey(community, member.userId),
        ConditionExpression: "#row = :row",
        ExpressionAttributeNames: { "#row": "row" },
        ExpressionAttributeValues: { ":row": { N: String(member.row) } },
      },
    },
    { Delete: { TableName: names.itemsTable, Key: directoryKey(community, member.row) } },
  ];
}

/** Changes what a member who exists shares; the outcome `condition` means that they have left. */
function changeMember(community: string, userId: string, UpdateExpression: string, values: Item) {
  const Update = {
    TableName: names.membersTable,
    Key: memberKey(community, userId),
    UpdateExpression,
    ConditionExpression: "attribute_exists(userId)",
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
  return transactPatiently([{ Update }, { Update: versionStep(community, "sharedVersion") }]);
}

const STATE_NUMBERS = ["pausedUntilMs", "skippedRound", "optedInRound"];

/** Stores learning mode and attendance, unless the round to which the wish was made is published by now. */
export function setMemberState(head: Head, member: Member): Promise<TransactionOutcome> {
  const { community, round } = head;
  const attributes = stateAttributes(member);
  const gone = STATE_NUMBERS.filter((name) => !(name in attributes));
  const set = Object.keys(attributes).map((name) => `${name} = :${name}`);
  const values = Object.entries(attributes).map(([name, value]) => [`:${name}`, value]);
  const step = versionStep(community, "rosterVersion");
  return transactPatiently([
    {
      Update: {
        TableName: names.membersTable,
        Key: memberKey(community, member.userId),
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
  const Update = {
    TableName: names.membersTable,
    Key: memberKey(community, userId),
    UpdateExpression: "SET tags = :tags",
    ConditionExpression: "memberId = :memberId",
    ExpressionAttributeValues: {
      ":tags": { M: Object.fromEntries(entries) },
      ":memberId": { S: memberId },
    } as Item,
  };
  return transactPatiently([{ Update }, { Update: versionStep(community, "rosterVersion") }]);
}

export function setUserFactors(
  community: string,
  userId: string,
  factors: Float32Array,
  noiseStdDev: number,
) {
  const values: Item = {
    ":factors": { B: new Uint8Array(factors.buffer, factors.byteOffset, factors.byteLength) },
    ":noise": { N: String(noiseStdDev) },
  };
  return changeMember(community, userId, "SET userFactors = :factors, noiseStdDev = :noise", values);
}

export function removeUserFactors(community: string, userId: string) {
  return changeMember(community, userId, "REMOVE userFactors, noiseStdDev", {});
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
    ConditionExpression:
      "attribute_exists(userId) AND (attribute_not_exists(hourStartMs) OR hourStartMs < :hour)",
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
