import { noteErasure } from "../infra/erasure-list.ts";
import { removeUserFactors } from "../infra/member-store.ts";
import { endpoint, readMemberRequest, requireChanged } from "./http/http.ts";

/** `DELETE C/members/me/user-factors`: the member takes x_u back. */
export const handler = endpoint(async (event) => {
  const { request, member } = await readMemberRequest(event);
  const { community, userId, nowMs } = request;
  await noteErasure(community, "factors", member.memberId, nowMs);
  requireChanged(await removeUserFactors(community, userId), community);
  return { status: 204 };
});
