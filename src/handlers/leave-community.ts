import { Problem } from "../domain/errors.ts";
import { eraseMember } from "../domain/model/apply-batch.ts";
import { blockErasures, ERASURES_PER_COMMIT_MAX, eraseBlocks } from "../infra/block-store.ts";
import { noteErasure } from "../infra/erasure-list.ts";
import { readMembers, removalOf } from "../infra/member-store.ts";
import { modelOf, putBlocks, readSnapshot, writeCommit } from "../infra/model-store.ts";
import { retry } from "../infra/retry.ts";
import {
  type Answer,
  endpoint,
  notAMember,
  type Request,
  readRequest,
  unknownCommunity,
} from "./http/http.ts";
import { eraseHosted, hasRatings } from "./steps/ratings-erasure.ts";

/** One attempt; null when the ratings had to be erased first, or when another commit came between. */
async function leave({ community, userId, nowMs }: Request): Promise<Answer | null> {
  const snapshot = await readSnapshot(community);
  if (!snapshot) throw unknownCommunity(community);
  const members = await readMembers(community);
  const member = members.find((candidate) => candidate.userId === userId);
  if (!member) throw notAMember(community);
  await noteErasure(community, "member", member.memberId, nowMs);
  if (hasRatings(member)) {
    await eraseHosted(community, member);
    return null;
  }
  const { head } = snapshot;
  const { modelVersion, gradientNorm, blocks } = eraseMember(modelOf(snapshot), member.row);
  const { committedSum } = head;
  const commit = { modelVersion, gradientNorm, committedSum, applied: [], rejected: [] };
  const erasures = blockErasures(community, member.row, members);
  const also = [...removalOf(community, member), ...erasures.slice(0, ERASURES_PER_COMMIT_MAX)];
  const made = await putBlocks(community, blocks, modelVersion);
  const { outcome } = await writeCommit(head, commit, made, nowMs, { members: -1 }, also);
  if (outcome !== "committed") return null;
  await eraseBlocks(erasures.slice(ERASURES_PER_COMMIT_MAX));
  return { status: 204 };
}

/** `DELETE C/members/me`: erases the ratings, then one commit zeroes the row and erases mapping, factors, and blocks from both sides. */
export const handler = endpoint(async (event) => {
  const request = readRequest(event);
  const answer = await retry(() => leave(request));
  if (answer) return answer;
  throw new Problem("try-again", "The model kept moving.", { retryAfterSeconds: 1 });
});
