/** What the commits of the last weeks did, in numbers: the log without its ids. */
import { COMMIT_LOG_RETENTION_MS, STATS_LOG_PAGES_MAX } from "../domain/limits.ts";
import { names } from "./aws.ts";
import { ID_BYTES, REJECTION_BYTES } from "./commit-log.ts";
import type { Head } from "./head-store.ts";
import { queryPages } from "./item-reads.ts";

export interface CommitCounts {
  committedAtMs: number;
  applied: number;
  rejected: number;
  senders: number;
}

/**
 * The commits since a time, newest first, as far back as some pages of the log reach; and from when on they
 * are all.
 */
export async function readRecentCommits({ community, createdAtMs }: Head, sinceMs: number, nowMs: number) {
  const commits: CommitCounts[] = [];
  const keptSinceMs = nowMs - COMMIT_LOG_RETENTION_MS;
  const query = {
    TableName: names.commitsTable,
    ScanIndexForward: false,
    KeyConditionExpression: "community = :community",
    ExpressionAttributeValues: { ":community": { S: community } },
  };
  let pages = 0;
  for await (const items of queryPages(query)) {
    for (const { committedAtMs, applied, rejected, senders } of items)
      commits.push({
        committedAtMs: Number(committedAtMs.N),
        applied: applied.B!.length / ID_BYTES,
        rejected: rejected.B!.length / REJECTION_BYTES,
        senders: Number(senders?.N ?? 0),
      });
    const oldestMs = commits.at(-1)?.committedAtMs ?? nowMs;
    if (oldestMs < sinceMs) break;
    if (++pages >= STATS_LOG_PAGES_MAX) return { commits, knownSinceMs: Math.max(oldestMs, keptSinceMs) };
  }
  // A community that is younger than the log has all of its commits in it.
  return { commits, knownSinceMs: createdAtMs > keptSinceMs ? 0 : keptSinceMs };
}
