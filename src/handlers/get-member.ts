/** A member's own membership, their blocks, and what became of their rounds. */
import { readItemIds } from "../infra/directory-store.ts";
import { memberBody } from "./http/admission.ts";
import { readCaller, readMemberRequest, requireMember } from "./http/caller.ts";
import { resource } from "./http/http.ts";
import { readMeetings } from "./http/meetings-body.ts";
import { pageBody, pageStart } from "./http/pages.ts";
import { readMisses } from "./steps/past-rounds.ts";

const ME = "/communities/{community}/members/me";

export const handler = resource({
  /** Whoever awaits approval is told that, and nothing else. */
  async [`GET ${ME}`](event) {
    const caller = await readCaller(event);
    if (caller.head && caller.status === "awaiting-approval")
      return { status: 200, body: { status: caller.status } };
    const { head, member, request } = requireMember(caller);
    const { tags, joinedAtMs, availability } = member;
    const joined = joinedAtMs === undefined ? {} : { joinedAt: new Date(joinedAtMs).toISOString() };
    const shown = {
      ...memberBody(member, head, request.nowMs),
      tags,
      ...(availability ? { availability } : {}),
    };
    const misses = await readMisses(head, member);
    return { status: 200, body: { ...shown, ...joined, ...misses } };
  },

  /** One's own alone: who has blocked the member is told to nobody. */
  async [`GET ${ME}/blocks`](event) {
    const { head, member } = await readMemberRequest(event);
    const blocked = await readItemIds(head.community, member.blockedRows);
    return { status: 200, body: { blocks: blocked.map(({ itemId }) => ({ memberId: itemId })) } };
  },

  async [`GET ${ME}/meetings`](event) {
    const { head, member } = await readMemberRequest(event);
    const page = await readMeetings(head, member, pageStart(event));
    return { status: 200, body: pageBody("meetings", page, (meeting) => meeting) };
  },
});
