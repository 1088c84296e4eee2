/**
 * The head of a community: one item of 1 to 4 KB that every commit, join, leave and round moves, and whose stream wakes the
 * assigner. What readers see of the model follows from one read of it.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { DEFAULT_SETTINGS, type Settings, servedVersions } from "../domain/community/settings.ts";
import type { SumTerms } from "../domain/secure/terms.ts";
import { dynamodb, names } from "./aws.ts";
import { itemOf } from "./item-writes.ts";
import { decodeManifest, encodeManifest, type Manifest } from "./matrix-block-store.ts";
import { type TransactionOutcome, transact } from "./transaction.ts";

export type Item = Record<string, AttributeValue>;

export interface Head {
  community: string;
  /** Of the model: one up with each commit. */
  modelVersion: number;
  /** Of who is to be grouped and how: one up with each join, leave, pause, change of settings, and round. */
  rosterVersion: number;
  /**
   * Of what members say for the grouping: one up with each change of shared user factors, and of who has met.
   */
  sharedVersion: number;
  /** Of what a round must not miss: one up with each leave, ban and block. */
  removalVersion: number;
  rowCount: number;
  memberCount: number;
  itemCount: number;
  /** The round that is in draft; the one before it, if any, is the latest published. */
  round: number;
  /** The latest published round, withdrawn ones apart; 0 before the first. */
  latestRound: number;
  /** The sum that takes gradients; the one that was committed last. What lies between is sealed, and waits for its turn. */
  openSum: number;
  committedSum: number;
  /** Sums up to this one were begun before the last restore: they are void, and their gradients stale. */
  voidedSum: number;
  /** The version that the last restore made. */
  restoredVersion: number;
  /** The version by which the last member came back to a row of before. */
  rejoinedVersion: number;
  /** The current object of each matrix block that is not in its initial state. */
  manifest: Manifest;
  /** Of the initial rows. */
  seed: number;
  createdAtMs: number;
  /** When the latest commit was made; never earlier than that of the commit before it. */
  committedAtMs: number;
  /** When the next round is due by the cadence; undefined without one. See schedule-store.ts. */
  nextRoundAtMs?: number;
  settings: Settings;
  /** Of the last sum that had a report. */
  sumTerms?: SumTerms;
}

export const HEAD_PART = "head";
/** Beside `nextRoundAtMs`: what the sparse index of due rounds is partitioned by. */
export const DUE: AttributeValue = { S: "round" };

export function headKey(community: string): Item {
  return { community: { S: community }, part: { S: HEAD_PART } };
}

export const VERSION_PREFIX = "version#";

/** Of a kept version, which stands beside the head: see version-store.ts. */
export function versionKey(community: string, modelVersion: number): Item {
  const part = VERSION_PREFIX + String(modelVersion).padStart(12, "0");
  return { community: { S: community }, part: { S: part } };
}

/** The head of an item, or null where its community is being erased: from the mark on it is there for nobody. */
export function readHeadItem(item: Item): Head | null {
  if (item.deletedAtMs) return null;
  return {
    community: item.community.S!,
    modelVersion: Number(item.modelVersion.N),
    rosterVersion: Number(item.rosterVersion.N),
    sharedVersion: Number(item.sharedVersion.N),
    removalVersion: Number(item.removalVersion.N),
    rowCount: Number(item.rowCount.N),
    memberCount: Number(item.memberCount.N),
    itemCount: Number(item.itemCount.N),
    round: Number(item.round.N),
    latestRound: Number(item.latestRound?.N ?? Number(item.round.N) - 1),
    openSum: Number(item.openSum.N),
    committedSum: Number(item.committedSum.N),
    voidedSum: Number(item.voidedSum.N),
    restoredVersion: Number(item.restoredVersion.N),
    rejoinedVersion: Number(item.rejoinedVersion.N),
    manifest: decodeManifest(item.manifest.B!),
    seed: Number(item.seed.N),
    createdAtMs: Number(item.createdAtMs.N),
    committedAtMs: Number(item.committedAtMs.N),
    nextRoundAtMs: item.nextRoundAtMs && Number(item.nextRoundAtMs.N),
    settings: { ...DEFAULT_SETTINGS, ...JSON.parse(item.settings.S!) },
    ...(item.sumTerms ? { sumTerms: JSON.parse(item.sumTerms.S!) } : {}),
  };
}

/** The head as it is now, or null where there is no such community. */
export async function readHead(community: string): Promise<Head | null> {
  const answer = await dynamodb.send(
    new GetItemCommand({ TableName: names.modelTable, Key: headKey(community), ConsistentRead: true }),
  );
  return answer.Item ? readHeadItem(answer.Item) : null;
}

/** How long a head in memory may serve again. */
const HEAD_AGE_MAX_MS = 5_000;
const HEADS_IN_MEMORY_MAX = 1_000;
const recentHeads = new Map<string, { head: Head; readAtMs: number }>();

export function rememberHead(head: Head): void {
  if (recentHeads.size >= HEADS_IN_MEMORY_MAX) recentHeads.clear();
  recentHeads.set(head.community, { head, readAtMs: Date.now() });
}

/**
 * A head that was read within the last seconds, for who can ask again when it does not satisfy: its rows and versions are
 * those of then, and changed settings reach every instance within HEAD_AGE_MAX_MS.
 */
export function recentHead(community: string): Head | undefined {
  const recent = recentHeads.get(community);
  return recent && Date.now() - recent.readAtMs < HEAD_AGE_MAX_MS ? recent.head : undefined;
}

/** Makes the community unless it exists; tells whether it did. */
export async function createHead(head: Head): Promise<boolean> {
  const Item: Item = {
    ...headKey(head.community),
    ...itemOf({
      ...head,
      manifest: encodeManifest(head.manifest),
      settings: JSON.stringify(head.settings),
    }),
    ...(head.nextRoundAtMs === undefined ? {} : { due: DUE }),
  };
  return succeeds(
    dynamodb.send(
      new PutItemCommand({
        TableName: names.modelTable,
        Item,
        ConditionExpression: "attribute_not_exists(part)",
      }),
    ),
  );
}

/**
 * Replaces the settings if the roster version is still what the caller read, and the versions that they serve
 * are kept. So that these stay kept, the head names them: see letGo in version-store.ts. `nextRoundAtMs` goes
 * with a changed cadence: undefined leaves it as it is, null takes it away. If a served version is not kept,
 * the outcome is `condition`, and `failed` is its place among the served ones plus one.
 */
export function replaceSettings(
  { community, rosterVersion }: Head,
  settings: Settings,
  nextRoundAtMs?: number | null,
): Promise<TransactionOutcome> {
  recentHeads.delete(community);
  const served = [...servedVersions(settings).keys()];
  const set = ["settings = :settings"];
  const remove: string[] = [];
  const values: Item = {
    ":settings": { S: JSON.stringify(settings) },
    ":read": { N: String(rosterVersion) },
    ":one": { N: "1" },
  };
  if (typeof nextRoundAtMs === "number") {
    set.push("due = :due", "nextRoundAtMs = :next");
    Object.assign(values, { ":due": DUE, ":next": { N: String(nextRoundAtMs) } });
  } else if (nextRoundAtMs === null) remove.push("due", "nextRoundAtMs");
  if (served.length > 0) {
    set.push("servedVersions = :served");
    values[":served"] = { NS: served.map(String) };
  } else remove.push("servedVersions");
  const removal = remove.length > 0 ? ` REMOVE ${remove.join(", ")}` : "";
  const Update = {
    TableName: names.modelTable,
    Key: headKey(community),
    UpdateExpression: `SET ${set.join(", ")} ADD rosterVersion :one${removal}`,
    ConditionExpression: "rosterVersion = :read",
    ExpressionAttributeValues: values,
  };
  const checks = served.map((version) => {
    const Key = versionKey(community, version);
    const ConditionExpression = "attribute_exists(part)";
    return { ConditionCheck: { TableName: names.modelTable, Key, ConditionExpression } };
  });
  return transact([{ Update }, ...checks]);
}

/** What the open sum fixes for its reports, or null where it has had none. */
export function fixedTerms({ sumTerms, openSum }: Head): SumTerms | null {
  return sumTerms?.sum === openSum ? sumTerms : null;
}

/** Fixes the terms of the open sum, by its first report; tells whether they are these now. */
export function fixTerms(community: string, terms: SumTerms): Promise<boolean> {
  const update = new UpdateItemCommand({
    TableName: names.modelTable,
    Key: headKey(community),
    UpdateExpression: "SET sumTerms = :terms, termsOfSum = :sum",
    ConditionExpression: "openSum = :sum AND (attribute_not_exists(termsOfSum) OR termsOfSum < :sum)",
    ExpressionAttributeValues: {
      ":terms": { S: JSON.stringify(terms) },
      ":sum": { N: String(terms.sum) },
    },
  });
  return succeeds(dynamodb.send(update));
}

export type RosterCount = "rosterVersion" | "sharedVersion" | "removalVersion";

/** The update by which a member's change moves the head, for a transaction. */
export function versionStep(community: string, ...versions: RosterCount[]) {
  return {
    TableName: names.modelTable,
    Key: headKey(community),
    UpdateExpression: `ADD ${versions.map((version) => `${version} :one`).join(", ")}`,
    ExpressionAttributeValues: { ":one": { N: "1" } } as Item,
  };
}

/** True if the conditional write went through, false if its condition did not hold. */
export async function succeeds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
