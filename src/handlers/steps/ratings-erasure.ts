/**
 * Erases what the server holds of a hosted member, when they go local or leave. There may be more ratings than a transaction
 * takes, so the order makes the erasure complete: first the member is local, and no rating can be stored any more; then
 * the ratings are deleted until none is left; last the member forgets the key to them. Whoever was stopped on the way
 * still has the key, and any further call to PUT or DELETE members/me goes on from there. Nobody is told it is done before.
 */
import { noteErasure } from "../../infra/erasure-list.ts";
import { endHosting, forgetRatingsKey } from "../../infra/hosting-store.ts";
import type { Member } from "../../infra/member-store.ts";
import { eraseRatings } from "../../infra/rating-store.ts";

/** One attempt; the member is to be read anew after it, whether it went through or others were in the way. */
export async function eraseHosted(
  community: string,
  { userId, memberId, learning, ratings }: Member & Required<Pick<Member, "ratings">>,
): Promise<void> {
  await noteErasure(community, "ratings", memberId, Date.now());
  if (learning === "hosted") {
    const { outcome } = await endHosting(community, userId);
    if (outcome !== "committed") return;
  }
  await eraseRatings(community, ratings.key);
  await forgetRatingsKey(community, userId, ratings.key);
}

/** Whether a member has ratings on the server, or an erasure that is not finished. */
export function hasRatings(member: Member): member is Member & Required<Pick<Member, "ratings">> {
  return member.ratings !== undefined;
}
