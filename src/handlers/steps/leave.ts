/** Takes a member out of a community, for who leaves and for operators who remove or ban: one commit, after the ratings are erased. */
import { eraseMember } from "../../domain/model/apply-batch.ts";
import { blockErasures, ERASURES_PER_COMMIT_MAX, eraseBlocks } from "../../infra/block-store.ts";
import type { Item } from "../../infra/head-store.ts";
import { type Member, readMembers, removalOf } from "../../infra/member-store.ts";
import { modelOf, putBlocks, readSnapshot, writeCommit } from "../../infra/model-store.ts";
import { retry } from "../../infra/retry.ts";
import { eraseHosted, hasRatings } from "./ratings-erasure.ts";

export interface Departure {
  community: string;
  userId: string;
  nowMs: number;
  /** What stays of the member's item; nothing, if it is missing. */
  leftOf?: (member: Member) => Item;
}

/** One attempt; null when the ratings had to be erased first, or when another commit came between. */
async function tryLeave({
  community,
  userId,
  nowMs,
  leftOf,
}: Departure): Promise<"left" | "no-member" | null> {
  const snapshot = await readSnapshot(community);
  if (!snapshot) return "no-member";
  const members = await readMembers(community);
  const member = members.find((candidate) => candidate.userId === userId);
  if (!member) return "no-member";
  if (hasRatings(member)) {
    await eraseHosted(community, member);
    return null;
  }
  const { head } = snapshot;
  const { modelVersion, gradientNorm, blocks } = eraseMember(modelOf(snapshot), member.row);
  const { committedSum } = head;
  const commit = { modelVersion, gradientNorm, committedSum, applied: [], rejected: [] };
  const erasures = blockErasures(community, member.row, members);
  const also = [
    ...removalOf(community, member, leftOf?.(member)),
    ...erasures.slice(0, ERASURES_PER_COMMIT_MAX),
  ];
  const made = await putBlocks(community, blocks, modelVersion);
  const { outcome } = await writeCommit(head, commit, made, nowMs, { members: -1 }, also);
  if (outcome !== "committed") return null;
  await eraseBlocks(erasures.slice(ERASURES_PER_COMMIT_MAX));
  return "left";
}

/** Tries until nobody comes between; null if that does not end. */
export function leave(departure: Departure): Promise<"left" | "no-member" | null> {
  return retry(() => tryLeave(departure));
}
