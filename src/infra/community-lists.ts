/**
 * Lists over communities: all of them, and those where somebody has an item. Both come from indexes, which lag by some
 * milliseconds; the heads that are read after them tell which communities are still there.
 */
import { QueryCommand, type QueryCommandInput } from "@aws-sdk/client-dynamodb";
import { dynamodb, names } from "./aws.ts";
import { HEAD_PART, type Head, headKey, type Item, readHeadItem } from "./head-store.ts";
import { readByKeys } from "./item-reads.ts";
import { memberKey } from "./member-store.ts";
import { type Page, type Relation, readRelation } from "./person-store.ts";

export interface Place extends Relation {
  head: Head;
}

async function queryPage(query: QueryCommandInput): Promise<Page<Item>> {
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(new QueryCommand(query));
  return { values: Items, next: LastEvaluatedKey?.community.S };
}

/** The heads of some communities, in the order of their names; of those that are gone there is none. */
async function readHeads(communities: readonly string[]): Promise<Head[]> {
  const items = await readByKeys(names.modelTable, communities.map(headKey), { ConsistentRead: true });
  const heads = items.flatMap((item) => readHeadItem(item) ?? []);
  return heads.sort((a, b) => (a.community < b.community ? -1 : 1));
}

/** All communities, by name. */
export async function readCommunities(after: string | undefined, countMax: number): Promise<Page<Head>> {
  const { values, next } = await queryPage({
    TableName: names.modelTable,
    IndexName: "part",
    KeyConditionExpression: "part = :head",
    ExpressionAttributeValues: { ":head": { S: HEAD_PART } },
    ExclusiveStartKey: after === undefined ? undefined : headKey(after),
    Limit: countMax,
  });
  return { values: await readHeads(values.map(({ community }) => community.S!)), next };
}

/** Where somebody is a member, awaits approval, is banned or is an operator, by the communities' names. */
export async function readPlaces(
  userId: string,
  after: string | undefined,
  countMax: number,
): Promise<Page<Place>> {
  const { values, next } = await queryPage({
    TableName: names.membersTable,
    IndexName: "user",
    KeyConditionExpression: "userId = :user",
    ExpressionAttributeValues: { ":user": { S: userId } },
    ExclusiveStartKey: after === undefined ? undefined : memberKey(after, userId),
    Limit: countMax,
  });
  const relations = new Map(values.map((item) => [item.community.S!, readRelation(item)]));
  const heads = await readHeads([...relations.keys()]);
  return { values: heads.map((head) => ({ head, ...relations.get(head.community)! })), next };
}
