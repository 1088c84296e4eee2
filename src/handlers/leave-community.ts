import { Problem } from "../domain/errors.ts";
import { COMMIT_ATTEMPTS_MAX } from "../domain/limits.ts";
import { eraseMember } from "../domain/model/apply-batch.ts";
import { blockErasures, ERASURES_PER_COMMIT_MAX, eraseBlocks } from "../infra/block-store.ts";
import { readMembers, removalOf } from "../infra/member-store.ts";
import { modelOf, putBlocks, readSnapshot, writeCommit } from "../infra/model-store.ts";
import { backOff } from "../infra/transaction.ts";
import { endpoint, notAMember, readRequest, unknownCommunity } from "./http/http.ts";
import { eraseHosted, hasRatings } from "./steps/ratings-erasure.ts";

/** `DELETE C/members/me`: erases the ratings, then one commit zeroes the row and erases mapping, factors, and blocks from both sides. */
export const handler = endpoint(async (event) => {
  const { community, userId, nowMs } = readRequest(event);
  for (let attempt = 0; attempt < COMMIT_ATTEMPTS_MAX; attempt++) {
    const snapshot = await readSnapshot(community);
    if (!snapshot) throw unknownCommunity(community);
    const members = await readMembers(community);
    const member = members.find((candidate) => candidate.userId === userId);
    if (!member) throw notAMember(community);
    if (hasRatings(member)) {
      await eraseHosted(community, member);
      continue;
    }
    const { head } = snapshot;
    const step = eraseMember(modelOf(snapshot), member.row);
    const { modelVersion, gradientNorm } = step;
    const commit = {
      modelVersion,
      gradientNorm,
      committedSum: head.committedSum,
      applied: [],
      rejected: [],
    };
    const erasures = blockErasures(community, member.row, members);
    const also = [...removalOf(community, member), ...erasures.slice(0, ERASURES_PER_COMMIT_MAX)];
    const blocks = await putBlocks(community, step.blocks, modelVersion);
    const { outcome } = await writeCommit(head, commit, blocks, nowMs, { members: -1 }, also);
    if (outcome === "committed") {
      await eraseBlocks(erasures.slice(ERASURES_PER_COMMIT_MAX));
      return { status: 204 };
    }
    await backOff(attempt);
  }
  throw new Problem("try-again", "The model kept moving.", { retryAfterSeconds: 1 });
});
