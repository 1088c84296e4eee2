import { memberBody } from "./http/admission.ts";
import { readCaller, requireMember } from "./http/caller.ts";
import { endpoint } from "./http/http.ts";

/** `GET C/members/me`: the caller's own membership; whoever awaits approval is told that, and nothing else. */
export const handler = endpoint(async (event) => {
  const caller = await readCaller(event);
  if (caller.head && caller.status === "awaiting-approval")
    return { status: 200, body: { status: caller.status } };
  const { head, member, request } = requireMember(caller);
  const { tags, joinedAtMs } = member;
  const joined = joinedAtMs === undefined ? {} : { joinedAt: new Date(joinedAtMs).toISOString() };
  return { status: 200, body: { ...memberBody(member, head, request.nowMs), tags, ...joined } };
});
