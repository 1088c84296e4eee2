import { Problem } from "../domain/errors.ts";
import { parse, versionNumberSchema } from "../domain/messages/messages.ts";
import { isErasedIn, restoreModel } from "../domain/model/apply-batch.ts";
import { knownDirectory } from "../infra/directory-store.ts";
import type { Head } from "../infra/head-store.ts";
import { modelOf, putBlocks, readKeptBlocks, readSnapshot, writeCommit } from "../infra/model-store.ts";
import { retry } from "../infra/retry.ts";
import { readSum, type Sum, sumPut } from "../infra/sum-store.ts";
import { type KeptVersion, readVersion } from "../infra/version-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint, unknownCommunity, valid } from "./http/http.ts";
import { commitSums } from "./steps/commit-sums.ts";
import { logError } from "./steps/log.ts";

/** The open sum, sealed as void: what was judged by the model of before must not move the one of now. */
function voided(number: number, before: Sum | null, nowMs: number): Sum {
  const { pageCount = 0, firstPageAtMs = nowMs } = before ?? {};
  const sealed = { isVoid: true, needed: 0, gradientsPerSumMax: null };
  return { number, state: "sealed", pageCount, firstPageAtMs, dueAtMs: nowMs, sealed };
}

/** Which rows were given after a kept version: in it they hold what their members have erased by leaving, or nothing. */
async function rowsGivenSince(head: Head, version: number): Promise<(row: number) => boolean> {
  if (head.rejoinedVersion <= version) return () => false;
  const { entries } = await knownDirectory(head);
  return (row) => (entries.get(row)?.joinedAtVersion ?? 0) > version;
}

/** One attempt: the version made, or null when another commit or page came between. */
async function restore(community: string, kept: KeptVersion, nowMs: number): Promise<number | null> {
  const snapshot = await readSnapshot(community);
  if (!snapshot) throw unknownCommunity(community);
  const { head } = snapshot;
  const before = await readSum(community, head.openSum);
  if (before && before.state !== "open") return null;
  const model = modelOf(snapshot);
  const { modelVersion, gradientNorm, blocks } = restoreModel(
    model,
    await readKeptBlocks(head, kept.manifest),
    {
      hasLeft: (row) => isErasedIn(model, row),
      isGivenSince: await rowsGivenSince(head, kept.modelVersion),
    },
  );
  const made = await putBlocks(community, blocks, modelVersion);
  const { committedSum, openSum } = head;
  const restored = kept.modelVersion;
  const commit = { modelVersion, committedSum, applied: [], rejected: [], gradientNorm, restored };
  const moves = { restoredVersion: modelVersion, voidedSum: openSum, openSum: openSum + 1 };
  const seal = sumPut(community, before, voided(openSum, before, nowMs), nowMs);
  const { outcome } = await writeCommit(head, commit, made, nowMs, { moves }, [seal]);
  return outcome === "committed" ? modelVersion : null;
}

/** `POST C/versions/{version}/restore`: makes a kept version current again, as a new version; gradients that wait are stale. */
export const handler = endpoint(async (event, context) => {
  const { community, nowMs } = (await readOperatorRequest(event)).request;
  const version = Number(valid(parse(versionNumberSchema, event.pathParameters?.version, ["version"])));
  const kept = await readVersion(community, version);
  if (!kept)
    throw new Problem(
      "unknown-version",
      `Version ${version} is not kept; GET versions lists those that are.`,
    );
  const modelVersion = await retry(() => restore(community, kept, nowMs));
  if (modelVersion === null)
    throw new Problem("try-again", "The model kept moving.", { retryAfterSeconds: 1 });
  await commitSums(community).catch((error) => logError(error, context)); // the tick does it too
  return { status: 200, body: { restored: version, modelVersion } };
});
