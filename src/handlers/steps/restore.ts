/** Makes a kept version current again, as a new version; what was judged by the model of before is void. */
import { putBlocks, readSnapshot, writeCommit } from "../../infra/model-store.ts";
import { readSum, type Sum, sumPut } from "../../infra/sum-store.ts";
import type { KeptVersion } from "../../infra/version-store.ts";
import { restoredStep } from "./kept-model.ts";

/** The open sum, sealed as void: what was judged by the model of before must not move the one of now. */
function voided(number: number, before: Sum | null, nowMs: number): Sum {
  const { pageCount = 0, firstPageAtMs = nowMs } = before ?? {};
  const sealed = { isVoid: true, needed: 0, gradientsPerSumMax: null };
  return { number, state: "sealed", pageCount, firstPageAtMs, dueAtMs: nowMs, sealed };
}

/**
 * One attempt: the version made, `gone` where the community is deleted, or null when another commit or page
 * came between.
 */
export async function tryRestore(
  community: string,
  kept: KeptVersion,
  nowMs: number,
): Promise<number | "gone" | null> {
  const snapshot = await readSnapshot(community);
  if (!snapshot) return "gone";
  const { head } = snapshot;
  const before = await readSum(community, head.openSum);
  if (before && before.state !== "open") return null;
  const { modelVersion, gradientNorm, blocks } = await restoredStep(snapshot, kept);
  const made = await putBlocks(community, blocks, modelVersion);
  const { committedSum, openSum } = head;
  const restored = kept.modelVersion;
  const commit = { modelVersion, committedSum, applied: [], rejected: [], gradientNorm, restored };
  const moves = { restoredVersion: modelVersion, voidedSum: openSum, openSum: openSum + 1 };
  const seal = sumPut(community, before, voided(openSum, before, nowMs), nowMs);
  const { outcome } = await writeCommit(head, commit, made, nowMs, { moves }, [seal]);
  return outcome === "committed" ? modelVersion : null;
}
