/**
 * Sums and their pages. A page is what one batch added to the open sum: an item with the judged ids and their senders' tags,
 * and an object with the gradients that may count. The sum's item counts its pages, so that of two pages at once one is
 * redone; a sparse index holds when each sum that has pages and is not committed is due.
 */
import { randomBytes } from "node:crypto";
import {
  type AttributeValue,
  GetItemCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { COMMIT_LOG_RETENTION_MS } from "../domain/limits.ts";
import { readUuid, writeUuid } from "../domain/messages/uuid-v7.ts";
import { REJECTIONS } from "../domain/model/judging.ts";
import type { SumEntry } from "../domain/model/sum.ts";
import type { SumTerms } from "../domain/secure/terms.ts";
import { dynamodb, names } from "./aws.ts";
import { type Head, headKey, type Item, succeeds } from "./head-store.ts";
import { partsBetween, queryAll, readDueItems } from "./item-reads.ts";
import { itemOf } from "./item-writes.ts";
import { type TransactionOutcome, transact } from "./transaction.ts";

export interface Sum {
  number: number;
  state: "open" | "sealed" | "committed" | "void";
  pageCount: number;
  firstPageAtMs: number;
  /** When it is to be looked at, if nothing comes before. */
  dueAtMs: number;
  /** Once it is sealed: whether it counts, and the senders and the gradients of each that its commit keeps to. */
  sealed?: { isVoid: boolean; needed: number; gradientsPerSumMax: number | null };
  /** What its reports have in common; undefined where it has none. */
  terms?: SumTerms;
}

export interface Page {
  sum: number;
  number: number;
  entries: SumEntry[];
  /** Of the object with the gradients that were not rejected, in the order of the entries; missing where there are none. */
  objectKey?: string;
}

/** What the sparse index is partitioned by. */
const DUE: AttributeValue = { S: "sum" };
const digits = (value: number, count: number): string => String(value).padStart(count, "0");
const numberOf = (value: number): AttributeValue => ({ N: String(value) });
const expiry = (nowMs: number): AttributeValue =>
  numberOf(Math.ceil((nowMs + COMMIT_LOG_RETENTION_MS) / 1000));

const sumKey = (community: string, sum: number): Item => ({
  community: { S: community },
  part: { S: `sum#${digits(sum, 12)}` },
});
const pagePart = (sum: number, page: number | "last"): string =>
  `page#${digits(sum, 12)}#${page === "last" ? "~" : digits(page, 5)}`;

/** Where a community's pages stand. */
export const pagePrefix = (community: string): string => `${community}/pages/`;

export function newPageKey(community: string, sum: number): string {
  return `${pagePrefix(community)}${digits(sum, 12)}-${randomBytes(8).toString("hex")}`;
}

/**
 * Of an entry: 16 bytes of id, 16 of tag, u32 bytes in the object, u8 reason + 1, and for a report IS_REPORT
 * more.
 */
const ENTRY_BYTES = 37;
const IS_REPORT = 128;

function encodeEntries(entries: readonly SumEntry[]): Uint8Array {
  const bytes = Buffer.alloc(entries.length * ENTRY_BYTES);
  entries.forEach((entry, n) => {
    const at = n * ENTRY_BYTES;
    writeUuid(entry.id, bytes, at);
    bytes.write(entry.senderTag, at + 16, "hex");
    bytes.writeUInt32LE(entry.bytes, at + 32);
    const reason = entry.rejection === null ? 0 : REJECTIONS.indexOf(entry.rejection) + 1;
    bytes[at + 36] = reason + (entry.isReport ? IS_REPORT : 0);
  });
  return bytes;
}

function decodeEntries(stored: Uint8Array): SumEntry[] {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  return Array.from({ length: bytes.length / ENTRY_BYTES }, (_, n) => {
    const at = n * ENTRY_BYTES;
    const reason = bytes[at + 36] % IS_REPORT;
    return {
      id: readUuid(bytes, at),
      senderTag: bytes.toString("hex", at + 16, at + 32),
      bytes: bytes.readUInt32LE(at + 32),
      rejection: reason === 0 ? null : REJECTIONS[reason - 1],
      ...(bytes[at + 36] >= IS_REPORT ? { isReport: true } : {}),
    };
  });
}

function sumItem(community: string, sum: Sum, nowMs: number): Item {
  const { sealed } = sum;
  const { state, pageCount, firstPageAtMs, dueAtMs } = sum;
  return {
    ...sumKey(community, sum.number),
    ...itemOf({ state, pageCount, firstPageAtMs, dueAtMs }),
    ...(sum.terms ? { terms: { S: JSON.stringify(sum.terms) } } : {}),
    ...(sealed ? itemOf({ ...sealed, gradientsPerSumMax: JSON.stringify(sealed.gradientsPerSumMax) }) : {}),
    due: DUE,
    expiresAt: expiry(nowMs),
  };
}

function readSumItem(item: Item): Sum {
  return {
    number: Number(item.part.S!.split("#")[1]),
    state: item.state.S as Sum["state"],
    pageCount: Number(item.pageCount.N),
    firstPageAtMs: Number(item.firstPageAtMs.N),
    dueAtMs: Number(item.dueAtMs?.N ?? 0),
    ...(item.terms ? { terms: JSON.parse(item.terms.S!) } : {}),
    sealed: item.isVoid && {
      isVoid: item.isVoid.BOOL!,
      needed: Number(item.needed.N),
      gradientsPerSumMax: JSON.parse(item.gradientsPerSumMax.S!),
    },
  };
}

/** A sum, or null where it has no page yet and is not sealed. */
export async function readSum(community: string, number: number): Promise<Sum | null> {
  const Key = sumKey(community, number);
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: names.sumsTable, Key, ConsistentRead: true }),
  );
  return Item ? readSumItem(Item) : null;
}

/** All pages of the sums from `firstSum` on, as far as they have been read. */
interface KnownPages {
  createdAtMs: number;
  firstSum: number;
  pages: Page[];
}

const COMMUNITIES_IN_MEMORY_MAX = 100;
const known = new Map<string, KnownPages>();

function readPageItem(item: Item): Page {
  const [, sum, number] = item.part.S!.split("#").map(Number);
  return { sum, number, entries: decodeEntries(item.entries.B!), objectKey: item.objectKey?.S };
}

const partOf = (page: Page): string => pagePart(page.sum, page.number);

/**
 * The pages of the sums that are not committed, oldest first. Pages are only ever added behind the last one (a sum's in
 * their order, and the next sum's after it is sealed), so an instance reads those behind the last that it knows.
 */
export async function readWaitingPages(head: Head): Promise<Page[]> {
  const { community, createdAtMs, openSum } = head;
  const firstSum = head.committedSum + 1;
  const kept = known.get(community);
  // Somebody at the same time may have read a later head, and have forgotten sums that this one still waits for.
  const isOfUse = kept?.createdAtMs === createdAtMs && kept.firstSum <= firstSum;
  const pages = isOfUse ? kept.pages.filter(({ sum }) => sum >= firstSum && sum <= openSum) : [];
  const last = pages.at(-1);
  const query = {
    ...partsBetween(names.sumsTable, community, pagePart(firstSum, 0), pagePart(openSum, "last")),
    ExclusiveStartKey: last && { community: { S: community }, part: { S: partOf(last) } },
  };
  pages.push(...(await queryAll(query, readPageItem)));
  if (known.size >= COMMUNITIES_IN_MEMORY_MAX) known.clear();
  known.set(community, { createdAtMs, firstSum, pages });
  return pages;
}

/** What a write of the open sum asks: that it still is as it was read; null where it had no item. */
function asRead(before: Sum | null) {
  if (!before) return { ConditionExpression: "attribute_not_exists(part)" };
  return {
    ConditionExpression: "#state = :open AND pageCount = :pages",
    ExpressionAttributeNames: { "#state": "state" },
    ExpressionAttributeValues: { ":open": { S: "open" }, ":pages": numberOf(before.pageCount) } as Item,
  };
}

/** The write of a sum that is open as `before` says; null: it has no item. */
export function sumPut(community: string, before: Sum | null, sum: Sum, nowMs: number): TransactWriteItem {
  const Item = sumItem(community, sum, nowMs);
  return { Put: { TableName: names.sumsTable, Item, ...asRead(before) } };
}

/** Writes a change of the open sum, its new page if there is one, and, where that seals it, opens the next one in the head. */
export function writeOpenSum(
  { community, openSum }: Head,
  before: Sum | null,
  sum: Sum,
  page: Page | null,
  nowMs: number,
): Promise<TransactionOutcome> {
  const items = [sumPut(community, before, sum, nowMs)];
  if (page) {
    const Item: Item = {
      community: { S: community },
      part: { S: partOf(page) },
      entries: { B: encodeEntries(page.entries) },
      ...(page.objectKey ? { objectKey: { S: page.objectKey } } : {}),
      expiresAt: expiry(nowMs),
    };
    items.push({
      Put: { TableName: names.sumsTable, Item, ConditionExpression: "attribute_not_exists(part)" },
    });
  }
  if (sum.state === "sealed") {
    const Update = {
      TableName: names.modelTable,
      Key: headKey(community),
      UpdateExpression: "SET openSum = :next",
      ConditionExpression: "openSum = :open",
      ExpressionAttributeValues: { ":open": numberOf(openSum), ":next": numberOf(openSum + 1) } as Item,
    };
    items.push({ Update });
  }
  return transact(items);
}

/** What a sealed sum's item becomes with its commit, for that transaction. */
export function sumEnd(community: string, number: number, state: "committed" | "void"): TransactWriteItem {
  return {
    Update: {
      TableName: names.sumsTable,
      Key: sumKey(community, number),
      UpdateExpression: "SET #state = :end REMOVE due, dueAtMs",
      ConditionExpression: "#state = :sealed",
      ExpressionAttributeNames: { "#state": "state" },
      ExpressionAttributeValues: { ":sealed": { S: "sealed" }, ":end": { S: state } },
    },
  };
}

/** Moves the time at which an open sum is due; tells whether it was still as read. */
export function postponeSum(community: string, sum: Sum, dueAtMs: number): Promise<boolean> {
  const { ExpressionAttributeValues, ...condition } = asRead(sum);
  const update = new UpdateItemCommand({
    TableName: names.sumsTable,
    Key: sumKey(community, sum.number),
    UpdateExpression: "SET dueAtMs = :due",
    ...condition,
    ExpressionAttributeValues: { ...ExpressionAttributeValues, ":due": numberOf(dueAtMs) },
  });
  return succeeds(dynamodb.send(update));
}

/** The communities with a sum that is due, the longest due first; of more than a page (1 MB) the first. */
export async function readDueSums(nowMs: number): Promise<string[]> {
  const items = await readDueItems(names.sumsTable, DUE, nowMs);
  return [...new Set(items.map((item) => item.community.S!))];
}
