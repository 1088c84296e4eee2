/**
 * Kept versions: which objects the matrix blocks of an earlier model were. As long as a version is kept, so
 * are they. A version is kept by the daily sweep, on demand, or by both; it goes when neither keeps it any
 * more, and never while readers are served it.
 *
 * No race between keeping and sweeping loses an object. A version is kept by a head that was read up to half
 * a minute before, and that named all its objects then. The sweep deletes only what it found unnamed a day
 * before. What no head names any more none ever names again, so these objects were found so after that read
 * at the earliest; a day later the version stands here, and the sweep reads it before it deletes.
 */
import { GetItemCommand, type TransactWriteItem, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { dynamodb, names } from "./aws.ts";
import { type Head, headKey, type Item, succeeds, VERSION_PREFIX, versionKey } from "./head-store.ts";
import { partsFrom, queryAll } from "./item-reads.ts";
import { decodeManifest, encodeManifest, type Manifest } from "./matrix-block-store.ts";
import { numberOf } from "./member-store.ts";
import { transactPatiently } from "./transaction.ts";

export interface KeptVersion {
  modelVersion: number;
  manifest: Manifest;
  /** When the daily sweep kept it; undefined where it did not, or lets it go by now. */
  keptAtMs?: number;
  /** When an operator kept it; undefined where none did, or has let it go. */
  heldAtMs?: number;
  /** As the operator calls it. */
  name?: string;
  /** Of the head by which rows of those who have left were last looked for in it. */
  removalVersion: number;
  /** As it was last compared. */
  quality?: MeasuredQuality;
}

export interface MeasuredQuality {
  ndcg: number | null;
  auc: number | null;
  /** Whose ratings it rests on. */
  members: number;
  measuredAtMs: number;
}

/** Who keeps a version, by the attribute that says since when. */
export type Keeper = "keptAtMs" | "heldAtMs";

function readVersionItem(item: Item): KeptVersion {
  return {
    modelVersion: Number(item.part.S!.slice(VERSION_PREFIX.length)),
    manifest: decodeManifest(item.manifest.B!),
    keptAtMs: numberOf(item.keptAtMs),
    heldAtMs: numberOf(item.heldAtMs),
    name: item.name?.S,
    // Versions from before this was stored are kept by the day: nobody looks for rows in them.
    removalVersion: Number(item.removalVersion?.N ?? 0),
    quality: item.quality && JSON.parse(item.quality.S!),
  };
}

/**
 * What makes a transaction write nothing of a community that is deleted, so that its erasure leaves nothing
 * behind.
 */
function isStillThere({ community, createdAtMs }: Head): TransactWriteItem {
  return {
    ConditionCheck: {
      TableName: names.modelTable,
      Key: headKey(community),
      ConditionExpression: "createdAtMs = :created",
      ExpressionAttributeValues: { ":created": { N: String(createdAtMs) } },
    },
  };
}

/**
 * Keeps the version that a head is at, unless the community is deleted by now. What keeps it already stays,
 * with its time; a name takes the place of another.
 */
export async function keepVersion(
  head: Head,
  keeper: Keeper,
  nowMs: number,
  name?: string,
): Promise<"kept" | "gone" | "busy"> {
  const { community, modelVersion, manifest, removalVersion } = head;
  const first = (attribute: string, value: string) => `${attribute} = if_not_exists(${attribute}, ${value})`;
  const set = [first(keeper, ":now"), first("manifest", ":manifest"), first("removalVersion", ":removals")];
  const Update = {
    TableName: names.modelTable,
    Key: versionKey(community, modelVersion),
    UpdateExpression: `SET ${[...set, ...(name === undefined ? [] : ["#name = :name"])].join(", ")}`,
    ...(name === undefined ? {} : { ExpressionAttributeNames: { "#name": "name" } }),
    ExpressionAttributeValues: {
      ":now": { N: String(nowMs) },
      ":manifest": { B: encodeManifest(manifest) },
      ":removals": { N: String(removalVersion) },
      ...(name === undefined ? {} : { ":name": { S: name } }),
    } as Item,
  };
  const { outcome } = await transactPatiently([{ Update }, isStillThere(head)]);
  if (outcome === "condition") return "gone";
  return outcome === "committed" ? "kept" : "busy";
}

export async function readVersion(community: string, modelVersion: number): Promise<KeptVersion | null> {
  const Key = versionKey(community, modelVersion);
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: names.modelTable, Key, ConsistentRead: true }),
  );
  return Item ? readVersionItem(Item) : null;
}

/** The kept versions of a community, oldest first. */
export function readVersions(community: string): Promise<KeptVersion[]> {
  return queryAll(partsFrom(names.modelTable, community, VERSION_PREFIX), readVersionItem);
}

/**
 * One of those who keep a version lets it go. Where it was the last, the version is kept no more: `served`
 * says that it stays, since readers are served it.
 */
export async function letGo(
  community: string,
  modelVersion: number,
  keeper: Keeper,
): Promise<"done" | "served" | "busy"> {
  const other: Keeper = keeper === "keptAtMs" ? "heldAtMs" : "keptAtMs";
  const item = { TableName: names.modelTable, Key: versionKey(community, modelVersion) };
  const last: TransactWriteItem[] = [
    { Delete: { ...item, ConditionExpression: `attribute_not_exists(${other})` } },
    {
      ConditionCheck: {
        TableName: names.modelTable,
        Key: headKey(community),
        ConditionExpression: "attribute_not_exists(servedVersions) OR NOT contains(servedVersions, :version)",
        ExpressionAttributeValues: { ":version": { N: String(modelVersion) } },
      },
    },
  ];
  const result = await transactPatiently(last);
  if (result.outcome === "committed") return "done";
  if (result.outcome !== "condition") return "busy";
  if (result.failed > 0) return "served";
  const update = new UpdateItemCommand({
    ...item,
    UpdateExpression: `REMOVE ${keeper}${keeper === "heldAtMs" ? ", #name" : ""}`,
    ConditionExpression: `attribute_exists(${other})`,
    ...(keeper === "heldAtMs" ? { ExpressionAttributeNames: { "#name": "name" } } : {}),
  });
  // Who was faster has let it go for the other: what is left is for the next who tries.
  await succeeds(dynamodb.send(update));
  return "done";
}

/** Puts other objects in the place of a version's, if nobody has since it was read. */
export function replaceManifest(
  community: string,
  { modelVersion, removalVersion: before }: KeptVersion,
  manifest: Manifest,
  removalVersion: number,
): Promise<boolean> {
  const update = new UpdateItemCommand({
    TableName: names.modelTable,
    Key: versionKey(community, modelVersion),
    UpdateExpression: "SET manifest = :manifest, removalVersion = :removals",
    ConditionExpression: "attribute_exists(part) AND removalVersion = :before",
    ExpressionAttributeValues: {
      ":manifest": { B: encodeManifest(manifest) },
      ":removals": { N: String(removalVersion) },
      ":before": { N: String(before) },
    },
  });
  return succeeds(dynamodb.send(update));
}

/** Notes what a comparison has found, unless the version is gone. */
export async function noteQuality(
  community: string,
  modelVersion: number,
  quality: MeasuredQuality,
): Promise<void> {
  const update = new UpdateItemCommand({
    TableName: names.modelTable,
    Key: versionKey(community, modelVersion),
    UpdateExpression: "SET quality = :quality",
    ConditionExpression: "attribute_exists(part)",
    ExpressionAttributeValues: { ":quality": { S: JSON.stringify(quality) } },
  });
  await succeeds(dynamodb.send(update));
}

const sweepKey = (community: string): Item => ({ community: { S: community }, part: { S: "sweep" } });

/** Notes beside the versions when the sweep has looked after them. */
export async function noteSweep(head: Head, nowMs: number): Promise<void> {
  const Item: Item = { ...sweepKey(head.community), sweptAtMs: { N: String(nowMs) } };
  await transactPatiently([{ Put: { TableName: names.modelTable, Item } }, isStillThere(head)]);
}

/** When the last sweep of a community ended; undefined before the first. */
export async function readSweptAtMs(community: string): Promise<number | undefined> {
  const get = new GetItemCommand({ TableName: names.modelTable, Key: sweepKey(community) });
  return numberOf((await dynamodb.send(get)).Item?.sweptAtMs);
}
