/**
 * Gathering: judges the gradients of a batch, each id once, and adds them as one page to the community's open
 * sum. What is read comes in this order, so that an id which another page or commit took meanwhile is found,
 * or the write fails: head, open sum, pages that wait, log.
 */
import { GRADIENTS_PER_SUM_MAX } from "../../domain/limits.ts";
import { isExpired, type JudgingContext, rejectionOf, stalenessMax } from "../../domain/model/judging.ts";
import { countGradients, decideSealing, type SumEntry } from "../../domain/model/sum.ts";
import { valueCountOf } from "../../domain/secure/terms.ts";
import { isLeftOut, NO_TRIAL } from "../../domain/secure/trial.ts";
import { earliestCommitMs, readCommittedSum, readLog } from "../../infra/commit-log.ts";
import type { Received } from "../../infra/gradient-queue.ts";
import { fixedTerms, type Head, readHead } from "../../infra/head-store.ts";
import { putObject } from "../../infra/object-store.ts";
import { encodePage } from "../../infra/page-objects.ts";
import { retry } from "../../infra/retry.ts";
import { senderTags } from "../../infra/sender-tags.ts";
import {
  newPageKey,
  type Page,
  readSum,
  readWaitingPages,
  type Sum,
  writeOpenSum,
} from "../../infra/sum-store.ts";
import { readTrial } from "../../infra/trial-store.ts";

/** `sum` is as the batch left it; `before` as it was, null where it had no page. */
export type Gathering =
  | { outcome: "gathered"; sum: Sum | null; before: Sum | null; judged: SumEntry[] }
  | { outcome: "unknown-community" | "lost-races" };

/** Those of the versions after which too many sums were committed, or that the log no longer holds. */
async function readStaleVersions(head: Head, versions: ReadonlySet<number>): Promise<Set<number>> {
  const { community, modelVersion, committedSum, settings, memberCount } = head;
  const sumsMax = stalenessMax(settings, memberCount);
  const stale = new Set<number>();
  for (const version of versions) {
    // Every sum makes a version, so a young version needs no look into the log.
    if (modelVersion - version <= sumsMax) continue;
    const then = await readCommittedSum(community, version);
    if (then === undefined || committedSum - then > sumsMax) stale.add(version);
  }
  return stale;
}

interface Judged {
  entry: SumEntry;
  received: Received;
}

/**
 * What is new of the batch, and why some of it cannot count; where the log is too long to search it, an id
 * has expired.
 */
async function judge(
  batch: readonly Received[],
  isKnown: (id: string) => boolean,
  isSearched: (id: string) => boolean,
  { community, openSum }: Head,
  context: JudgingContext & { isLeftOut: (sender: Uint8Array) => boolean },
): Promise<Judged[]> {
  const seen = new Set<string>();
  const fresh = batch.filter(({ gradient: { id } }) => {
    const isNew = !seen.has(id) && !isKnown(id);
    if (isNew) seen.add(id);
    return isNew;
  });
  const tags = await senderTags(
    fresh.map(({ sender }) => sender),
    community,
    openSum,
  );
  return fresh.map((received, n) => {
    const { gradient, record } = received;
    const isReport = "share" in gradient || undefined;
    const fault = isSearched(gradient.id) ? rejectionOf(gradient, context) : "expired";
    const rejection = fault ?? (isReport && context.isLeftOut(received.sender) ? "set-aside" : null);
    const bytes = rejection === null ? record.length : 0;
    return { entry: { id: gradient.id, senderTag: tags[n], rejection, bytes, isReport }, received };
  });
}

async function judgeBatch(head: Head, batch: readonly Received[], pages: readonly Page[], nowMs: number) {
  const { modelVersion, rowCount, settings, restoredVersion } = head;
  const waiting = new Set(pages.flatMap((page) => page.entries.map((entry) => entry.id)));
  // Ids out of their day are told so before any log is read, however far back that were.
  const inTime = batch.filter(({ gradient }) => !isExpired(gradient.id, nowMs));
  const versions = new Set(inTime.map(({ gradient }) => gradient.modelVersion));
  const staleVersions = await readStaleVersions(head, versions);
  const earliestMs = inTime.reduce(
    (ms, { gradient }) => Math.min(ms, earliestCommitMs(gradient.id)),
    Number.POSITIVE_INFINITY,
  );
  const log = inTime.length > 0 ? await readLog(head, earliestMs, nowMs) : null;
  const isKnown = (id: string) => waiting.has(id) || log?.verdict(id) !== undefined;
  const isSearched = (id: string) => log?.reachesBackTo(earliestCommitMs(id)) ?? false;
  const terms = fixedTerms(head);
  const reports = terms && { sum: terms.sum, valueCount: valueCountOf(terms) };
  const trial = terms ? await readTrial(head.community) : NO_TRIAL;
  const isOut = (sender: Uint8Array) => isLeftOut(trial, Buffer.from(sender).toString("hex"), nowMs);
  const bounds = { modelVersion, rowCount, settings, restoredVersion, nowMs, staleVersions, reports };
  const context = { ...bounds, isLeftOut: isOut };
  return judge(batch, isKnown, isSearched, head, context);
}

/** The open sum with a page more, sealed if that suffices. */
function withPage(
  head: Head,
  before: Sum | null,
  entries: readonly SumEntry[],
  nowMs: number,
  waitsForOthers: boolean,
): Sum {
  const { openSum: number, settings, memberCount } = head;
  const { gradientsPerSumMax } = settings;
  const firstPageAtMs = before?.firstPageAtMs ?? nowMs;
  const terms = fixedTerms(head) ?? undefined;
  const counted = countGradients(entries, gradientsPerSumMax, terms);
  const state = { firstPageAtMs, idCount: entries.length, ...counted, reports: terms };
  const waits = waitsForOthers ? settings : { ...settings, sumSecondsMin: 0 };
  const sealing = decideSealing(state, waits, memberCount, nowMs);
  const sum = { number, pageCount: (before?.pageCount ?? 0) + 1, firstPageAtMs, terms };
  if (sealing.outcome === "wait") return { ...sum, state: "open", dueAtMs: sealing.dueAtMs };
  const { outcome, needed } = sealing;
  return {
    ...sum,
    state: "sealed",
    dueAtMs: nowMs,
    sealed: { isVoid: outcome === "void", needed, gradientsPerSumMax },
  };
}

/** Puts the gradients that may count. Answers the object's key. */
async function putGradients(head: Head, judged: readonly Judged[]): Promise<string | undefined> {
  const kept = judged.filter(({ entry }) => entry.rejection === null);
  if (kept.length === 0) return undefined;
  const key = newPageKey(head.community, head.openSum);
  await putObject(key, encodePage(kept.map(({ received }) => received.record)));
  return key;
}

/**
 * One attempt: what was added, and whether that is all; null when another page, a seal or a commit came
 * between.
 */
async function addPage(
  head: Head,
  batch: readonly Received[],
  nowMs: number,
  waitsForOthers: boolean,
): Promise<{ sum: Sum | null; before: Sum | null; judged: SumEntry[]; isAll: boolean } | null> {
  const { community, openSum } = head;
  const before = await readSum(community, openSum);
  if (before && before.state !== "open") return null;
  const pages = await readWaitingPages(head);
  const inSum = pages.filter((page) => page.sum === openSum);
  const number = before?.pageCount ?? 0;
  if (inSum.length !== number) return null;
  const earlier = inSum.flatMap((page) => page.entries);
  const fresh = await judgeBatch(head, batch, pages, nowMs);
  if (fresh.length === 0) return { sum: before, before, judged: [], isAll: true };
  const judged = fresh.slice(0, GRADIENTS_PER_SUM_MAX - earlier.length);
  const objectKey = await putGradients(head, judged);
  const entries = judged.map(({ entry }) => entry);
  const sum = withPage(head, before, [...earlier, ...entries], nowMs, waitsForOthers);
  const { outcome } = await writeOpenSum(
    head,
    before,
    sum,
    { sum: openSum, number, entries, objectKey },
    nowMs,
  );
  if (outcome !== "committed") return null;
  return { sum, before, judged: entries, isAll: judged.length === fresh.length };
}

/**
 * Adds what is new of a batch to the open sum, or, where that has not so much room, to it and the next. A
 * batch that does not wait for others has the sum sealed as soon as it has the senders that it needs, however
 * young it is.
 */
export async function gather(
  community: string,
  batch: readonly Received[],
  waitsForOthers = true,
): Promise<Gathering> {
  const judged: SumEntry[] = [];
  const gathering = await retry(async (): Promise<Gathering | null> => {
    for (;;) {
      const head = await readHead(community);
      if (!head) return { outcome: "unknown-community" };
      const added = await addPage(head, batch, Date.now(), waitsForOthers);
      if (!added) return null;
      judged.push(...added.judged);
      if (added.isAll) return { outcome: "gathered", sum: added.sum, before: added.before, judged };
    }
  });
  return gathering ?? { outcome: "lost-races" };
}
