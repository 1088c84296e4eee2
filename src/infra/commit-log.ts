/**
 * The commit log: one item a model version, with the ids that its sum applied or rejected and the norm of its gradient. It is
 * what makes a gradient count once: an id that stands here is done. A log in memory holds the commits of one unbroken range
 * of versions, so that a warm instance reads only what came after.
 */
import { type AttributeValue, GetItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { CLOCK_SKEW_MAX_MS, COMMIT_LOG_RETENTION_MS, SERVER_SKEW_MAX_MS } from "../domain/limits.ts";
import { readUuid, timeOfUuidV7, writeUuid } from "../domain/messages/uuid-v7.ts";
import { REJECTIONS, type Rejection } from "../domain/model/judging.ts";
import { dynamodb, names } from "./aws.ts";
import type { Head, Item } from "./head-store.ts";
import { itemOf } from "./item-writes.ts";

/** What a version did. */
export interface Commit {
  modelVersion: number;
  /** The latest sum that is committed by then. */
  committedSum: number;
  applied: string[];
  rejected: { id: string; reason: Rejection }[];
  gradientNorm: number;
  /** Of the sum that made the version; a leave or a restore has none. */
  senders?: { count: number; needed: number };
  /** The kept version that was made current again. */
  restored?: number;
}

export interface LoggedCommit extends Commit {
  committedAtMs: number;
}

export const ID_BYTES = 16;
export const REJECTION_BYTES = ID_BYTES + 1;

/** The log item of a commit made at `committedAtMs`. Ids are 16 bytes each; rejected ones have their reason behind them. */
export function commitItem(community: string, commit: Commit, committedAtMs: number): Item {
  const applied = new Uint8Array(commit.applied.length * ID_BYTES);
  commit.applied.forEach((id, at) => {
    writeUuid(id, applied, at * ID_BYTES);
  });
  const rejected = new Uint8Array(commit.rejected.length * REJECTION_BYTES);
  commit.rejected.forEach(({ id, reason }, at) => {
    writeUuid(id, rejected, at * REJECTION_BYTES);
    rejected[at * REJECTION_BYTES + ID_BYTES] = REJECTIONS.indexOf(reason);
  });
  const { senders, restored } = commit;
  return itemOf({
    community,
    version: commit.modelVersion,
    committedAtMs,
    applied,
    rejected,
    committedSum: commit.committedSum,
    restored,
    senders: senders?.count,
    needed: senders?.needed,
    gradientNorm: Number(commit.gradientNorm.toPrecision(9)),
    expiresAt: Math.ceil((committedAtMs + COMMIT_LOG_RETENTION_MS) / 1000),
  });
}

function readIds(bytes: Uint8Array, bytesEach: number): string[] {
  return Array.from({ length: bytes.length / bytesEach }, (_, at) => readUuid(bytes, at * bytesEach));
}

function readCommitItem(item: Item): LoggedCommit {
  const rejected = item.rejected.B!;
  return {
    modelVersion: Number(item.version.N),
    committedAtMs: Number(item.committedAtMs.N),
    applied: readIds(item.applied.B!, ID_BYTES),
    rejected: readIds(rejected, REJECTION_BYTES).map((id, at) => ({
      id,
      reason: REJECTIONS[rejected[at * REJECTION_BYTES + ID_BYTES]],
    })),
    committedSum: Number(item.committedSum.N),
    gradientNorm: Number(item.gradientNorm.N),
    ...(item.restored ? { restored: Number(item.restored.N) } : {}),
    ...(item.senders ? { senders: { count: Number(item.senders.N), needed: Number(item.needed.N) } } : {}),
  };
}

interface LogQuery {
  community: string;
  from: number;
  to: number;
  direction: "ascending" | "descending";
  limit?: number;
}

/** One page of commits with from <= version <= to. TTL deletes late, so what has expired is left out here. */
async function queryCommits(
  query: LogQuery,
  nowMs: number,
  start?: Record<string, AttributeValue>,
): Promise<{ commits: LoggedCommit[]; next?: Record<string, AttributeValue> }> {
  const answer = await dynamodb.send(
    new QueryCommand({
      TableName: names.commitsTable,
      ConsistentRead: true,
      ScanIndexForward: query.direction === "ascending",
      KeyConditionExpression: "community = :community AND #version BETWEEN :from AND :to",
      ExpressionAttributeNames: { "#version": "version" },
      ExpressionAttributeValues: {
        ":community": { S: query.community },
        ":from": { N: String(query.from) },
        ":to": { N: String(query.to) },
      },
      Limit: query.limit,
      ExclusiveStartKey: start,
    }),
  );
  const commits = (answer.Items ?? [])
    .map(readCommitItem)
    .filter((commit) => commit.committedAtMs + COMMIT_LOG_RETENTION_MS > nowMs);
  return { commits, next: answer.LastEvaluatedKey };
}

/** At most `limit` commits from version `from` on, oldest first. */
export async function readHistory(
  community: string,
  from: number,
  limit: number,
  nowMs: number,
): Promise<LoggedCommit[]> {
  const to = Number.MAX_SAFE_INTEGER;
  return (await queryCommits({ community, from, to, direction: "ascending", limit }, nowMs)).commits;
}

/** The latest sum that was committed at a version; undefined where the log no longer holds that version. */
export async function readCommittedSum(community: string, version: number): Promise<number | undefined> {
  if (version === 0) return 0;
  const Key = { community: { S: community }, version: { N: String(version) } };
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: names.commitsTable, Key, ConsistentRead: true }),
  );
  return Item && Number(Item.committedSum.N);
}

/** How an id was dealt with. */
export type Verdict = { modelVersion: number; reason?: Rejection };

/** A duplicate of this id can only stand in commits made from this time on: 5 minutes of client skew, 1 of our own. */
export function earliestCommitMs(id: string): number {
  return timeOfUuidV7(id) - CLOCK_SKEW_MAX_MS - SERVER_SKEW_MAX_MS;
}

/**
 * Ids that a log keeps in memory, 150 MB, and as many as it reads back at most; beyond, it lets go of its oldest half. All that
 * come in 6 minutes at 2,400 a second have room; see docs/decisions.md.
 */
export const IDS_IN_MEMORY_MAX = 1_000_000;
/** A page holds up to 1 MB: some 3,000 commits, or 60,000 ids. */
const PAGES_PER_READ_MAX = 50;
/** Most ids that are asked for are minutes old, so the first page back is a small one. */
const COMMITS_OF_FIRST_PAGE = 100;

/**
 * The commits of one community in the versions (after, upTo], as far as they have been read. Invocations that share a
 * process share it, so whatever a read brings is taken only where it joins what is known by then.
 */
export class CommitLog {
  private readonly community: string;
  private commits: LoggedCommit[] = [];
  private readonly verdicts = new Map<string, Verdict>();
  private after: number;
  private upTo: number;

  /** Starts empty at a version: what came before is read when it is asked for. */
  constructor(community: string, modelVersion: number) {
    this.community = community;
    this.after = modelVersion;
    this.upTo = modelVersion;
  }

  get lastVersion(): number {
    return this.upTo;
  }

  verdict(id: string): Verdict | undefined {
    return this.verdicts.get(id);
  }

  /** Whether every commit made at or after a time is known. */
  reachesBackTo(timeMs: number): boolean {
    return this.after === 0 || this.commits[0]?.committedAtMs < timeMs;
  }

  /** Adds the commit that follows the last one known; one that is known already changes nothing. */
  append(commit: LoggedCommit): void {
    if (commit.modelVersion !== this.upTo + 1) return;
    this.commits.push(commit);
    this.index(commit);
    this.upTo = commit.modelVersion;
    if (this.verdicts.size > IDS_IN_MEMORY_MAX) this.forgetOldestHalf();
  }

  /** Adds the newest commit before the first one known. Numbers may be missing: a recovery leaps over some. */
  private prepend(commit: LoggedCommit): void {
    if (commit.modelVersion > this.after) return;
    this.commits.unshift(commit);
    this.index(commit);
    this.after = commit.modelVersion - 1;
  }

  /** The first word on an id is the true one: one that came again after its day is told to be `expired` unread. */
  private index({ modelVersion, applied, rejected }: LoggedCommit): void {
    const { verdicts } = this;
    const note = (id: string, verdict: Verdict) => {
      const before = verdicts.get(id)?.modelVersion ?? Number.POSITIVE_INFINITY;
      if (modelVersion < before) verdicts.set(id, verdict);
    };
    const isApplied: Verdict = { modelVersion };
    for (const id of applied) note(id, isApplied);
    for (const { id, reason } of rejected) note(id, { modelVersion, reason });
  }

  private forgetOldestHalf(): void {
    const forgotten = this.commits.splice(0, Math.ceil(this.commits.length / 2));
    for (const { applied, rejected, modelVersion } of forgotten) {
      for (const id of applied) this.verdicts.delete(id);
      for (const { id } of rejected) this.verdicts.delete(id);
      this.after = modelVersion;
    }
  }

  /** Reads the commits that came after the last one known; it ends at a gap, where a version has expired. */
  async readUpTo(version: number, nowMs: number): Promise<void> {
    let start: Record<string, AttributeValue> | undefined;
    const query: LogQuery = {
      community: this.community,
      from: this.upTo + 1,
      to: version,
      direction: "ascending",
    };
    while (this.upTo < version) {
      const page = await queryCommits(query, nowMs, start);
      for (const commit of page.commits) this.append(commit);
      start = page.next;
      if (!start) break;
    }
  }

  /**
   * Reads back until every commit made at or after `timeMs` is known, or as far as memory and pages allow; `isEnough` may end it
   * earlier.
   */
  async readBackTo(timeMs: number, nowMs: number, isEnough: () => boolean = () => false): Promise<void> {
    for (let pages = 0; pages < PAGES_PER_READ_MAX; pages++) {
      const isFull = this.verdicts.size >= IDS_IN_MEMORY_MAX;
      if (this.reachesBackTo(timeMs) || isFull || isEnough()) return;
      const query: LogQuery = {
        community: this.community,
        from: 1,
        to: this.after,
        direction: "descending",
        limit: pages === 0 ? COMMITS_OF_FIRST_PAGE : undefined,
      };
      const { commits, next } = await queryCommits(query, nowMs);
      for (const commit of commits) this.prepend(commit);
      if (!next || commits.length === 0) this.after = 0;
    }
  }
}

const LOGS_IN_MEMORY_MAX = 100;
/** A log this many versions behind is begun anew: most ids that are asked for are minutes old. */
const CATCH_UP_COMMITS_MAX = 200;
const logs = new Map<string, { createdAtMs: number; log: CommitLog }>();

function logInMemory({ community, modelVersion, createdAtMs }: Head): CommitLog {
  const kept = logs.get(community);
  if (kept?.createdAtMs === createdAtMs && modelVersion - kept.log.lastVersion <= CATCH_UP_COMMITS_MAX)
    return kept.log;
  if (logs.size >= LOGS_IN_MEMORY_MAX) logs.clear();
  const log = new CommitLog(community, modelVersion);
  logs.set(community, { createdAtMs, log });
  return log;
}

/**
 * The log up to the head and back to every commit that may hold an id made at `earliestMs`; `isEnough` may end it earlier.
 * Kept in memory for the next who asks.
 */
export async function readLog(
  head: Head,
  earliestMs: number,
  nowMs: number,
  isEnough: (log: CommitLog) => boolean = () => false,
): Promise<CommitLog> {
  const log = logInMemory(head);
  await log.readUpTo(head.modelVersion, nowMs);
  if (log.lastVersion < head.modelVersion) {
    logs.delete(head.community); // a gap: some have expired since
    return readLog(head, earliestMs, nowMs, isEnough);
  }
  await log.readBackTo(earliestMs, nowMs, () => isEnough(log));
  return log;
}
