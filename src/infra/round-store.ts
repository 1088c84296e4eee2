/**
 * Rounds: one item each, 2 bytes a row of the matrix, `draft` until it is published and never changed after. The groups of
 * a round that is too large for that stand in an object. The meetings of a community are its published rounds; they are kept
 * in no other form.
 */
import {
  GetItemCommand,
  PutItemCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { IDEMPOTENCY_KEY_RETENTION_MS, STATS_ROUNDS_MAX } from "../domain/limits.ts";
import { type Round, revisionOf } from "../domain/rounds/round.ts";
import type { RoundFigures } from "../domain/rounds/weekly-figures.ts";
import { dynamodb, names } from "./aws.ts";
import { type Head, headKey, type Item, succeeds } from "./head-store.ts";
import { partsBetween, queryAll, queryPages } from "./item-reads.ts";
import { itemOf } from "./item-writes.ts";
import { noticePut, roundNoticeId } from "./notice-store.ts";
import { inParallel } from "./object-store.ts";
import { groupAttributes, readGroups } from "./round-groups.ts";
import { SCHEDULE_STEP, type ScheduleStep } from "./schedule-store.ts";
import { type TransactionOutcome, transact } from "./transaction.ts";

const roundPart = (round: number): string => `round#${String(round).padStart(8, "0")}`;
export const roundKey = (community: string, round: number): Item => ({
  community: { S: community },
  part: { S: roundPart(round) },
});
const publishKey = (community: string, key: string): Item => ({
  community: { S: community },
  part: { S: `key#${key}` },
});

async function roundItem(community: string, round: Round): Promise<Item> {
  const { modelVersion, rosterVersion, sharedVersion, computedAtMs, publishedAtMs, validUntilMs } = round;
  return {
    ...roundKey(community, round.round),
    ...itemOf({ round: round.round, state: round.state, revision: revisionOf(round) }),
    ...itemOf({ modelVersion, rosterVersion, sharedVersion, computedAtMs, publishedAtMs, validUntilMs }),
    ...itemOf({ previousRound: round.previousRound, reason: round.reason }),
    ...itemOf({ groupCount: round.groupCount, quality: JSON.stringify(round.quality) }),
    ...itemOf({ memberCount: round.groupOf.reduce((sum, group) => (group < 0 ? sum : sum + 1), 0) }),
    ...(await groupAttributes(community, round)),
  };
}

async function readRoundItem(item: Item): Promise<Round> {
  return {
    round: Number(item.round.N),
    state: item.state.S as Round["state"],
    modelVersion: Number(item.modelVersion.N),
    rosterVersion: Number(item.rosterVersion.N),
    sharedVersion: Number(item.sharedVersion.N),
    computedAtMs: Number(item.computedAtMs.N),
    publishedAtMs: item.publishedAtMs && Number(item.publishedAtMs.N),
    previousRound: item.previousRound && Number(item.previousRound.N),
    reason: item.reason?.S,
    validUntilMs: item.validUntilMs && Number(item.validUntilMs.N),
    recomputeAtMs: item.recomputeAtMs && Number(item.recomputeAtMs.N),
    groupCount: Number(item.groupCount.N),
    ...(await readGroups(item)),
    quality: JSON.parse(item.quality.S!),
  };
}

export async function readRound(community: string, round: number): Promise<Round | null> {
  const Key = roundKey(community, round);
  const answer = await dynamodb.send(
    new GetItemCommand({ TableName: names.roundsTable, Key, ConsistentRead: true }),
  );
  return answer.Item ? readRoundItem(answer.Item) : null;
}

/** The rounds first..last that exist, ascending. */
export async function readRounds(community: string, first: number, last: number): Promise<Round[]> {
  const rounds: Round[] = [];
  if (last < first) return rounds;
  const query = partsBetween(names.roundsTable, community, roundPart(first), roundPart(last));
  for await (const items of queryPages(query)) rounds.push(...(await inParallel(items, readRoundItem)));
  return rounds;
}

/**
 * What figures are made of in the rounds published since a time, ascending, and in no more than the latest;
 * without their groups.
 */
export async function readRoundFigures({ community, round }: Head, sinceMs: number): Promise<RoundFigures[]> {
  const query = {
    TableName: names.roundsTable,
    KeyConditionExpression: "community = :community AND part BETWEEN :first AND :last",
    // Rounds from before these figures were stored have none.
    FilterExpression: "publishedAtMs >= :since AND attribute_exists(memberCount) AND #state = :published",
    ProjectionExpression: "#round, publishedAtMs, quality, groupCount, memberCount",
    ExpressionAttributeNames: { "#round": "round", "#state": "state" },
    ExpressionAttributeValues: {
      ":community": { S: community },
      ":first": roundKey(community, Math.max(1, round - STATS_ROUNDS_MAX)).part,
      ":last": roundKey(community, Math.max(1, round - 1)).part,
      ":since": { N: String(sinceMs) },
      ":published": { S: "published" },
    },
  };
  return queryAll(query, (item) => ({
    round: Number(item.round.N),
    publishedAtMs: Number(item.publishedAtMs.N),
    quality: JSON.parse(item.quality.S!),
    groupCount: Number(item.groupCount.N),
    memberCount: Number(item.memberCount.N),
  }));
}

/** The latest published round and the draft, as far as there are these. */
export async function readLatestRounds({ community, latestRound, round }: Head): Promise<Round[]> {
  const rounds = await readRounds(community, Math.max(1, latestRound), round);
  return rounds.filter(({ state }) => state !== "withdrawn");
}

/** The objects that a community's rounds name. */
export async function readGroupsKeys(community: string): Promise<string[]> {
  const query = {
    TableName: names.roundsTable,
    ConsistentRead: true,
    KeyConditionExpression: "community = :community",
    ProjectionExpression: "groupsKey",
    ExpressionAttributeValues: { ":community": { S: community } },
  };
  return (await queryAll(query, (item) => item.groupsKey?.S ?? [])).flat();
}

/** Stores a draft if it is newer than the one that is there, or that one is outlived, and its round is not published; tells whether it was. */
export async function storeDraft(community: string, draft: Round): Promise<boolean> {
  const put = new PutItemCommand({
    TableName: names.roundsTable,
    Item: await roundItem(community, draft),
    ConditionExpression:
      "attribute_not_exists(part) OR (#state = :draft AND (revision < :revision OR (revision = :revision AND validUntilMs <= :computed)))",
    ExpressionAttributeNames: { "#state": "state" },
    ExpressionAttributeValues: {
      ":draft": { S: "draft" },
      ":revision": { N: String(revisionOf(draft)) },
      ":computed": { N: String(draft.computedAtMs) },
    },
  });
  return succeeds(dynamodb.send(put));
}

/** Claims the one pending recomputation of a draft for a time; false where somebody has claimed it already. */
export function claimRecomputation(
  community: string,
  round: number,
  nowMs: number,
  atMs: number,
): Promise<boolean> {
  const update = new UpdateItemCommand({
    TableName: names.roundsTable,
    Key: roundKey(community, round),
    UpdateExpression: "SET recomputeAtMs = :at",
    ConditionExpression:
      "attribute_exists(part) AND (attribute_not_exists(recomputeAtMs) OR recomputeAtMs < :now)",
    ExpressionAttributeValues: { ":at": { N: String(atMs) }, ":now": { N: String(nowMs) } },
  });
  return succeeds(dynamodb.send(update));
}

/** The round that a publish call with this Idempotency-Key has made, if there was one. */
export async function readPublishKey(community: string, key: string, nowMs: number): Promise<number | null> {
  const Key = publishKey(community, key);
  const answer = await dynamodb.send(
    new GetItemCommand({ TableName: names.roundsTable, Key, ConsistentRead: true }),
  );
  const item = answer.Item;
  return item && Number(item.expiresAt.N) * 1000 > nowMs ? Number(item.round.N) : null;
}

/**
 * Withdraws the latest round: the head goes back to the published round before it, not to its number, and
 * drafts and calls under way that count on it are out of date. `kept`: that one of the `conditions` does not
 * hold.
 */
export async function withdrawRound(
  { community, round: draft }: Head,
  { round, previousRound = round - 1 }: Round,
  conditions: readonly TransactWriteItem[],
  also: readonly TransactWriteItem[],
): Promise<TransactionOutcome | { outcome: "kept"; condition: number }> {
  const items: TransactWriteItem[] = [
    ...conditions,
    {
      Update: {
        TableName: names.modelTable,
        Key: headKey(community),
        UpdateExpression: "SET latestRound = :previous ADD rosterVersion :one, removalVersion :one",
        ConditionExpression: "round = :draft AND (latestRound = :round OR attribute_not_exists(latestRound))",
        ExpressionAttributeValues: {
          ":one": { N: "1" },
          ":previous": { N: String(previousRound) },
          ":draft": { N: String(draft) },
          ":round": { N: String(round) },
        },
      },
    },
    {
      Update: {
        TableName: names.roundsTable,
        Key: roundKey(community, round),
        UpdateExpression: "SET #state = :withdrawn",
        ConditionExpression: "#state = :published",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: { ":published": { S: "published" }, ":withdrawn": { S: "withdrawn" } },
      },
    },
    ...also,
  ];
  const result = await transact(items);
  const isOfThose = result.outcome === "condition" && result.failed < conditions.length;
  return isOfThose ? { outcome: "kept", condition: result.failed } : result;
}

/**
 * Publishes: the head goes on to the next round if since it was read nobody was removed or blocked, and the round is stored as
 * published unless it was published already, or a draft of a later model was stored. Who joins or pauses in between does
 * not hold it up: it is of the roster of some seconds ago. With a `step` of the schedule it does so only while that is due.
 */
export async function publishRound(
  head: Head,
  round: Round,
  idempotencyKey: string | null,
  nowMs: number,
  step?: ScheduleStep,
): Promise<TransactionOutcome> {
  const { community } = head;
  const items: TransactWriteItem[] = [
    {
      Update: {
        TableName: names.modelTable,
        Key: headKey(community),
        UpdateExpression: `SET latestRound = :round${step ? `, ${SCHEDULE_STEP.set}` : ""} ADD round :one, rosterVersion :one`,
        ConditionExpression: `round = :round AND removalVersion = :removals${step ? ` AND ${SCHEDULE_STEP.condition}` : ""}`,
        ExpressionAttributeValues: {
          ":one": { N: "1" },
          ":round": { N: String(round.round) },
          ":removals": { N: String(head.removalVersion) },
          ...(step ? SCHEDULE_STEP.values(step) : {}),
        },
      },
    },
    {
      Put: {
        TableName: names.roundsTable,
        Item: await roundItem(community, round),
        ConditionExpression:
          "attribute_not_exists(part) OR (#state = :draft AND modelVersion <= :modelVersion)",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: {
          ":draft": { S: "draft" },
          ":modelVersion": { N: String(round.modelVersion) },
        },
      },
    },
  ];
  const told = { event: "round.published", facts: { round: round.round } } as const;
  items.push(noticePut(community, told, nowMs, roundNoticeId(round.round, round.publishedAtMs!)));
  if (idempotencyKey !== null) {
    const expiresAt = { N: String(Math.ceil((nowMs + IDEMPOTENCY_KEY_RETENTION_MS) / 1000)) };
    const Item = { ...publishKey(community, idempotencyKey), round: { N: String(round.round) }, expiresAt };
    items.push({ Put: { TableName: names.roundsTable, Item } });
  }
  return transact(items);
}
