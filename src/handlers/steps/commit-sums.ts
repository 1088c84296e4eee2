/**
 * Commits the sums of a community that are sealed, in their order, and seals the open one if it is due.
 * Whoever comes to the same sum at the same time does the same work, and one of them has its transaction.
 */
import { COMMIT_ATTEMPTS_MAX, SUM_AGE_MAX_MS, SUM_STALLED_MS } from "../../domain/limits.ts";
import type { Gradient } from "../../domain/messages/messages.ts";
import { timeOfUuidV7 } from "../../domain/messages/uuid-v7.ts";
import { applyBatch, type Model, type ReportSum, type Step } from "../../domain/model/apply-batch.ts";
import type { MatrixBlock } from "../../domain/model/item-matrix.ts";
import type { Rejection } from "../../domain/model/judging.ts";
import { countGradients, decideSealing } from "../../domain/model/sum.ts";
import type { Trial } from "../../domain/secure/trial.ts";
import type { Commit } from "../../infra/commit-log.ts";
import { type Head, readHead } from "../../infra/head-store.ts";
import type { StoredBlock } from "../../infra/matrix-block-store.ts";
import { count, measure, REJECTION_COUNTS } from "../../infra/metrics.ts";
import {
  type MadeBlock,
  modelOf,
  putBlocks,
  readSnapshot,
  type Snapshot,
  writeCommit,
} from "../../infra/model-store.ts";
import { writeNoticeOnce } from "../../infra/notice-store.ts";
import { deleteObject, inParallel } from "../../infra/object-store.ts";
import { getPage } from "../../infra/page-objects.ts";
import { retry } from "../../infra/retry.ts";
import {
  type Page,
  postponeSum,
  readSum,
  readWaitingPages,
  type Sum,
  sumEnd,
  writeOpenSum,
} from "../../infra/sum-store.ts";
import { trialPut } from "../../infra/trial-store.ts";
import { logEvent } from "./log.ts";
import { sumReports } from "./sum-reports.ts";

/**
 * From here on somebody is told that a sum does not come to its commit; of one that waits for its helper,
 * after SUM_STALLED_MS.
 */
const STALLED_AFTER_ATTEMPTS = 5;

/** What a sealed sum comes to: the gradients of its step, or why none of them makes one. */
interface Verdict {
  gradients: Gradient[];
  reports: ReportSum | null;
  voidReason: Rejection | null;
  applied: ReadonlySet<string>;
  /** Of reports that do not count although their sum does. */
  refused: ReadonlyMap<string, Rejection>;
  senders: number;
  trial?: Trial;
}

/**
 * Void where one page's object is lost: which of the others' gradients then count would be anybody's guess.
 * Null while the sum waits for the helper, for a week at most.
 */
async function judgeSum(
  head: Head,
  sum: Sum,
  pages: readonly Page[],
  nowMs: number,
): Promise<Verdict | null> {
  const { isVoid, gradientsPerSumMax } = sum.sealed!;
  const entries = pages.flatMap((page) => page.entries);
  const { applied, senders, late } = countGradients(entries, gradientsPerSumMax, sum.terms);
  const refused = new Map([...late].map((id) => [id, "late" as Rejection]));
  const none = { gradients: [], reports: null, applied, refused, senders };
  if (sum.number <= head.voidedSum) return { ...none, voidReason: "stale" };
  if (isVoid) return { ...none, voidReason: "too-few" };
  const read = await inParallel(pages, (page) => getPage(page, applied));
  if (read.includes(null)) return { ...none, voidReason: "lost" };
  const gradients = read.flatMap((page) => page?.gradients ?? []);
  const sealed = read.flatMap((page) => page?.reports ?? []);
  if (!sum.terms || sealed.length === 0) return { ...none, gradients, voidReason: null };
  const { terms, firstPageAtMs } = sum;
  const summed = await sumReports(head.community, { terms, firstPageAtMs }, entries, sealed);
  if (summed.outcome === "unreachable")
    return nowMs - sum.firstPageAtMs >= SUM_AGE_MAX_MS ? { ...none, voidReason: "expired" } : null;
  for (const [id, reason] of summed.refused) refused.set(id, reason);
  const { trial } = summed;
  if (summed.outcome === "void") return { ...none, voidReason: summed.reason, trial };
  const left = senders - summed.refused.size;
  return { ...none, gradients, reports: summed.sum, voidReason: null, senders: left, trial };
}

function commitOf(step: Step, sum: Sum, pages: readonly Page[], verdict: Verdict): Commit {
  const commit: Commit = {
    modelVersion: step.modelVersion,
    committedSum: sum.number,
    applied: [],
    rejected: [],
    gradientNorm: step.gradientNorm,
    senders: { count: verdict.voidReason ? 0 : verdict.senders, needed: sum.sealed!.needed },
  };
  for (const { id, rejection } of pages.flatMap((page) => page.entries)) {
    const isNewest = verdict.applied.has(id);
    const refusal = rejection ?? verdict.refused.get(id);
    const reason = refusal ?? (isNewest ? verdict.voidReason : "superseded");
    if (reason) commit.rejected.push({ id, reason });
    else commit.applied.push(id);
  }
  return commit;
}

/** What the attempts at one commit share. A block that another's commit has not touched is put once. */
interface Attempts {
  /** Of the first attempt, so that the blocks of all are made by one rule. */
  rule?: Pick<Model, "settings" | "memberCount">;
  made: Map<number, { from: string | undefined; stored: StoredBlock }>;
}

async function putNewBlocks(snapshot: Snapshot, step: Step, { made }: Attempts): Promise<MadeBlock[]> {
  const { community, manifest } = snapshot.head;
  const isMade = ({ index }: MatrixBlock) =>
    made.has(index) && made.get(index)!.from === manifest.get(index)?.nonce;
  const put = await putBlocks(
    community,
    step.blocks.filter((block) => !isMade(block)),
    step.modelVersion,
  );
  for (const { stored } of put) made.set(stored.index, { from: manifest.get(stored.index)?.nonce, stored });
  return step.blocks.map((block) => ({ stored: made.get(block.index)!.stored, block }));
}

/** One attempt: `lost-race` when another commit came between, `waits` while the helper cannot be reached. */
async function tryCommit(
  community: string,
  number: number,
  attempts: Attempts,
): Promise<"committed" | "lost-race" | "waits"> {
  const snapshot = await readSnapshot(community);
  if (!snapshot || snapshot.head.committedSum >= number) return "committed";
  const { head } = snapshot;
  const sum = await readSum(community, number);
  const pages = (await readWaitingPages(head)).filter((page) => page.sum === number);
  if (!sum?.sealed || sum.pageCount !== pages.length)
    throw new Error(`sum ${number} of ${community} is to be committed, and is not whole`);
  const verdict = await judgeSum(head, sum, pages, Date.now());
  if (!verdict) {
    if (Date.now() - sum.dueAtMs >= SUM_STALLED_MS) await tellStalled(community, number);
    return "waits";
  }
  const model = modelOf(snapshot);
  attempts.rule ??= { settings: model.settings, memberCount: model.memberCount };
  const step = applyBatch({ ...model, ...attempts.rule }, verdict.gradients, verdict.reports);
  const blocks = await putNewBlocks(snapshot, step, attempts);
  const commit = commitOf(step, sum, pages, verdict);
  const end = sumEnd(community, number, verdict.voidReason ? "void" : "committed");
  const change = { moves: { committedSum: number } };
  const also = verdict.trial ? [end, trialPut(community, verdict.trial)] : [end];
  const { outcome } = await writeCommit(head, commit, blocks, Date.now(), change, also);
  if (outcome !== "committed") return "lost-race";
  const { modelVersion, applied, rejected, gradientNorm } = commit;
  const counts = { applied: applied.length, rejected: rejected.length, senders: commit.senders?.count };
  logEvent("commit-sum", { community, sum: number, modelVersion, ...counts, gradientNorm });
  measureCommit(commit, Date.now());
  await deletePages(pages);
  return "committed";
}

/** Seconds from POST to commit: the client makes an id when it posts it. Of many gradients some suffice. */
const COMMIT_SECONDS_PER_SUM_MAX = 100;

function measureCommit({ applied, rejected, senders }: Commit, nowMs: number): void {
  for (const { reason } of rejected) count(REJECTION_COUNTS[reason]);
  if (applied.length === 0) return;
  measure("SumSenders", senders!.count);
  const every = Math.ceil(applied.length / COMMIT_SECONDS_PER_SUM_MAX);
  for (let n = 0; n < applied.length; n += every)
    measure("CommitSeconds", Math.max(0, nowMs - timeOfUuidV7(applied[n])) / 1000);
}

/** Nobody needs the gradients of one member any more. What is left over by a crash, the sweep finds. */
async function deletePages(pages: readonly Page[]): Promise<void> {
  await inParallel(pages, async ({ objectKey }) => {
    if (objectKey) await deleteObject(objectKey);
  });
}

/**
 * The one place that tells of a sum that does not come to its commit: in the log, by the alarm on the metric,
 * by a notice.
 */
async function tellStalled(community: string, number: number): Promise<void> {
  logEvent("sum-stalled", { community, sum: number });
  count("SumsStalled");
  const told = { event: "sum.stalled", facts: { sum: number } } as const;
  await writeNoticeOnce(community, told, Date.now(), `sum.stalled-${number}`);
}

async function commitSum(community: string, number: number): Promise<boolean> {
  const attempts: Attempts = { made: new Map() };
  const done = await retry(async (attempt) => {
    const outcome = await tryCommit(community, number, attempts);
    if (outcome === "committed") measure("CommitAttempts", attempt + 1);
    if (outcome !== "lost-race") return outcome;
    if (attempt + 1 === STALLED_AFTER_ATTEMPTS) await tellStalled(community, number);
    return null;
  });
  return done === "committed";
}

/** Seals the open sum if it is due; false where there is nothing to do now. */
async function sealIfDue(head: Head): Promise<boolean> {
  const { community, openSum, settings, memberCount } = head;
  const sum = await readSum(community, openSum);
  if (sum?.state !== "open") return sum !== null; // sealed since the head was read
  const pages = (await readWaitingPages(head)).filter((page) => page.sum === openSum);
  const entries = pages.flatMap((page) => page.entries);
  const { gradientsPerSumMax } = settings;
  const { firstPageAtMs, terms } = sum;
  const counted = countGradients(entries, gradientsPerSumMax, terms);
  const nowMs = Date.now();
  const state = { firstPageAtMs, idCount: entries.length, ...counted, reports: terms };
  const sealing = decideSealing(state, settings, memberCount, nowMs);
  if (sealing.outcome === "wait") {
    if (sealing.dueAtMs !== sum.dueAtMs) await postponeSum(community, sum, sealing.dueAtMs);
    return false;
  }
  const sealed = { isVoid: sealing.outcome === "void", needed: sealing.needed, gradientsPerSumMax };
  await writeOpenSum(head, sum, { ...sum, state: "sealed", dueAtMs: nowMs, sealed }, null, nowMs);
  return true;
}

/**
 * Commits what is sealed and seals what is due, until there is nothing left to do or others keep coming
 * between.
 */
export async function commitSums(community: string): Promise<void> {
  for (let turn = 0; turn < COMMIT_ATTEMPTS_MAX; turn++) {
    const head = await readHead(community);
    if (!head) return;
    const next = head.committedSum + 1;
    const goesOn = next < head.openSum ? await commitSum(community, next) : await sealIfDue(head);
    if (!goesOn) return;
  }
}
