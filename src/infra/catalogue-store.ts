/**
 * The catalogue: what operators tell of content items, an item each, under its itemId. Each change of a community's catalogue has
 * a number, one up each, which stands with what it changed; an index by that number is how a warm instance reads what it does
 * not know yet. The model has no part in it: what is told of an item moves neither versions nor drafts.
 */
import { GetItemCommand, QueryCommand, type TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { type Catalogue, type CatalogueItem, catalogueItem } from "../domain/learning/catalogue.ts";
import { TRANSACTION_ITEMS_MAX } from "../domain/limits.ts";
import type { ItemMetadata } from "../domain/messages/item.ts";
import { dynamodb, names } from "./aws.ts";
import { directoryKey, givenRows } from "./directory-store.ts";
import type { Head, Item } from "./head-store.ts";
import { queryPages, readItems } from "./item-reads.ts";
import { itemOf } from "./item-writes.ts";
import type { Page } from "./person-store.ts";
import { type TransactionOutcome, transact } from "./transaction.ts";

export interface CatalogueEntry {
  itemId: string;
  row: number;
  metadata: ItemMetadata;
}

/** Where the number of the last change stands: before all itemIds, which begin with a letter or a digit. */
const LAST_CHANGE = "#";

const catalogueKey = (community: string, itemId: string): Item => ({
  community: { S: community },
  itemId: { S: itemId },
});

function readEntryItem(item: Item): CatalogueEntry {
  return { itemId: item.itemId.S!, row: Number(item.row.N), metadata: JSON.parse(item.metadata.S!) };
}

export async function readEntry(community: string, itemId: string): Promise<CatalogueEntry | null> {
  const Key = catalogueKey(community, itemId);
  const answer = await dynamodb.send(
    new GetItemCommand({ TableName: names.catalogueTable, Key, ConsistentRead: true }),
  );
  return answer.Item ? readEntryItem(answer.Item) : null;
}

/** Up to `limit` items behind an itemId, by itemId. */
export async function readEntries(
  community: string,
  after: string | undefined,
  limit: number,
): Promise<Page<CatalogueEntry>> {
  const from = after !== undefined && after > LAST_CHANGE ? after : LAST_CHANGE;
  const query = new QueryCommand({
    TableName: names.catalogueTable,
    ConsistentRead: true,
    KeyConditionExpression: "community = :community AND itemId > :after",
    ExpressionAttributeValues: { ":community": { S: community }, ":after": { S: from } },
    Limit: limit + 1,
  });
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(query);
  // A page ends at 1 MB too, where items are at their largest.
  const hasMore = Items.length > limit || (LastEvaluatedKey !== undefined && Items.length < limit + 1);
  const values = Items.slice(0, limit).map(readEntryItem);
  return hasMore ? { values, next: values.at(-1)?.itemId } : { values };
}

/** Items as they are before a change, those that are there, and the number of the last change. */
export interface CatalogueState {
  entries: Map<string, CatalogueEntry>;
  lastChange: number;
}

/** A transaction takes the head, the number of the last change, and two writes for each item. */
export const CHANGES_MAX = Math.floor((TRANSACTION_ITEMS_MAX - 2) / 2);

/** The state of up to `CHANGES_MAX` items. */
export async function readState(community: string, itemIds: readonly string[]): Promise<CatalogueState> {
  const Keys = [...itemIds, LAST_CHANGE].map((itemId) => catalogueKey(community, itemId));
  const found = await readItems({ [names.catalogueTable]: { Keys, ConsistentRead: true } });
  const items = found[names.catalogueTable] ?? [];
  const counter = items.find((item) => item.itemId.S === LAST_CHANGE);
  const entries = items.filter((item) => item !== counter).map(readEntryItem);
  return {
    entries: new Map(entries.map((entry) => [entry.itemId, entry])),
    lastChange: Number(counter?.lastChange.N ?? 0),
  };
}

/** The writes of changes that are numbered next, if the catalogue has not changed since `lastChange`. */
function changesOf(community: string, entries: readonly CatalogueEntry[], lastChange: number) {
  const { catalogueTable: TableName } = names;
  const Items = entries.map(({ itemId, row, metadata }, n) =>
    itemOf({ community, itemId, row, change: lastChange + 1 + n, metadata: JSON.stringify(metadata) }),
  );
  const step: TransactWriteItem = {
    Update: {
      TableName,
      Key: catalogueKey(community, LAST_CHANGE),
      UpdateExpression: "SET lastChange = :next",
      ConditionExpression: lastChange === 0 ? "attribute_not_exists(lastChange)" : "lastChange = :last",
      ExpressionAttributeValues: {
        ":next": { N: String(lastChange + entries.length) },
        ...(lastChange === 0 ? {} : { ":last": { N: String(lastChange) } }),
      },
    },
  };
  return { step, Items };
}

/** What is told of items that are not there yet. */
export type NewItem = Pick<CatalogueEntry, "itemId" | "metadata">;

/**
 * Adds content items at the rows from `head.rowCount` on, unless another row was given first, or the model or
 * the catalogue moved.
 */
export function addItems(
  head: Head,
  added: readonly NewItem[],
  lastChange: number,
): Promise<TransactionOutcome> {
  const entries = added.map((item, n) => ({ ...item, row: head.rowCount + n }));
  const { step, Items } = changesOf(head.community, entries, lastChange);
  const ConditionExpression = "attribute_not_exists(itemId)";
  const puts = Items.map((Item) => ({
    Put: { TableName: names.catalogueTable, Item, ConditionExpression },
  }));
  const itemIds = entries.map(({ itemId }) => itemId);
  return transact([...givenRows(head, itemIds, "content"), step, ...puts]);
}

/** Replaces what is told of items, unless one is another by now or the catalogue moved. */
export function replaceMetadata(
  community: string,
  entries: readonly CatalogueEntry[],
  lastChange: number,
): Promise<TransactionOutcome> {
  const { step, Items } = changesOf(community, entries, lastChange);
  const puts = Items.map((Item, n) => ({
    Put: { TableName: names.catalogueTable, Item, ...ofRow(entries[n]) },
  }));
  return transact([step, ...puts]);
}

const ofRow = ({ row }: CatalogueEntry) => ({
  ConditionExpression: "#row = :row",
  ExpressionAttributeNames: { "#row": "row" },
  ExpressionAttributeValues: { ":row": { N: String(row) } },
});

/** What joins the commit that erases an item's row. It is no change that has to be read: the row of zeros tells as much. */
export function itemRemoval(community: string, entry: CatalogueEntry): TransactWriteItem[] {
  const Key = catalogueKey(community, entry.itemId);
  return [
    { Delete: { TableName: names.catalogueTable, Key, ...ofRow(entry) } },
    { Delete: { TableName: names.itemsTable, Key: directoryKey(community, entry.row) } },
  ];
}

interface KnownCatalogue {
  createdAtMs: number;
  lastChange: number;
  items: Map<number, CatalogueItem>;
}

/** Communities whose catalogue an instance keeps: 25,000 items are some 15 MB. */
const COMMUNITIES_IN_MEMORY_MAX = 10;
const known = new Map<string, KnownCatalogue>();

/** The catalogue from memory, and what has changed since. Items that were deleted are still in it; their rows are nobody's. */
export async function knownCatalogue({ community, createdAtMs }: Head): Promise<Catalogue> {
  let catalogue = known.get(community);
  if (catalogue?.createdAtMs !== createdAtMs) {
    if (known.size >= COMMUNITIES_IN_MEMORY_MAX) known.clear();
    catalogue = { createdAtMs, lastChange: 0, items: new Map() };
    known.set(community, catalogue);
  }
  const changes = queryPages({
    TableName: names.catalogueTable,
    IndexName: "changes",
    ConsistentRead: true,
    KeyConditionExpression: "community = :community AND #change > :known",
    ExpressionAttributeNames: { "#change": "change" },
    ExpressionAttributeValues: {
      ":community": { S: community },
      ":known": { N: String(catalogue.lastChange) },
    },
  });
  for await (const page of changes) {
    for (const item of page) {
      const { row, metadata } = readEntryItem(item);
      catalogue.items.set(row, catalogueItem(metadata));
      catalogue.lastChange = Math.max(catalogue.lastChange, Number(item.change.N));
    }
  }
  return catalogue.items;
}
