import { noteErasure } from "../infra/erasure-list.ts";
import { removeUserFactors } from "../infra/member-store.ts";
import { readMemberRequest } from "./http/caller.ts";
import { endpoint, requireChanged } from "./http/http.ts";

/** `DELETE C/members/me/user-factors`: the member takes x_u back. */
export const handler = endpoint(async (event) => {
  const { request, member } = await readMemberRequest(event);
  const { community, userId, nowMs } = request;
  if (!member.userFactors) return { status: 204 };
  await noteErasure(community, "factors", member.memberId, nowMs);
  requireChanged(await removeUserFactors(community, userId), community);
  return { status: 204 };
});
