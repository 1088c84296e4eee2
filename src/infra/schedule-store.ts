/**
 * When the rounds of communities are due. The time stands with the head, so that the transaction that publishes moves it on;
 * a sparse index over the heads that have one finds those whose time has come. The index lags: it says only where to look.
 */
import { QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { dynamodb, names } from "./aws.ts";
import { DUE, headKey, type Item, succeeds } from "./head-store.ts";
import { queryAll } from "./item-reads.ts";

const DUE_INDEX = "due";

/** From a due time on to the next. A time that has passed never comes back, so of many who take a step one does. */
export interface ScheduleStep {
  dueMs: number;
  nextMs: number;
}

/** What a step adds to an update of the head; it holds only while the head is at `dueMs`. */
export const SCHEDULE_STEP = {
  set: "nextRoundAtMs = :nextRound",
  condition: "nextRoundAtMs = :dueRound",
  values: ({ dueMs, nextMs }: ScheduleStep): Item => ({
    ":dueRound": { N: String(dueMs) },
    ":nextRound": { N: String(nextMs) },
  }),
};

/** The communities whose next round is due, the longest due first; of more than a page (1 MB, some ten thousand) the first. */
export async function readDueCommunities(nowMs: number): Promise<string[]> {
  const query = new QueryCommand({
    TableName: names.modelTable,
    IndexName: DUE_INDEX,
    KeyConditionExpression: "due = :due AND nextRoundAtMs <= :now",
    ExpressionAttributeValues: { ":due": DUE, ":now": { N: String(nowMs) } },
  });
  const { Items = [] } = await dynamodb.send(query);
  return Items.map((item) => item.community.S!);
}

/** The communities with a round that is due after `fromMs`, and until `toMs`. */
export async function readComingRounds(
  fromMs: number,
  toMs: number,
): Promise<{ community: string; dueMs: number }[]> {
  const query = {
    TableName: names.modelTable,
    IndexName: DUE_INDEX,
    KeyConditionExpression: "due = :due AND nextRoundAtMs BETWEEN :from AND :to",
    ExpressionAttributeValues: {
      ":due": DUE,
      ":from": { N: String(fromMs + 1) },
      ":to": { N: String(toMs) },
    },
  };
  return queryAll(query, (item) => ({
    community: item.community.S!,
    dueMs: Number(item.nextRoundAtMs.N),
  }));
}

/** Lets a due time pass without a round; tells whether it was still due. */
export function skipRound(community: string, step: ScheduleStep): Promise<boolean> {
  const update = new UpdateItemCommand({
    TableName: names.modelTable,
    Key: headKey(community),
    UpdateExpression: `SET ${SCHEDULE_STEP.set}`,
    ConditionExpression: SCHEDULE_STEP.condition,
    ExpressionAttributeValues: SCHEDULE_STEP.values(step),
  });
  return succeeds(dynamodb.send(update));
}
