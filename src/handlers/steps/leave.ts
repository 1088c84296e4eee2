/** Erases a member, for whoever asks: the member, or an operator who removes them. */
import { eraseMember } from "../../domain/model/apply-batch.ts";
import { noteErasure } from "../../infra/erasure-list.ts";
import { eraseAnswersOf } from "../../infra/feedback-store.ts";
import { formerPut } from "../../infra/former-store.ts";
import { removalOf } from "../../infra/member-store.ts";
import { readMembership } from "../../infra/membership.ts";
import { modelOf, putBlocks, rowSnapshot, writeCommit } from "../../infra/model-store.ts";
import { noticePut } from "../../infra/notice-store.ts";
import { retry } from "../../infra/retry.ts";
import { eraseHosted, hasRatings } from "./ratings-erasure.ts";

/** `absent`: there is no such member, or no longer. `lost-races`: the model kept moving. */
export type Leave = "left" | "absent" | "lost-races";

/** One attempt; null when the ratings had to be erased first, or when another commit came between. */
async function tryLeave(community: string, userId: string, nowMs: number): Promise<Leave | null> {
  const { head, member } = await readMembership(community, userId);
  if (!head || !member) return "absent";
  await noteErasure(community, "member", member.memberId, nowMs);
  if (hasRatings(member)) {
    await eraseHosted(community, member);
    return null;
  }
  if (!(await eraseAnswersOf(head, member.row))) return null;
  const { modelVersion, gradientNorm, blocks } = eraseMember(
    modelOf(await rowSnapshot(head, member.row)),
    member.row,
  );
  const { committedSum } = head;
  const commit = { modelVersion, gradientNorm, committedSum, applied: [], rejected: [] };
  const made = await putBlocks(community, blocks, modelVersion);
  const { memberId } = member;
  const also = [
    ...removalOf(community, member),
    await formerPut(community, member, nowMs),
    noticePut(community, { event: "member.left", facts: { userId, memberId } }, nowMs),
  ];
  const { outcome } = await writeCommit(head, commit, made, nowMs, { members: -1 }, also);
  return outcome === "committed" ? "left" : null;
}

/**
 * Erases the ratings; then one commit zeroes the row, takes the member out of roster and directory, and makes them a former
 * member, who keeps what a return must find.
 */
export async function leave(community: string, userId: string, nowMs: number): Promise<Leave> {
  return (await retry(() => tryLeave(community, userId, nowMs))) ?? "lost-races";
}
