import { removeUserFactors } from "../infra/member-store.ts";
import { readMemberRequest } from "./http/caller.ts";
import { endpoint, requireChanged } from "./http/http.ts";

/** `DELETE C/members/me/user-factors`: the member takes x_u back. */
export const handler = endpoint(async (event) => {
  const { request, member } = await readMemberRequest(event);
  if (!member.userFactors) return { status: 204 };
  requireChanged(await removeUserFactors(request.community, request.userId), request.community);
  return { status: 204 };
});
