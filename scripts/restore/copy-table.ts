// Makes one table hold what another holds. The table keeps its name, streams, indexes and settings, so everything that
// refers to it goes on as before.
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DescribeTableCommand,
  paginateScan,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { dynamodb } from "../../src/infra/aws.ts";
import { inParallel } from "../../src/infra/object-store.ts";
import { retry } from "../../src/infra/retry.ts";

type Item = Record<string, AttributeValue>;

/** BatchWriteItem takes 25. */
const WRITES_PER_REQUEST_MAX = 25;

async function writeBatch(table: string, writes: readonly WriteRequest[]): Promise<void> {
  let waiting = [...writes];
  const done = await retry(async () => {
    const answer = await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: waiting } }));
    waiting = answer.UnprocessedItems?.[table] ?? [];
    return waiting.length === 0 ? true : null;
  });
  if (!done) throw new Error(`DynamoDB had no capacity left for writes to ${table}`);
}

async function writeAll(table: string, writes: readonly WriteRequest[]): Promise<void> {
  const batches: WriteRequest[][] = [];
  for (let at = 0; at < writes.length; at += WRITES_PER_REQUEST_MAX)
    batches.push(writes.slice(at, at + WRITES_PER_REQUEST_MAX));
  await inParallel(batches, (batch) => writeBatch(table, batch));
}

async function readKeyNames(table: string): Promise<string[]> {
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: table }));
  return Table!.KeySchema!.map(({ AttributeName }) => AttributeName!);
}

/** All items of a table. */
export async function scanItems(table: string): Promise<Item[]> {
  const items: Item[] = [];
  const scan = { TableName: table, ConsistentRead: true };
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, scan)) items.push(...Items);
  return items;
}

export interface Copied {
  items: number;
  deleted: number;
}

/** Writes all items of `from` into `to`, then deletes what `to` has beyond them. It may be done again at any time. */
export async function copyTable(from: string, to: string): Promise<Copied> {
  const keyNames = await readKeyNames(to);
  const keyOf = (item: Item): Item => Object.fromEntries(keyNames.map((name) => [name, item[name]]));
  const kept = new Set<string>();
  for await (const { Items = [] } of paginateScan(
    { client: dynamodb },
    { TableName: from, ConsistentRead: true },
  )) {
    for (const item of Items) kept.add(JSON.stringify(keyOf(item)));
    await writeAll(
      to,
      Items.map((Item) => ({ PutRequest: { Item } })),
    );
  }
  let deleted = 0;
  const ExpressionAttributeNames = Object.fromEntries(keyNames.map((name, n) => [`#key${n}`, name]));
  const ProjectionExpression = Object.keys(ExpressionAttributeNames).join(", ");
  const scan = { TableName: to, ConsistentRead: true, ExpressionAttributeNames, ProjectionExpression };
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, scan)) {
    const keys = Items.map(keyOf).filter((key) => !kept.has(JSON.stringify(key)));
    await writeAll(
      to,
      keys.map((Key) => ({ DeleteRequest: { Key } })),
    );
    deleted += keys.length;
  }
  return { items: kept.size, deleted };
}
