import { readMembership } from "../infra/membership.ts";
import { communityBody } from "./http/community-body.ts";
import { endpoint, notAMember, readRequest, unknownCommunity } from "./http/http.ts";

/** `GET C`: members see it, and operators, who made it. */
export const handler = endpoint(async (event) => {
  const { community, userId, isOperator } = readRequest(event);
  const { head, member } = await readMembership(community, userId);
  if (!head) throw unknownCommunity(community);
  if (!member && !isOperator) throw notAMember(community);
  return { status: 200, body: communityBody(head) };
});
