/**
 * A kept version as it may be seen today. Rows of those who have left since are zero, and rows that were
 * given to somebody since are in their initial state: so it is when a version is restored, and when readers
 * are served it while learning goes on.
 */
import { eraseFromKept, isErasedIn, restoreModel } from "../../domain/model/apply-batch.ts";
import {
  type MatrixBlock,
  type RowsSince,
  readKeptMatrix,
  readMatrix,
} from "../../domain/model/item-matrix.ts";
import { knownDirectory } from "../../infra/directory-store.ts";
import { modelOf, readKeptBlocks, type Snapshot } from "../../infra/model-store.ts";
import { type KeptVersion, readVersion } from "../../infra/version-store.ts";

/** What has become of rows since a kept version, as far as the snapshot knows. */
async function rowsSince(snapshot: Snapshot, { modelVersion }: KeptVersion): Promise<RowsSince> {
  const model = modelOf(snapshot);
  const hasLeft = (row: number) => isErasedIn(model, row);
  if (snapshot.head.rejoinedVersion <= modelVersion) return { hasLeft, isGivenSince: () => false };
  const { entries } = await knownDirectory(snapshot.head);
  return { hasLeft, isGivenSince: (row) => (entries.get(row)?.joinedAtVersion ?? 0) > modelVersion };
}

/** The step that would make a kept version current again. */
export async function restoredStep(snapshot: Snapshot, kept: KeptVersion) {
  const blocks = await readKeptBlocks(snapshot.head, kept);
  return restoreModel(modelOf(snapshot), blocks, await rowsSince(snapshot, kept));
}

/** The item matrix of a kept version. */
export async function keptMatrix(snapshot: Snapshot, kept: KeptVersion): Promise<Float32Array<ArrayBuffer>> {
  const blocks = await readKeptBlocks(snapshot.head, kept);
  return readKeptMatrix(modelOf(snapshot), blocks, await rowsSince(snapshot, kept));
}

/** The item matrix that readers are served: that of a kept version, or null for the model as it is. */
export async function servedMatrix(
  snapshot: Snapshot,
  version: number | null,
): Promise<Float32Array<ArrayBuffer>> {
  if (version === null) return readMatrix(modelOf(snapshot), snapshot.blocks);
  const { community } = snapshot.head;
  const kept = await readVersion(community, version);
  if (!kept) throw new Error(`version ${version} of ${community}, which is served, is not kept`);
  return keptMatrix(snapshot, kept);
}

/**
 * The matrix blocks of a kept version that hold rows of members who have left since, or rows that were given
 * to others since. In them these rows are zero.
 */
export async function erasedBlocks(snapshot: Snapshot, kept: KeptVersion): Promise<MatrixBlock[]> {
  const blocks = await readKeptBlocks(snapshot.head, kept);
  const { modelVersion } = kept;
  return eraseFromKept({ ...modelOf(snapshot), modelVersion }, blocks, await rowsSince(snapshot, kept));
}
