import { Problem } from "../domain/errors.ts";
import { MODEL_READS_PER_HOUR_MAX } from "../domain/limits.ts";
import { modelQuerySchema } from "../domain/messages/messages.ts";
import { encodeValues } from "../domain/messages/value-encoding.ts";
import { isErasedIn, type Model } from "../domain/model/apply-batch.ts";
import { readMatrix, readRows, rowsChangedSince } from "../domain/model/item-matrix.ts";
import { coalesce } from "../infra/coalesce.ts";
import { type DirectoryEntry, knownDirectory } from "../infra/directory-store.ts";
import type { Head } from "../infra/head-store.ts";
import { modelOf, type Snapshot, snapshotOf } from "../infra/model-store.ts";
import { takeFromRate } from "../infra/rate-limit.ts";
import { noteSeen } from "../infra/seen-store.ts";
import { readMemberRequest } from "./http/caller.ts";
import { type Answer, endpoint, isKnown, queryOf } from "./http/http.ts";

/** By row. */
type Entries = ReadonlyMap<number, DirectoryEntry>;
const NO_ENTRIES: Entries = new Map();

const SYNCS_PER_READ_MAX = 100;

/** Devices ask at the same time, after a commit or a round: those that one process serves share a read. */
const readShared = /* @__PURE__ */ coalesce(SYNCS_PER_READ_MAX, (heads: Head[]) => {
  const reads = new Map<string, Promise<Snapshot | Error>>();
  const read = (head: Head) => {
    const key = JSON.stringify([head.community, head.modelVersion, head.rowCount]);
    const reading = reads.get(key) ?? snapshotOf(head).catch((error: Error) => error);
    reads.set(key, reading);
    return reading;
  };
  return Promise.all(heads.map(read));
});

/** What the caller has: all rows below `rows` at `version`. Without their number, the rows given up to that version. */
interface Known {
  version: number;
  rows?: number;
}

/** The rows that changed or are new to the caller, ascending. */
function rowsFor(known: Known, { head, blocks }: Snapshot, entries: Entries): number[] {
  const isNew = (row: number) =>
    known.rows !== undefined || (entries.get(row)?.joinedAtVersion ?? 0) > known.version;
  const first = known.rows ?? 0;
  const fresh = Array.from({ length: Math.max(0, head.rowCount - first) }, (_, n) => first + n).filter(isNew);
  const rows = new Set([...rowsChangedSince(blocks, known.version), ...fresh]);
  return [...rows].filter((row) => row < head.rowCount).sort((a, b) => a - b);
}

/** Whether the caller has every row, each under the handle that it has now. */
const isNamed = (known: Known | null, { rowCount, rejoinedVersion }: Head): boolean =>
  known?.rows !== undefined && known.rows >= rowCount && known.version >= rejoinedVersion;

/**
 * One entry a row of values, in their order. A row whose member has left has no item; one that the caller knows keeps its, unless
 * its member has come back since.
 */
function itemsOf(rows: readonly number[], known: Known | null, model: Model, entries: Entries) {
  return rows.map((row) => {
    if (isErasedIn(model, row)) return { itemId: null, row };
    const { itemId = null, joinedAtVersion = 0 } = entries.get(row) ?? {};
    const isKnown = known?.rows !== undefined && row < known.rows && joinedAtVersion <= known.version;
    return isKnown ? { row } : { itemId, row };
  });
}

/** `GET C/model`: the item matrix, whole or the rows changed since a version, in the encoding asked for. */
export const handler = endpoint(async (event): Promise<Answer> => {
  const { head, member, request } = await readMemberRequest(event);
  await noteSeen(head.community, member, request.nowMs);
  const query = queryOf(event, modelQuerySchema);
  const { modelVersion, restoredVersion, rowCount, settings } = head;
  const etag = `"${modelVersion}"`;
  const hasNewRows = query.knownRows !== undefined && Number(query.knownRows) !== rowCount;
  if (!hasNewRows && isKnown(event, etag)) return { status: 304, headers: { etag } };
  const limit = MODEL_READS_PER_HOUR_MAX;
  const full = await takeFromRate(head.community, member, "modelReads", limit, request.nowMs);
  if (full) throw new Problem("too-many-reads", `At most ${limit} reads of the model an hour.`, full);
  const knownRows = query.knownRows === undefined ? undefined : Number(query.knownRows);
  const version = query.sinceVersion === undefined ? undefined : Number(query.sinceVersion);
  // A recovery from a backup may have given rows to others: who knows an earlier model is told all of them anew.
  const isOutdated = version !== undefined && version < restoredVersion;
  const known = version === undefined ? null : { version, rows: isOutdated ? 0 : knownRows };
  // Who knows every name is told none, and costs no look into the directory.
  const namesNothing = isNamed(known, head);
  const [snapshot, entries] = await Promise.all([
    readShared(head),
    namesNothing ? NO_ENTRIES : knownDirectory(head).then((directory) => directory.entries),
  ]);
  const width = settings.factors + 1;
  const rows = known ? rowsFor(known, snapshot, entries) : Array.from({ length: rowCount }, (_, row) => row);
  const model = modelOf(snapshot);
  const values = known ? readRows(model, model.blocks, rows) : readMatrix(model, model.blocks);
  const encoded = encodeValues(values, width, query.encoding ?? "f32");
  const items = itemsOf(rows, known, model, entries);
  const body = { modelVersion, factors: settings.factors, rowCount, items, ...encoded, settings };
  return { status: 200, headers: { etag }, body };
});
