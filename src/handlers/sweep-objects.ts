/**
 * The daily sweep: forgets blocks of those who cannot come back any more, keeps a version of each model, lets go of those kept
 * too long, and deletes objects that neither a head nor a kept version nor a waiting page nor a round names. What is no longer
 * named is never named again, so it may stop anywhere.
 */
import middy from "@middy/core";
import type { EventBridgeEvent } from "aws-lambda";
import {
  ERASURE_RETENTION_MS,
  GARBAGE_AGE_MIN_MS,
  VERSION_INTERVAL_MS,
  VERSION_RETENTION_MS,
  WRITE_RESERVE_MS,
} from "../domain/limits.ts";
import { listErasures } from "../infra/erasure-list.ts";
import { type GarbageList, garbageLists, readGarbageList, writeGarbageList } from "../infra/garbage-lists.ts";
import { type Head, readHead } from "../infra/head-store.ts";
import { blockKey } from "../infra/matrix-block-store.ts";
import { putBlocks, snapshotOf } from "../infra/model-store.ts";
import {
  deleteObject,
  inParallel,
  listCommunities,
  listObjects,
  type ObjectEntry,
} from "../infra/object-store.ts";
import { groupsPrefix } from "../infra/round-groups.ts";
import { readGroupsKeys } from "../infra/round-store.ts";
import { readWaitingPages } from "../infra/sum-store.ts";
import { keepVersion, letGo, noteSweep, readVersions, replaceManifest } from "../infra/version-store.ts";
import { forgetBlocks } from "./steps/forget-blocks.ts";
import { erasedBlocks } from "./steps/kept-model.ts";
import { logError, logEvent, writesMetrics } from "./steps/log.ts";

/** A schedule fires some seconds sooner or later than the day before. */
const SCHEDULE_SLACK_MS = 3_600_000;

/** Keeps the present version if the last one was kept a day ago, and lets go of those whose time is over. */
async function keepDaily(head: Head, nowMs: number): Promise<void> {
  const { community, modelVersion } = head;
  const daily = (await readVersions(community)).flatMap(({ modelVersion: version, keptAtMs }) =>
    keptAtMs === undefined ? [] : [{ version, keptAtMs }],
  );
  // A backup from any time between two of them needs the first.
  for (const [n, next] of daily.slice(1).entries())
    if (nowMs - next.keptAtMs > VERSION_RETENTION_MS) await letGo(community, daily[n].version, "keptAtMs");
  const last = daily.at(-1);
  const isDue = nowMs - (last?.keptAtMs ?? 0) > VERSION_INTERVAL_MS - SCHEDULE_SLACK_MS;
  if (modelVersion > 0 && modelVersion !== last?.version && isDue) await keepVersion(head, "keptAtMs", nowMs);
}

/**
 * Who leaves is erased from the versions, too, that are kept for longer than the daily ones: their rows are
 * zero in new objects, and the old ones are garbage. Versions are looked through again when somebody was
 * removed since.
 */
async function eraseFromHeld(head: Head, nowMs: number): Promise<void> {
  const { community, removalVersion } = head;
  const old = (await readVersions(community)).filter(
    ({ heldAtMs = nowMs, removalVersion: lookedFor }) =>
      nowMs - heldAtMs > VERSION_RETENTION_MS && lookedFor !== removalVersion,
  );
  for (const kept of old) {
    const blocks = await erasedBlocks(await snapshotOf(head), kept);
    const made = await putBlocks(community, blocks, kept.modelVersion);
    const manifest = new Map(kept.manifest);
    for (const { stored } of made) manifest.set(stored.index, stored);
    await replaceManifest(community, kept, manifest, removalVersion);
  }
}

/** The keys that a community's objects are named by, read after the objects were listed. */
async function readNamedKeys(
  community: string,
  objects: readonly ObjectEntry[],
  nowMs: number,
): Promise<Set<string>> {
  const before = await readHead(community);
  if (!before) return new Set();
  await keepDaily(before, nowMs);
  await eraseFromHeld(before, nowMs);
  const versions = await readVersions(community);
  const head = (await readHead(community)) ?? before;
  const pages = await readWaitingPages(head);
  // A query that reads whole rounds, for the few communities whose rounds have objects.
  const hasGroups = objects.some(({ key }) => key.startsWith(groupsPrefix(community)));
  const groups = hasGroups ? await readGroupsKeys(community) : [];
  const manifests = [head.manifest, ...versions.map(({ manifest }) => manifest)];
  const blocks = manifests.flatMap((manifest) => [...manifest.values()]);
  return new Set([
    ...groups,
    ...blocks.map((stored) => blockKey(community, stored)),
    ...pages.flatMap(({ objectKey }) => objectKey ?? []),
  ]);
}

/** Blocks of those who left too long ago to come back are forgotten. */
async function sweepBlocks(community: string, nowMs: number): Promise<void> {
  const head = await readHead(community);
  const forgotten = head ? await forgetBlocks(head, nowMs) : 0;
  if (forgotten > 0) logEvent("sweep-objects", { community, forgotten });
}

/** Deletes what an earlier sweep has marked and what is unnamed still, then the list itself. */
async function deleteMarked(lists: readonly GarbageList[], named: ReadonlySet<string>): Promise<number> {
  let deleted = 0;
  for (const list of lists) {
    const keys = (await readGarbageList(list)).filter((key) => !named.has(key));
    await inParallel(keys, deleteObject);
    await deleteObject(list.key);
    deleted += keys.length;
  }
  return deleted;
}

/** Deletes what nothing names any more, in two steps a day apart. */
async function sweepObjects(community: string, nowMs: number): Promise<void> {
  const objects = await listObjects(`${community}/`);
  const lists = garbageLists(community, objects);
  const named = await readNamedKeys(community, objects, nowMs);
  const isRipe = ({ markedAtMs }: GarbageList) => nowMs - markedAtMs >= GARBAGE_AGE_MIN_MS;
  const young = lists.filter((list) => !isRipe(list));
  const deleted = await deleteMarked(lists.filter(isRipe), named);
  if (young.length > 0) return logEvent("sweep-objects", { community, deleted }); // one mark a day
  const listKeys = new Set(lists.map(({ key }) => key));
  const garbage = objects.filter(
    ({ key, modifiedAtMs }) =>
      nowMs - modifiedAtMs > GARBAGE_AGE_MIN_MS && !named.has(key) && !listKeys.has(key),
  );
  if (garbage.length > 0)
    await writeGarbageList(
      community,
      garbage.map(({ key }) => key),
      nowMs,
    );
  logEvent("sweep-objects", { community, deleted, marked: garbage.length });
}

async function sweep(community: string, nowMs: number): Promise<void> {
  await sweepBlocks(community, nowMs);
  await sweepObjects(community, nowMs);
  const head = await readHead(community);
  if (head) await noteSweep(head, nowMs);
}

/** Forgets erasures that no backup goes back behind any more. */
async function sweepErasures(nowMs: number): Promise<void> {
  const old = (await listErasures()).filter(({ atMs }) => nowMs - atMs > ERASURE_RETENTION_MS);
  await inParallel(old, ({ key }) => deleteObject(key));
}

/** One community after another; who fails, and whom there is no time for, is swept the next day. */
export const handler = middy<EventBridgeEvent<"Scheduled Event", string>, void>(writesMetrics).handler(
  async (_, context) => {
    await sweepErasures(Date.now()).catch((error) => logError(error, context));
    for (const community of await listCommunities()) {
      if (context.getRemainingTimeInMillis() < WRITE_RESERVE_MS) break;
      try {
        await sweep(community, Date.now());
      } catch (error) {
        logError(error, context);
      }
    }
  },
);
