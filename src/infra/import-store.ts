/**
 * Imports, an item each beside the sums of their community: what is asked for, and how far it is. An import
 * that has not ended stands in the sparse index of what is due. Whoever works on it holds a lease, which is
 * the time at which it is due again: each step is noted on the condition that the lease is still theirs, so a
 * step counts once.
 */
import { randomBytes } from "node:crypto";
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { Training } from "../domain/learning/training.ts";
import { IMPORT_LEASE_MS, IMPORT_RETENTION_MS, IMPORT_UPLOAD_SECONDS } from "../domain/limits.ts";
import type { ImportKind } from "../domain/messages/import-messages.ts";
import { createUuidV7 } from "../domain/messages/uuid-v7.ts";
import { dynamodb, names } from "./aws.ts";
import { type Item, succeeds } from "./head-store.ts";
import { partsFrom, readDueItems } from "./item-reads.ts";
import { deleteObject, getRange, headObject, uploadAddress } from "./object-store.ts";
import type { Page } from "./person-store.ts";

export interface Rejection {
  /** Where the line begins; the heading is line 1. */
  line: number;
  reason: string;
}

/** How far a pass over the file is. */
export interface Progress {
  /** Bytes that are done: the next line begins there. */
  position: number;
  /** Lines of the file that are done, by which the next one is numbered. */
  lines: number;
  /** Of the lines below the heading, empty ones apart: those that are right. */
  accepted: number;
  rejected: number;
  /** The first of those that are wrong. */
  rejections: Rejection[];
  /** Rows that accepted lines have taken, or in a check would take. */
  newRows: number;
}

export interface Import {
  community: string;
  /** UUIDv7, so that imports stand in the order in which they were asked for. */
  id: string;
  kind: ImportKind;
  isAllOrNothing: boolean;
  createdAtMs: number;
  status: "uploading" | "running" | "finished" | "failed" | "expired";
  step: "upload" | "check" | "load" | "train" | "clean" | "end";
  /** Why it failed, from when that is known. */
  failure?: string;
  startedAtMs?: number;
  endedAtMs?: number;
  /** The file as it was found: which one it is, and its size. */
  file?: { etag: string; byteCount: number };
  /** The names of the file's columns, once they are read. */
  heading?: string[];
  progress: Progress;
  training?: Training;
}

export const NO_PROGRESS: Progress = {
  position: 0,
  lines: 0,
  accepted: 0,
  rejected: 0,
  rejections: [],
  newRows: 0,
};

const PREFIX = "import#";
/** What the sparse index is partitioned by. */
const DUE: AttributeValue = { S: "import" };

const importKey = (community: string, id: string): Item => ({
  community: { S: community },
  part: { S: PREFIX + id },
});

const numberOf = (value: number): AttributeValue => ({ N: String(value) });

/**
 * No community's name begins so. A rule of the bucket deletes these objects after a week, whatever else
 * happens.
 */
export const uploadsPrefix = (community: string): string => `_imports/${community}/`;
const uploadKey = ({ community, id }: Pick<Import, "community" | "id">) => uploadsPrefix(community) + id;

function stateOf({ community, id, ...state }: Import): AttributeValue {
  return { S: JSON.stringify(state) };
}

function readImportItem({ community, part, state }: Item): Import {
  return { community: community.S!, id: part.S!.slice(PREFIX.length), ...JSON.parse(state.S!) };
}

/** Notes an import that is asked for, and answers it with the address that takes its file. */
export async function addImport(
  community: string,
  { kind, isAllOrNothing }: Pick<Import, "kind" | "isAllOrNothing">,
  nowMs: number,
) {
  const one: Import = {
    ...{ community, id: createUuidV7(nowMs, Math.random), kind, isAllOrNothing, createdAtMs: nowMs },
    ...{ status: "uploading", step: "upload", progress: NO_PROGRESS },
  };
  const Item: Item = {
    ...importKey(community, one.id),
    due: DUE,
    dueAtMs: numberOf(nowMs),
    state: stateOf(one),
    expiresAt: numberOf(Math.ceil((nowMs + IMPORT_RETENTION_MS) / 1000)),
  };
  await dynamodb.send(new PutItemCommand({ TableName: names.sumsTable, Item }));
  return { one, upload: await uploadAddress(uploadKey(one), IMPORT_UPLOAD_SECONDS) };
}

export async function readImport(community: string, id: string): Promise<Import | null> {
  const get = new GetItemCommand({
    TableName: names.sumsTable,
    Key: importKey(community, id),
    ConsistentRead: true,
  });
  const { Item } = await dynamodb.send(get);
  return Item ? readImportItem(Item) : null;
}

/** Up to `limit` imports of a community, the latest first, behind the id `before`. */
export async function readImports(
  community: string,
  before: string | undefined,
  limit: number,
): Promise<Page<Import>> {
  const query = new QueryCommand({
    ...partsFrom(names.sumsTable, community, PREFIX),
    ScanIndexForward: false,
    ExclusiveStartKey: before === undefined ? undefined : importKey(community, before),
    Limit: limit,
  });
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(query);
  return { values: Items.map(readImportItem), next: LastEvaluatedKey?.part.S?.slice(PREFIX.length) };
}

export interface DueImport {
  community: string;
  id: string;
}

/**
 * What is due of imports, in the order in which they were asked for; of more than a page (1 MB) the longest
 * due.
 */
export async function readDueImports(nowMs: number): Promise<DueImport[]> {
  const items = await readDueItems(names.sumsTable, DUE, nowMs);
  const due = items.map(({ community, part }) => ({
    community: community.S!,
    id: part.S!.slice(PREFIX.length),
  }));
  return due.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The right to work on an import, until it is due again. */
export interface Lease {
  one: Import;
  holder: string;
}

/**
 * Takes the lease of an import that is due; null where somebody else has it, or it has ended. `attempts`
 * counts the leases since a step was noted, this one included.
 */
export async function takeLease(
  { community, id }: DueImport,
  nowMs: number,
): Promise<(Lease & { attempts: number }) | null> {
  const holder = randomBytes(9).toString("base64url");
  const update = new UpdateItemCommand({
    TableName: names.sumsTable,
    Key: importKey(community, id),
    UpdateExpression: "SET holder = :holder, dueAtMs = :until ADD attempts :one",
    ConditionExpression: "dueAtMs <= :now",
    ExpressionAttributeValues: {
      ":holder": { S: holder },
      ":until": numberOf(nowMs + IMPORT_LEASE_MS),
      ":now": numberOf(nowMs),
      ":one": numberOf(1),
    },
    ReturnValues: "ALL_NEW",
  });
  let item: Item | undefined;
  const note = (answer: UpdateItemCommandOutput) => {
    item = answer.Attributes;
  };
  await succeeds(dynamodb.send(update).then(note));
  return item ? { one: readImportItem(item), holder, attempts: Number(item.attempts.N) } : null;
}

/**
 * Notes how far an import is; false where the lease is somebody else's by now, and nothing is noted. The
 * lease begins anew, or with `isDue` ends: what is left is for the next who comes.
 */
export function noteImport({ one, holder }: Lease, nowMs: number, isDue: boolean): Promise<boolean> {
  const hasEnded = one.step === "end";
  const update = new UpdateItemCommand({
    TableName: names.sumsTable,
    Key: importKey(one.community, one.id),
    UpdateExpression: `SET #state = :state${hasEnded ? " REMOVE due, dueAtMs, holder, attempts" : ", dueAtMs = :due REMOVE attempts"}`,
    ConditionExpression: "holder = :holder",
    ExpressionAttributeNames: { "#state": "state" },
    ExpressionAttributeValues: {
      ":state": stateOf(one),
      ":holder": { S: holder },
      ...(hasEnded ? {} : { ":due": numberOf(isDue ? nowMs : nowMs + IMPORT_LEASE_MS) }),
    },
  });
  return succeeds(dynamodb.send(update));
}

/** Forgets an import whose community is gone. */
export async function removeImport({ community, id }: DueImport): Promise<void> {
  const Key = importKey(community, id);
  await dynamodb.send(new DeleteItemCommand({ TableName: names.sumsTable, Key }));
}

/** The file that was uploaded, if one was. */
export function findFile(one: Import) {
  return headObject(uploadKey(one));
}

/** `byteCount` bytes of the file at most; null where it is gone, or is another by now. */
export async function readFilePiece(one: Import, from: number, byteCount: number) {
  const read = await getRange(uploadKey(one), from, byteCount);
  return read && read.etag === one.file!.etag ? read.body : null;
}

export function deleteFile(one: Import): Promise<void> {
  return deleteObject(uploadKey(one));
}
