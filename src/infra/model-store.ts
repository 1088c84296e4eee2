/**
 * The model of a community: its head says which version is true and names the matrix blocks, which are objects that never
 * change. A warm instance keeps the blocks it has read, and reads again only those that the head names anew.
 */
import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import type { Model } from "../domain/model/apply-batch.ts";
import { blockOfRow, type MatrixBlock } from "../domain/model/item-matrix.ts";
import { names } from "./aws.ts";
import { type Commit, commitItem } from "./commit-log.ts";
import { type Head, headKey, type Item, readHead } from "./head-store.ts";
import { encodeManifest, getBlock, type Manifest, putBlock, type StoredBlock } from "./matrix-block-store.ts";
import { inParallel } from "./object-store.ts";
import { type TransactionOutcome, transact } from "./transaction.ts";

/** A community's state at one model version. */
export interface Snapshot {
  head: Head;
  blocks: ReadonlyMap<number, MatrixBlock>;
}

/** The snapshot as the domain sees it: a model, no keys. */
export function modelOf({ head, blocks }: Snapshot): Model {
  const { modelVersion, rowCount, memberCount, seed, settings } = head;
  return { modelVersion, rowCount, memberCount, seed, settings, factors: settings.factors, blocks };
}

/** Bytes of matrix blocks that an instance keeps: one community of 1,000,000 rows, or hundreds of small ones. */
const BYTES_IN_MEMORY_MAX = 160 * 1024 * 1024;

interface KnownBlock {
  stored: StoredBlock;
  block: MatrixBlock;
}

/** By community, or by that and a kept version, least recently used first. */
const known = new Map<string, { createdAtMs: number; blocks: ReadonlyMap<number, KnownBlock> }>();

function remember(key: string, { createdAtMs }: Head, blocks: ReadonlyMap<number, KnownBlock>): void {
  known.delete(key);
  known.set(key, { createdAtMs, blocks });
  const bytesOf = (of: ReadonlyMap<number, KnownBlock>) =>
    [...of.values()].reduce((sum, { block }) => sum + block.bytes.length, 0);
  let bytes = [...known.values()].reduce((sum, other) => sum + bytesOf(other.blocks), 0);
  for (const [name, other] of known) {
    if (bytes <= BYTES_IN_MEMORY_MAX || name === key) break;
    known.delete(name);
    bytes -= bytesOf(other.blocks);
  }
}

const isSame = (a: StoredBlock, b: StoredBlock): boolean => a.nonce === b.nonce && a.version === b.version;

/** The matrix blocks that a manifest names, from memory where they are there under one of the keys. */
async function readBlocks(
  head: Head,
  manifest: Manifest,
  ...keys: readonly string[]
): Promise<Map<number, KnownBlock>> {
  const inMemory = keys.flatMap((key) => {
    const before = known.get(key);
    return before?.createdAtMs === head.createdAtMs ? [before.blocks] : [];
  });
  const blocks = await inParallel([...manifest.values()], async (stored): Promise<KnownBlock> => {
    for (const kept of inMemory) {
      const one = kept.get(stored.index);
      if (one && isSame(one.stored, stored)) return one;
    }
    return { stored, block: await getBlock(head.community, stored) };
  });
  return new Map(blocks.map((one) => [one.stored.index, one]));
}

/** The matrix blocks of a kept version. They are remembered too: readers may be served it for weeks. */
export async function readKeptBlocks(
  head: Head,
  { modelVersion, manifest }: { modelVersion: number; manifest: Manifest },
): Promise<Map<number, MatrixBlock>> {
  const key = `${head.community}@${modelVersion}`; // no community's name has an @
  const blocks = await readBlocks(head, manifest, head.community, key);
  remember(key, head, blocks);
  return withoutKeys(blocks);
}

const withoutKeys = (blocks: ReadonlyMap<number, KnownBlock>): Map<number, MatrixBlock> =>
  new Map([...blocks].map(([index, { block }]) => [index, block]));

/** The state that a head names. However old it is, it is whole: what a head names is kept for a day and more. */
export async function snapshotOf(head: Head): Promise<Snapshot> {
  const { community, manifest } = head;
  const blocks = await readBlocks(head, manifest, community);
  remember(community, head, blocks);
  return { head, blocks: withoutKeys(blocks) };
}

/** As much of the state that a head names as a change of one row needs. */
export async function rowSnapshot(head: Head, row: number): Promise<Snapshot> {
  const stored = head.manifest.get(blockOfRow(row, head.settings.factors));
  const some = new Map(stored ? [[stored.index, stored]] : []);
  return { head, blocks: withoutKeys(await readBlocks(head, some, head.community)) };
}

/** The state of a community at its present version, or null where there is no such community. */
export async function readSnapshot(community: string): Promise<Snapshot | null> {
  const head = await readHead(community);
  return head && snapshotOf(head);
}

/** A matrix block that a step has made, and the object that was put for it; nobody sees it until a head names it. */
export type MadeBlock = KnownBlock;

export function putBlocks(
  community: string,
  blocks: readonly MatrixBlock[],
  version: number,
): Promise<MadeBlock[]> {
  return inParallel(blocks, async (block) => ({ stored: await putBlock(community, block, version), block }));
}

/** What a commit changes in the head beside the version. */
export interface HeadChange {
  /** Numbers that become others, if they are still as in the head that was read. */
  moves?: Partial<
    Pick<Head, "openSum" | "committedSum" | "voidedSum" | "restoredVersion" | "rejoinedVersion">
  >;
  /** By how much the number of members changes. */
  members?: number;
  /** By how much the number of content items changes. */
  contentItems?: number;
}

function headUpdate(
  head: Head,
  commit: Commit,
  manifest: Manifest,
  committedAtMs: number,
  change: HeadChange,
) {
  const { moves = {}, members = 0, contentItems = 0 } = change;
  const moved = Object.entries(moves) as [keyof typeof moves, number][];
  const set = ["modelVersion = :next", "committedAtMs = :now", "manifest = :manifest"];
  const as = ["modelVersion = :read"];
  const values: Item = {
    ":read": { N: String(head.modelVersion) },
    ":next": { N: String(commit.modelVersion) },
    ":now": { N: String(committedAtMs) },
    ":manifest": { B: encodeManifest(manifest) },
  };
  for (const [name, value] of moved) {
    set.push(`${name} = :${name}`);
    as.push(`${name} = :read${name}`);
    values[`:${name}`] = { N: String(value) };
    values[`:read${name}`] = { N: String(head[name]) };
  }
  const counts: string[] = [];
  if (members !== 0) counts.push("memberCount :members", "itemCount :members", "rosterVersion :one");
  if (members < 0) counts.push("removalVersion :one");
  if (members !== 0) Object.assign(values, { ":members": { N: String(members) }, ":one": { N: "1" } });
  if (contentItems !== 0) counts.push("itemCount :contentItems");
  if (contentItems !== 0) values[":contentItems"] = { N: String(contentItems) };
  return {
    TableName: names.modelTable,
    Key: headKey(head.community),
    UpdateExpression: `SET ${set.join(", ")}${counts.length === 0 ? "" : ` ADD ${counts.join(", ")}`}`,
    ConditionExpression: as.join(" AND "),
    ExpressionAttributeValues: values,
  };
}

/**
 * Makes a version in one transaction: the head moves from the one that was read to the next and names the blocks that have
 * been put for it, and the log says what it did. `also` joins it: a member who leaves, a sum that is committed.
 */
export async function writeCommit(
  head: Head,
  commit: Commit,
  blocks: readonly MadeBlock[],
  nowMs: number,
  change: HeadChange = {},
  also: readonly TransactWriteItem[] = [],
): Promise<TransactionOutcome> {
  const committedAtMs = Math.max(nowMs, head.committedAtMs);
  const made = blocks.map(({ stored, block }) => ({
    stored: { ...stored, version: commit.modelVersion },
    block,
  }));
  const manifest = new Map(head.manifest);
  for (const { stored } of made) manifest.set(stored.index, stored);
  const Update = headUpdate(head, commit, manifest, committedAtMs, change);
  const Item = commitItem(head.community, commit, committedAtMs);
  const result = await transact([{ Update }, { Put: { TableName: names.commitsTable, Item } }, ...also]);
  if (result.outcome === "committed") {
    const kept = known.get(head.community)?.blocks ?? [];
    remember(
      head.community,
      head,
      new Map([...kept, ...made.map((one) => [one.stored.index, one] as const)]),
    );
  }
  return result;
}
