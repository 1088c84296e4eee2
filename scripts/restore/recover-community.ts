/**
 * What a community needs after its tables were restored and before anybody calls it again. Backups of several tables are of
 * one second, not of one moment, so the head is made to agree with the others. All numbers leap past those that were in use
 * after the restored time: a device or a message of then can never be taken for one of now.
 */
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { RoundsNow } from "../../src/domain/community/attendance.ts";
import { kindOfItem, PERSON } from "../../src/domain/learning/item-set.ts";
import { restoreModel } from "../../src/domain/model/apply-batch.ts";
import type { MatrixBlock } from "../../src/domain/model/item-matrix.ts";
import { dynamodb, names } from "../../src/infra/aws.ts";
import { type Commit, commitItem } from "../../src/infra/commit-log.ts";
import { type DirectoryEntry, directoryKey, readDirectory } from "../../src/infra/directory-store.ts";
import { type Head, headKey, readHead, replaceSettings, versionKey } from "../../src/infra/head-store.ts";
import { itemOf } from "../../src/infra/item-writes.ts";
import {
  blockKey,
  blockPrefix,
  encodeManifest,
  getBlock,
  type Manifest,
} from "../../src/infra/matrix-block-store.ts";
import { readMembers } from "../../src/infra/member-store.ts";
import { modelOf, putBlocks } from "../../src/infra/model-store.ts";
import { deleteObject, inParallel, listObjects } from "../../src/infra/object-store.ts";
import { readRounds } from "../../src/infra/round-store.ts";
import { readSum, readWaitingPages, sumEnd } from "../../src/infra/sum-store.ts";
import { readVersions } from "../../src/infra/version-store.ts";
import { replayErasures } from "./erasures.ts";

/** More than a community can make: each is a transaction on its head, after reads and a put of some 20 ms each. */
const VERSIONS_PER_SECOND_MAX = 20;
/** What the backups of two tables, or two clocks, may differ by. */
const SKEW_SECONDS = 60;
/** A u32 in the blocks and the manifest. */
const VERSION_MAX = 0xffff_ffff;

export interface Recovery {
  community: string;
  modelVersion: number;
  /** The version whose rows are current again, and the one that the head had at the restored time. */
  restored: number;
  versionThen: number;
  members: number;
  erased: number;
  lostGradients: number;
  /** The latest round that is published. */
  round: number;
}

/** Makes members and directory agree: a join or a leave may be in one of their tables and not yet in the other. */
async function mendDirectory(head: Head): Promise<{ members: number; given: Map<number, DirectoryEntry> }> {
  const { community } = head;
  const members = await readMembers(community);
  const directory = new Map((await readDirectory(community)).map((entry) => [entry.row, entry]));
  const handles = new Map(members.map(({ row, memberId }) => [row, memberId]));
  for (const [row, { itemId }] of directory) {
    if (kindOfItem(itemId) !== PERSON || handles.get(row) === itemId) continue;
    const Key = directoryKey(community, row);
    await dynamodb.send(new DeleteItemCommand({ TableName: names.itemsTable, Key }));
    directory.delete(row);
  }
  for (const [row, itemId] of handles) {
    if (directory.has(row)) continue;
    const entry = { row, itemId, joinedAtVersion: head.modelVersion };
    const Item = itemOf({ community, ...entry });
    await dynamodb.send(new PutItemCommand({ TableName: names.itemsTable, Item }));
    directory.set(row, entry);
  }
  return { members: members.length, given: directory };
}

/**
 * Voids the sums that wait: they may have been committed since, and what they were made against is another model now. Answers
 * the ids and what has become of each, by sum.
 */
async function voidWaitingSums(head: Head, nowMs: number): Promise<Commit["rejected"][]> {
  const { community, committedSum, openSum } = head;
  const range = { ...head, openSum: openSum + 1, createdAtMs: nowMs }; // by another name than pages in memory have
  const pages = await readWaitingPages(range);
  // From the last committed one on: backups may have the head a moment before or after its sums.
  for (let number = committedSum; number <= openSum + 1; number++) {
    const sum = await readSum(community, number);
    if (!sum || sum.state === "committed") continue;
    const { Update } = sumEnd(community, number, "void");
    const ExpressionAttributeValues = { ":end": { S: "void" } };
    const update = { ...Update!, ConditionExpression: undefined, ExpressionAttributeValues };
    await dynamodb.send(new UpdateItemCommand(update));
  }
  await inParallel(pages, async ({ objectKey }) => {
    if (objectKey) await deleteObject(objectKey);
  });
  return [...Map.groupBy(pages, (page) => page.sum).values()].map((ofSum) =>
    ofSum.flatMap(({ entries }) => entries.map(({ id, rejection }) => ({ id, reason: rejection ?? "lost" }))),
  );
}

interface Newest {
  version: number;
  blocks: Map<number, MatrixBlock>;
  /** Of the kept versions, those whose objects are all there still, and the others. */
  whole: Set<number>;
  broken: Set<number>;
}

/** The newest version of the restored time whose objects are all there still; without any, the initial rows. */
async function readNewestWhole(head: Head): Promise<Newest> {
  const { community } = head;
  const present = new Set((await listObjects(blockPrefix(community))).map(({ key }) => key));
  const isWhole = ({ manifest }: { manifest: Manifest }) =>
    [...manifest.values()].every((stored) => present.has(blockKey(community, stored)));
  const kept = await readVersions(community);
  const candidates = [head, ...kept].sort((a, b) => b.modelVersion - a.modelVersion);
  const { modelVersion: version, manifest } = candidates.find(isWhole) ?? {
    modelVersion: 0,
    manifest: new Map(),
  };
  const blocks = await inParallel([...manifest.values()], (stored) => getBlock(community, stored));
  const whole = new Set(kept.filter(isWhole).map(({ modelVersion }) => modelVersion));
  const broken = new Set(kept.map(({ modelVersion }) => modelVersion)).difference(whole);
  return { version, blocks: new Map(blocks.map((block) => [block.index, block])), whole, broken };
}

/** Keeps broken versions no longer, and serves nobody what is not kept. */
async function forgetBroken(community: string, { whole, broken }: Newest): Promise<void> {
  const head = (await readHead(community))!;
  const { pinnedVersion, experiment } = head.settings;
  const settings = {
    ...head.settings,
    pinnedVersion: pinnedVersion !== null && whole.has(pinnedVersion) ? pinnedVersion : null,
    experiment: experiment?.version === undefined || whole.has(experiment.version) ? experiment : null,
  };
  await replaceSettings(head, settings);
  for (const version of broken) {
    const Key = versionKey(community, version);
    await dynamodb.send(new DeleteItemCommand({ TableName: names.modelTable, Key }));
  }
}

/** The latest published round and the one after it: they and the head may be some seconds apart. */
async function roundsNow({ community, round, latestRound }: Head): Promise<RoundsNow> {
  const near = await readRounds(community, Math.max(1, round - 2), round + 2);
  const past = near.filter(({ state }) => state !== "draft").map((one) => one.round);
  const published = near.filter(({ state }) => state === "published").map((one) => one.round);
  return {
    round: past.length > 0 ? Math.max(...past) + 1 : round,
    latestRound: published.length > 0 ? Math.max(...published) : latestRound,
  };
}

async function writeLog(community: string, commit: Commit, nowMs: number): Promise<void> {
  const Item = commitItem(community, commit, nowMs);
  await dynamodb.send(new PutItemCommand({ TableName: names.commitsTable, Item }));
}

/** The head with other numbers. Whatever stands in memory anywhere is of a community that was made at another time. */
async function writeHead(head: Head): Promise<void> {
  const { community, manifest, modelVersion, rosterVersion, rowCount, memberCount, itemCount, round } = head;
  const { latestRound, openSum, committedSum, voidedSum } = head;
  const { restoredVersion, removalVersion, createdAtMs, committedAtMs } = head;
  const numbers = {
    modelVersion,
    rosterVersion,
    rowCount,
    memberCount,
    itemCount,
    round,
    latestRound,
    openSum,
    committedSum,
  };
  const changed = { ...numbers, removalVersion, voidedSum, restoredVersion, createdAtMs, committedAtMs };
  const values = itemOf({ ...changed, manifest: encodeManifest(manifest) });
  const fields = Object.keys(values);
  const update = new UpdateItemCommand({
    TableName: names.modelTable,
    Key: headKey(community),
    UpdateExpression: `SET ${fields.map((name) => `#${name} = :${name}`).join(", ")}`,
    ExpressionAttributeNames: Object.fromEntries(fields.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(fields.map((name) => [`:${name}`, values[name]])),
  });
  await dynamodb.send(update);
}

/** Does it all for one community. It reads what the backups hold, so to do it again begins with copying them again. */
export async function recoverCommunity(
  community: string,
  restoredToMs: number,
  nowMs: number,
): Promise<Recovery> {
  const before = (await readHead(community))!;
  const erased = await replayErasures(before, restoredToMs);
  const then = (await readHead(community))!;
  const { members, given } = await mendDirectory(then);
  const lost = await voidWaitingSums(then, nowMs);
  const seconds = Math.ceil(Math.max(0, nowMs - restoredToMs) / 1000) + SKEW_SECONDS;
  const leap = VERSIONS_PER_SECOND_MAX * seconds;
  const sums = then.openSum + leap;
  const first = then.modelVersion + leap;
  if (first + lost.length + 1 > VERSION_MAX) throw new Error(`${community} has no version numbers left`);
  const empty = { applied: [], rejected: [], gradientNorm: 0, committedSum: sums };
  for (const [n, rejected] of lost.entries())
    await writeLog(
      community,
      { ...empty, modelVersion: first + n, rejected, senders: { count: 0, needed: 0 } },
      nowMs,
    );
  const rowCount = [...given.keys()].reduce((most, row) => Math.max(most, row + 1), then.rowCount);
  const mended = { ...then, rowCount, memberCount: members, itemCount: given.size };
  const newest = await readNewestWhole(mended);
  const model = {
    ...modelOf({ head: mended, blocks: newest.blocks }),
    modelVersion: first + lost.length - 1,
  };
  const step = restoreModel(model, newest.blocks, {
    hasLeft: (row) => !given.has(row),
    isGivenSince: (row) => given.get(row)!.joinedAtVersion > newest.version,
  });
  const { modelVersion } = step;
  const made = await putBlocks(community, step.blocks, modelVersion);
  await writeLog(community, { ...empty, modelVersion, restored: newest.version }, nowMs);
  const { round, latestRound } = await roundsNow(then);
  await writeHead({
    ...mended,
    ...{ modelVersion, restoredVersion: modelVersion, rosterVersion: then.rosterVersion + 1 },
    ...{ round, latestRound },
    removalVersion: then.removalVersion + 1, // erasures were replayed, so kept versions are looked through again
    ...{ committedSum: sums, voidedSum: sums, openSum: sums + 1 },
    ...{ createdAtMs: nowMs, committedAtMs: Math.max(nowMs, then.committedAtMs) },
    manifest: new Map(made.map(({ stored }) => [stored.index, stored])),
  });
  await forgetBroken(community, newest);
  const versions = { modelVersion, restored: newest.version, versionThen: then.modelVersion };
  const lostGradients = lost.flat().filter(({ reason }) => reason === "lost").length;
  return { community, ...versions, members, erased, lostGradients, round: round - 1 };
}
