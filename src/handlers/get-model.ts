import { modelQuerySchema } from "../domain/messages/messages.ts";
import { encodeValues } from "../domain/messages/value-encoding.ts";
import { readMatrix } from "../domain/model/item-matrix.ts";
import { coalesce } from "../infra/coalesce.ts";
import { type DirectoryEntry, readDirectory } from "../infra/directory-store.ts";
import { modelOf, readSnapshot, type Snapshot } from "../infra/model-store.ts";
import { type Answer, endpoint, queryOf, readMemberRequest, unknownCommunity } from "./http/http.ts";

const SYNCS_PER_READ_MAX = 100;

/**
 * Rows that were changed or given after a version, ascending. A row given while the model stood at it is not among them:
 * whoever sees a `rowCount` beyond the rows they know fetches the whole.
 */
function rowsSince(
  changedAt: Uint32Array,
  directory: readonly DirectoryEntry[],
  sinceVersion: number,
): number[] {
  const isNew = new Set(
    directory.filter((entry) => entry.joinedAtVersion > sinceVersion).map((entry) => entry.row),
  );
  return Array.from(changedAt.keys()).filter((row) => changedAt[row] > sinceVersion || isNew.has(row));
}

function gather(values: Float32Array, width: number, rows: readonly number[]): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    gathered.set(values.subarray(row * width, (row + 1) * width), at * width);
  });
  return gathered;
}

/** One entry a row of values, in their order; a row whose member has left has no itemId. */
function itemsOf(rows: readonly number[], directory: readonly DirectoryEntry[]) {
  const itemIdOf = new Map(directory.map((entry) => [entry.row, entry.itemId]));
  return rows.map((row) => ({ itemId: itemIdOf.get(row) ?? null, row }));
}

interface State {
  snapshot: Snapshot;
  /** Of the snapshot's rows. */
  directory: DirectoryEntry[];
}

async function readStateNow(community: string): Promise<State | null> {
  const snapshot = await readSnapshot(community, Date.now());
  if (!snapshot) return null;
  const directory = await readDirectory(community);
  return { snapshot, directory: directory.filter((entry) => entry.row < snapshot.head.rowCount) };
}

/** Devices ask at the same time, after a commit or a round: those that one process serves share a read. */
const readState = /* @__PURE__ */ coalesce(SYNCS_PER_READ_MAX, async (communities: string[]) => {
  const reads = new Map(
    [...new Set(communities)].map((community) => [
      community,
      readStateNow(community).catch((error: Error) => error),
    ]),
  );
  return Promise.all(communities.map((community) => reads.get(community)!));
});

/** `GET C/model`: the item matrix, whole or the rows changed since a version, in the encoding asked for. */
export const handler = endpoint(async (event): Promise<Answer> => {
  const { request, head: firstHead } = await readMemberRequest(event);
  const query = queryOf(event, modelQuerySchema);
  const etag = `"${firstHead.modelVersion}"`;
  const known = (event.headers["if-none-match"] ?? "")
    .split(",")
    .map((tag) => tag.trim().replace(/^W\//, ""));
  const hasNewRows = query.knownRows !== undefined && Number(query.knownRows) !== firstHead.rowCount;
  if (!hasNewRows && (known.includes(etag) || known.includes("*"))) return { status: 304, headers: { etag } };
  const state = await readState(request.community);
  if (!state) throw unknownCommunity(request.community);
  const { snapshot, directory } = state;
  const { modelVersion, rowCount, settings } = snapshot.head;
  const { values, changedAt } = readMatrix(modelOf(snapshot), snapshot.blocks);
  const width = settings.factors + 1;
  const rows =
    query.sinceVersion === undefined
      ? Array.from({ length: rowCount }, (_, row) => row)
      : rowsSince(changedAt, directory, Number(query.sinceVersion));
  const encoded = encodeValues(gather(values, width, rows), width, query.encoding ?? "f32");
  const items = itemsOf(rows, directory);
  const body = { modelVersion, factors: settings.factors, rowCount, items, ...encoded, settings };
  return { status: 200, headers: { etag: `"${modelVersion}"` }, body };
});
