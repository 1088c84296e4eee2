/**
 * The season of a community: one item beside its rounds, with 2 bytes a planned member and round. It is written together with
 * the head, so that its first round is the one that is in draft, and the drafts made before it are out of date.
 */
import { GetItemCommand, type TransactWriteItem } from "@aws-sdk/client-dynamodb";
import type { Season } from "../domain/rounds/season.ts";
import { dynamodb, names } from "./aws.ts";
import { headKey, type Item, versionStep } from "./head-store.ts";
import { bytesOf } from "./member-store.ts";
import { type TransactionOutcome, transactPatiently } from "./transaction.ts";

const seasonKey = (community: string): Item => ({ community: { S: community }, part: { S: "season" } });

const numberValue = (value: number) => ({ N: String(value) });

/**
 * By hand: the function that plans has no room for the 4 KB of `marshall`, which nothing else in it needs.
 */
function seasonItem(community: string, season: Season): Item {
  const groupOf = Uint16Array.from(season.rounds.flatMap((round) => [...round]));
  return {
    ...seasonKey(community),
    firstRound: numberValue(season.firstRound),
    rounds: numberValue(season.rounds.length),
    plannedAtMs: numberValue(season.plannedAtMs),
    settings: { S: JSON.stringify(season.settings) },
    quality: { S: JSON.stringify(season.quality) },
    rows: { B: bytesOf(season.rows) },
    groupOf: { B: bytesOf(groupOf) },
    withdrawn: { L: season.withdrawn.map(numberValue) },
  };
}

function readSeasonItem(item: Item): Season {
  const rows = new Uint32Array(new Uint8Array(item.rows.B!).buffer);
  const groupOf = new Uint16Array(new Uint8Array(item.groupOf.B!).buffer);
  const roundAt = (at: number) => Int32Array.from(groupOf.subarray(at * rows.length, (at + 1) * rows.length));
  return {
    firstRound: Number(item.firstRound.N),
    plannedAtMs: Number(item.plannedAtMs.N),
    settings: JSON.parse(item.settings.S!),
    quality: JSON.parse(item.quality.S!),
    rows,
    rounds: Array.from({ length: Number(item.rounds.N) }, (_, at) => roundAt(at)),
    withdrawn: (item.withdrawn?.L ?? []).map(({ N }) => Number(N)),
  };
}

/** The season that was planned last, which may be over by now. */
export async function readSeason(community: string): Promise<Season | null> {
  const answer = await dynamodb.send(
    new GetItemCommand({
      TableName: names.roundsTable,
      Key: seasonKey(community),
      ConsistentRead: true,
    }),
  );
  return answer.Item ? readSeasonItem(answer.Item) : null;
}

/** Stores a season in place of the one before, unless its first round is published by now. */
export function storeSeason(community: string, season: Season): Promise<TransactionOutcome> {
  return transactPatiently([
    {
      Update: {
        TableName: names.modelTable,
        Key: headKey(community),
        UpdateExpression: "ADD rosterVersion :one",
        ConditionExpression: "round = :round",
        ExpressionAttributeValues: { ":one": { N: "1" }, ":round": { N: String(season.firstRound) } },
      },
    },
    { Put: { TableName: names.roundsTable, Item: seasonItem(community, season) } },
  ]);
}

/** What gives the round of a season back that is withdrawn, if the season is still the one that was read. */
export function seasonRoundBack(community: string, season: Season, round: number): TransactWriteItem {
  return {
    Update: {
      TableName: names.roundsTable,
      Key: seasonKey(community),
      UpdateExpression: "SET withdrawn = list_append(if_not_exists(withdrawn, :none), :rounds)",
      ConditionExpression: "plannedAtMs = :planned AND firstRound = :first",
      ExpressionAttributeValues: {
        ":none": { L: [] },
        ":rounds": { L: [{ N: String(round) }] },
        ":planned": { N: String(season.plannedAtMs) },
        ":first": { N: String(season.firstRound) },
      },
    },
  };
}

/** Ends the season; the outcome `condition` means that there is none. */
export function deleteSeason(community: string): Promise<TransactionOutcome> {
  const ConditionExpression = "attribute_exists(part)";
  return transactPatiently([
    { Delete: { TableName: names.roundsTable, Key: seasonKey(community), ConditionExpression } },
    { Update: versionStep(community, "rosterVersion") },
  ]);
}
