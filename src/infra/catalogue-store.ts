/**
 * The catalogue: what operators tell of content items, an item each, under its itemId. Each change of a community's catalogue has
 * a number, one up each, which stands with what it changed; an index by that number is how a warm instance reads what it does
 * not know yet. The model has no part in it: what is told of an item moves neither versions nor drafts.
 */
import { GetItemCommand, QueryCommand, type TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { type Catalogue, type CatalogueItem, catalogueItem } from "../domain/learning/catalogue.ts";
import type { ItemMetadata } from "../domain/messages/item.ts";
import { dynamodb, names } from "./aws.ts";
import { directoryKey, givenRow } from "./directory-store.ts";
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

/** An item as it is before a change, and the number of the last change. */
export interface CatalogueState {
  entry: CatalogueEntry | null;
  lastChange: number;
}

export async function readState(community: string, itemId: string): Promise<CatalogueState> {
  const Keys = [catalogueKey(community, itemId), catalogueKey(community, LAST_CHANGE)];
  const found = await readItems({ [names.catalogueTable]: { Keys, ConsistentRead: true } });
  const items = found[names.catalogueTable] ?? [];
  const entry = items.find((item) => item.itemId.S === itemId);
  const counter = items.find((item) => item.itemId.S === LAST_CHANGE);
  return { entry: entry ? readEntryItem(entry) : null, lastChange: Number(counter?.lastChange.N ?? 0) };
}

/** The writes of a change that is numbered next, if the catalogue has not changed since `lastChange`. */
function changeOf(community: string, { itemId, row, metadata }: CatalogueEntry, lastChange: number) {
  const { catalogueTable: TableName } = names;
  const Item = itemOf({ community, itemId, row, change: lastChange + 1, metadata: JSON.stringify(metadata) });
  const step: TransactWriteItem = {
    Update: {
      TableName,
      Key: catalogueKey(community, LAST_CHANGE),
      UpdateExpression: "SET lastChange = :next",
      ConditionExpression: lastChange === 0 ? "attribute_not_exists(lastChange)" : "lastChange = :last",
      ExpressionAttributeValues: {
        ":next": { N: String(lastChange + 1) },
        ...(lastChange === 0 ? {} : { ":last": { N: String(lastChange) } }),
      },
    },
  };
  return { step, Item };
}

/** Adds a content item at row `head.rowCount`, unless another row was given first, or the model or the catalogue moved. */
export function addItem(head: Head, entry: CatalogueEntry, lastChange: number): Promise<TransactionOutcome> {
  const { step, Item } = changeOf(head.community, entry, lastChange);
  const ConditionExpression = "attribute_not_exists(itemId)";
  const Put = { TableName: names.catalogueTable, Item, ConditionExpression };
  return transact([...givenRow(head, entry.itemId, "content"), step, { Put }]);
}

/** Replaces what is told of an item, unless the item is another by now or the catalogue moved. */
export function replaceMetadata(
  community: string,
  entry: CatalogueEntry,
  lastChange: number,
): Promise<TransactionOutcome> {
  const { step, Item } = changeOf(community, entry, lastChange);
  return transact([step, { Put: { TableName: names.catalogueTable, Item, ...ofRow(entry) } }]);
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
