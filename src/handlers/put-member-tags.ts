import { memberIdSchema, parse, parseTags } from "../domain/messages/messages.ts";
import { readMembers, setTags } from "../infra/member-store.ts";
import { unknownMember } from "./http/blocked-member.ts";
import { endpoint, jsonBody, readOperatorCommunity, requireChanged, valid } from "./http/http.ts";

/** `PUT C/members/{memberId}/tags`: an operator's tags of a member, in place of those before; groups are mixed or matched by them. */
export const handler = endpoint(async (event) => {
  const { head } = await readOperatorCommunity(event);
  const memberId = valid(parse(memberIdSchema, event.pathParameters?.memberId, ["memberId"]));
  const { tags } = valid(parseTags(jsonBody(event)));
  const member = (await readMembers(head.community)).find((candidate) => candidate.memberId === memberId);
  if (!member) throw unknownMember(memberId);
  const result = await setTags(head.community, member, tags);
  if (result.outcome === "condition") throw unknownMember(memberId);
  requireChanged(result, head.community);
  return { status: 200, body: { memberId, tags } };
});
