/**
 * The queries that several stores make, and the loops around reads of many items: a query answers 1 MB a
 * page, a batch as many of its keys as there is capacity for.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type KeysAndAttributes,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/client-dynamodb";
import { dynamodb } from "./aws.ts";
import { retry } from "./retry.ts";

type Item = Record<string, AttributeValue>;

/** The query of a community's items from one part to another, both included. */
export const partsBetween = (TableName: string, community: string, first: string, last: string) => ({
  TableName,
  ConsistentRead: true,
  KeyConditionExpression: "community = :community AND part BETWEEN :first AND :last",
  ExpressionAttributeValues: { ":community": { S: community }, ":first": { S: first }, ":last": { S: last } },
});

/** The query of a community's items whose part begins so. */
export const partsFrom = (TableName: string, community: string, prefix: string) => ({
  TableName,
  ConsistentRead: true,
  KeyConditionExpression: "community = :community AND begins_with(part, :prefix)",
  ExpressionAttributeValues: { ":community": { S: community }, ":prefix": { S: prefix } },
});

/**
 * The items of a table's sparse index that are due, the longest due first; of more than a page (1 MB) the
 * first.
 */
export async function readDueItems(TableName: string, due: AttributeValue, nowMs: number): Promise<Item[]> {
  const query = new QueryCommand({
    TableName,
    IndexName: "due",
    KeyConditionExpression: "due = :due AND dueAtMs <= :now",
    ExpressionAttributeValues: { ":due": due, ":now": { N: String(nowMs) } },
  });
  return (await dynamodb.send(query)).Items ?? [];
}

/** The pages of a query, each read when it is asked for. */
export async function* queryPages(query: QueryCommandInput): AsyncGenerator<Item[]> {
  let { ExclusiveStartKey } = query;
  do {
    const page = await dynamodb.send(new QueryCommand({ ...query, ExclusiveStartKey }));
    yield page.Items ?? [];
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
}

/** All that a query finds, each item as `read` makes it. */
export async function queryAll<Value>(
  query: QueryCommandInput,
  read: (item: Item) => Value,
): Promise<Value[]> {
  const values: Value[] = [];
  for await (const items of queryPages(query)) for (const item of items) values.push(read(item));
  return values;
}

/**
 * Reads up to 100 items by their keys. What DynamoDB leaves unprocessed is asked for again after a pause: at once it would
 * most likely be throttled again. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
export async function readItems(wanted: Record<string, KeysAndAttributes>): Promise<Record<string, Item[]>> {
  const found: Record<string, Item[]> = {};
  let RequestItems = wanted;
  const done = await retry(async () => {
    const answer = await dynamodb.send(new BatchGetItemCommand({ RequestItems }));
    for (const [table, items] of Object.entries(answer.Responses ?? {}))
      found[table] = [...(found[table] ?? []), ...items];
    RequestItems = answer.UnprocessedKeys ?? {};
    return Object.keys(RequestItems).length === 0 ? found : null;
  });
  if (!done) throw new Error("DynamoDB had no capacity left for a batch of reads");
  return done;
}

/** BatchGetItem takes 100 keys. */
const KEYS_PER_REQUEST_MAX = 100;

/** The items of a table that are there under some keys, however many, in no order. */
export async function readByKeys(
  table: string,
  keys: readonly Item[],
  how: Omit<KeysAndAttributes, "Keys">,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let at = 0; at < keys.length; at += KEYS_PER_REQUEST_MAX) {
    const Keys = keys.slice(at, at + KEYS_PER_REQUEST_MAX);
    items.push(...((await readItems({ [table]: { Keys, ...how } }))[table] ?? []));
  }
  return items;
}
