/** What has become of a gradient: what the log says of its id, or else the pages of the sums that wait. */
import type { Rejection } from "../domain/model/judging.ts";
import { earliestCommitMs, readLog } from "./commit-log.ts";
import type { Head } from "./head-store.ts";
import { readWaitingPages } from "./sum-store.ts";

/** A gradient that waits in a sum is queued still; one that cannot count is rejected before its sum makes a version. */
export type GradientStatus =
  | { status: "applied"; modelVersion: number }
  | { status: "rejected"; reason: Rejection; modelVersion?: number }
  | { status: "queued" };

/** The status of an id by the head that was read, or null where it stands nowhere. */
export async function readStatus(head: Head, id: string, nowMs: number): Promise<GradientStatus | null> {
  const log = await readLog(head, earliestCommitMs(id), nowMs, (read) => read.verdict(id) !== undefined);
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
