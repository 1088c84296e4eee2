/**
 * The model of a community in DynamoDB: head, blocks and commit log, read as one consistent state and moved by one
 * transaction. A warm instance keeps what it has read and reads again only what others have changed.
 */
import { BatchGetItemCommand, QueryCommand, type TransactWriteItem } from "@aws-sdk/client-dynamodb";
import type { Commit, Model } from "../domain/model/apply-batch.ts";
import { type Block, blockVersion, decodeBlock } from "../domain/model/item-matrix.ts";
import { dynamodb, names } from "./aws.ts";
import { CommitLog, commitItem, type LoggedCommit } from "./commit-log.ts";
import { type Head, headKey, type Item, readHead } from "./head-store.ts";
import { type TransactionOutcome, transact } from "./transaction.ts";

const BLOCK_PREFIX = "block#";
/** BatchGetItem takes 100 keys and answers 16 MB. */
const KEYS_PER_REQUEST_MAX = 100;
/** Beyond this many commits behind, reading all blocks is no dearer than finding out which changed. */
const CATCH_UP_COMMITS_MAX = 200;
const READ_ATTEMPTS_MAX = 10;
/** Communities that an instance keeps in memory; a model is at most 4 MB. */
const COMMUNITIES_IN_MEMORY_MAX = 20;

const blockPart = (index: number): string => BLOCK_PREFIX + String(index).padStart(6, "0");

function readBlockItem(item: Item): Block {
  return decodeBlock(item.bytes.B!, Number(item.part.S!.slice(BLOCK_PREFIX.length)));
}

async function readAllBlocks(community: string): Promise<Block[]> {
  const blocks: Block[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await dynamodb.send(
      new QueryCommand({
        TableName: names.modelTable,
        ConsistentRead: true,
        KeyConditionExpression: "community = :community AND begins_with(part, :prefix)",
        ExpressionAttributeValues: { ":community": { S: community }, ":prefix": { S: BLOCK_PREFIX } },
        ExclusiveStartKey,
      }),
    );
    blocks.push(...(page.Items ?? []).map(readBlockItem));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return blocks;
}

async function readSomeBlocks(community: string, indexes: readonly number[]): Promise<Block[]> {
  const blocks: Block[] = [];
  let keys: Item[] = indexes.map((index) => ({ community: { S: community }, part: { S: blockPart(index) } }));
  while (keys.length > 0) {
    const Keys = keys.slice(0, KEYS_PER_REQUEST_MAX);
    const answer = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [names.modelTable]: { Keys, ConsistentRead: true } } }),
    );
    blocks.push(...(answer.Responses?.[names.modelTable] ?? []).map(readBlockItem));
    const unprocessed = answer.UnprocessedKeys?.[names.modelTable]?.Keys ?? [];
    keys = [...unprocessed, ...keys.slice(KEYS_PER_REQUEST_MAX)];
  }
  return blocks;
}

/** A community's state at one model version. */
export interface Snapshot {
  head: Head;
  blocks: Map<number, Block>;
  log: CommitLog;
}

/** The snapshot as the domain sees it: a model, no keys. */
export function modelOf({ head, blocks }: Snapshot): Model {
  const { modelVersion, rowCount, memberCount, seed, settings } = head;
  return { modelVersion, rowCount, memberCount, seed, settings, factors: settings.factors, blocks };
}

const known = new Map<string, Snapshot>();

function remember(community: string, snapshot: Snapshot): void {
  const other = known.get(community);
  if (
    other?.head.createdAtMs === snapshot.head.createdAtMs &&
    other.head.modelVersion > snapshot.head.modelVersion
  )
    return;
  known.delete(community);
  known.set(community, snapshot);
  const oldest = known.keys().next().value;
  if (known.size > COMMUNITIES_IN_MEMORY_MAX && oldest !== undefined) known.delete(oldest);
}

/** The blocks at least as new as `head` says, starting from what is known; null when they cannot be caught up with. */
async function catchUp(before: Snapshot, head: Head, nowMs: number): Promise<Snapshot | null> {
  const { modelVersion } = before.head;
  const behind = head.modelVersion - modelVersion;
  if (before.head.createdAtMs !== head.createdAtMs || behind < 0 || behind > CATCH_UP_COMMITS_MAX)
    return null;
  const commits = await before.log.readBetween(modelVersion, head.modelVersion, nowMs);
  if (!commits) return null;
  const changed = [...new Set(commits.flatMap((commit) => commit.changedBlocks))];
  const blocks = new Map(before.blocks);
  for (const block of await readSomeBlocks(head.community, changed)) blocks.set(block.index, block);
  return { head, blocks, log: before.log };
}

async function readWhole(head: Head): Promise<Snapshot> {
  const blocks = new Map((await readAllBlocks(head.community)).map((block) => [block.index, block]));
  return { head, blocks, log: new CommitLog(head.community, head.modelVersion) };
}

/**
 * The state of a community at its present version, or null where there is no such community. Blocks are read after the
 * head, so they are at least as new; a block newer than the head shows that a commit came between, and all is read again.
 */
export async function readSnapshot(community: string, nowMs: number): Promise<Snapshot | null> {
  for (let attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt++) {
    const head = await readHead(community);
    if (!head) return null;
    const before = known.get(community);
    const snapshot = (before && (await catchUp(before, head, nowMs))) ?? (await readWhole(head));
    const isConsistent = [...snapshot.blocks.values()].every(
      (block) => blockVersion(block) <= head.modelVersion,
    );
    if (isConsistent) {
      remember(community, snapshot);
      return snapshot;
    }
    known.delete(community);
  }
  throw new Error(`${community} was changed during each of ${READ_ATTEMPTS_MAX} reads`);
}

/**
 * Writes a commit in one transaction: the head moves from the snapshot's version by one, the changed blocks and the log
 * item are put. `also` joins it (a member who leaves); `roster` counts what the head's totals change by, and then the
 * roster too must be as in the snapshot, so that `also` can rest on members read after it.
 */
export async function writeCommit(
  snapshot: Snapshot,
  commit: Commit,
  nowMs: number,
  also: TransactWriteItem[] = [],
  roster: { members: number } = { members: 0 },
): Promise<TransactionOutcome> {
  const { head } = snapshot;
  const committedAtMs = Math.max(nowMs, head.committedAtMs);
  const changesRoster = roster.members !== 0;
  const counts = changesRoster ? " ADD memberCount :members, itemCount :members, rosterVersion :one" : "";
  const rosterValues: Item = {
    ":members": { N: String(roster.members) },
    ":roster": { N: String(head.rosterVersion) },
    ":one": { N: "1" },
  };
  const Update = {
    TableName: names.modelTable,
    Key: headKey(head.community),
    UpdateExpression: `SET modelVersion = :next, committedAtMs = :now${counts}`,
    ConditionExpression: `modelVersion = :read${changesRoster ? " AND rosterVersion = :roster" : ""}`,
    ExpressionAttributeValues: {
      ":read": { N: String(head.modelVersion) },
      ":next": { N: String(commit.modelVersion) },
      ":now": { N: String(committedAtMs) },
      ...(changesRoster ? rosterValues : {}),
    } as Item,
  };
  const blocks = commit.blocks.map((block) => ({
    Put: {
      TableName: names.modelTable,
      Item: {
        community: { S: head.community },
        part: { S: blockPart(block.index) },
        bytes: { B: block.bytes },
      } as Item,
    },
  }));
  const Item = commitItem(head.community, commit, committedAtMs);
  const result = await transact([
    { Update },
    ...blocks,
    { Put: { TableName: names.commitsTable, Item } },
    ...also,
  ]);
  if (result.outcome === "committed") remember(head.community, advance(snapshot, commit, committedAtMs));
  return result;
}

/** The snapshot that a commit of ours has made, without reading it back. */
function advance(snapshot: Snapshot, commit: Commit, committedAtMs: number): Snapshot {
  const blocks = new Map(snapshot.blocks);
  for (const block of commit.blocks) blocks.set(block.index, block);
  const logged: LoggedCommit = {
    modelVersion: commit.modelVersion,
    committedAtMs,
    applied: commit.applied,
    rejected: commit.rejected,
    changedBlocks: commit.blocks.map((block) => block.index),
    gradientNorm: commit.gradientNorm,
  };
  snapshot.log.append(logged);
  return {
    head: { ...snapshot.head, modelVersion: commit.modelVersion, committedAtMs },
    blocks,
    log: snapshot.log,
  };
}
