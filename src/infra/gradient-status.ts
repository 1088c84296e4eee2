/** What has become of a gradient: what the log says of its id, or else the pages of the sums that wait. */
import { CLOCK_SKEW_MAX_MS, COMMIT_LOG_RETENTION_MS, GRADIENT_AGE_MAX_MS } from "../domain/limits.ts";
import { timeOfUuidV7 } from "../domain/messages/uuid-v7.ts";
import type { Rejection } from "../domain/model/judging.ts";
import { earliestCommitMs, readLog, type Verdict } from "./commit-log.ts";
import type { Head } from "./head-store.ts";
import { readWaitingPages } from "./sum-store.ts";

/** A gradient that waits in a sum is queued still; one that cannot count is rejected before its sum makes a version. */
export type GradientStatus =
  | { status: "applied"; modelVersion: number }
  | { status: "rejected"; reason: Rejection; modelVersion?: number }
  | { status: "queued" };

/** Whether an id may stand in the log or in a page: it is of no time to come, and the log goes back to its day. */
function isOfOurTime(id: string, nowMs: number): boolean {
  const ageMs = nowMs - timeOfUuidV7(id);
  return ageMs <= GRADIENT_AGE_MAX_MS + COMMIT_LOG_RETENTION_MS && -ageMs <= 2 * CLOCK_SKEW_MAX_MS;
}

/** The status of an id by the head that was read, or null where it stands nowhere. */
export async function readStatus(head: Head, id: string, nowMs: number): Promise<GradientStatus | null> {
  if (!isOfOurTime(id, nowMs)) return null;
  // Who was rejected as expired may have been applied in time, by a message of the same id.
  const isFirstWord = (verdict?: Verdict) => verdict !== undefined && verdict.reason !== "expired";
  const log = await readLog(head, earliestCommitMs(id), nowMs, (read) => isFirstWord(read.verdict(id)));
  const verdict = log.verdict(id);
  if (verdict) {
    const { modelVersion, reason } = verdict;
    return reason ? { status: "rejected", modelVersion, reason } : { status: "applied", modelVersion };
  }
  const pages = await readWaitingPages(head);
  const entry = pages.flatMap((page) => page.entries).find((one) => one.id === id);
  if (!entry) return null;
  return entry.rejection ? { status: "rejected", reason: entry.rejection } : { status: "queued" };
}
