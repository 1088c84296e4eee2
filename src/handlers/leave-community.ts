import { eraseMember } from "../domain/apply-batch.ts";
import { Problem } from "../domain/errors.ts";
import { COMMIT_ATTEMPTS_MAX } from "../domain/limits.ts";
import { removalOf } from "../infra/member-store.ts";
import { readMembership } from "../infra/membership.ts";
import { modelOf, readSnapshot, writeCommit } from "../infra/model-store.ts";
import { backOff } from "../infra/transaction.ts";
import { endpoint, notAMember, readRequest, unknownCommunity } from "./http.ts";
import { eraseHosted, hasRatings } from "./ratings-erasure.ts";

/** `DELETE C/members/me`: erases the ratings, then one commit zeroes the row and erases mapping and factors. */
export const handler = endpoint(async (event) => {
  const { community, userId, nowMs } = readRequest(event);
  for (let attempt = 0; attempt < COMMIT_ATTEMPTS_MAX; attempt++) {
    const [{ member }, snapshot] = await Promise.all([
      readMembership(community, userId),
      readSnapshot(community, nowMs),
    ]);
    if (!snapshot) throw unknownCommunity(community);
    if (!member) throw notAMember(community);
    if (hasRatings(member)) {
      await eraseHosted(community, member);
      continue;
    }
    const commit = eraseMember(modelOf(snapshot), member.row);
    const { outcome } = await writeCommit(snapshot, commit, nowMs, removalOf(community, member), {
      members: -1,
    });
    if (outcome === "committed") return { status: 204 };
    await backOff(attempt);
  }
  throw new Problem("try-again", "The model kept moving.", { retryAfterSeconds: 1 });
});
