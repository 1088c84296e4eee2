import { randomBytes } from "node:crypto";
import type * as z from "zod/mini";
import { MEMBER_ID_PREFIX, memberBodySchema, parse } from "../domain/messages.ts";
import type { Head } from "../infra/head-store.ts";
import { addMember, type Member, readMembership, setMemberState } from "../infra/member-store.ts";
import { type Answer, endpoint, jsonBody, readRequest, unknownCommunity, valid } from "./http.ts";
import { raceForRow, requireFreeRow } from "./row-race.ts";

type Wish = z.infer<typeof memberBodySchema>;

function memberBody({ memberId, row, learning, paused }: Member) {
  return { memberId, row, learning, paused };
}

/** 16 characters, 90 bits of them random. */
function newMemberId(): string {
  return MEMBER_ID_PREFIX + randomBytes(12).toString("base64url").slice(1);
}

function newMember(head: Head, userId: string, wish: Wish): Member {
  requireFreeRow(head);
  return {
    userId,
    memberId: newMemberId(),
    row: head.rowCount,
    learning: wish.learning ?? "local",
    paused: wish.paused ?? false,
    gradients: { hourStartMs: 0, count: 0 },
  };
}

/** One attempt: the answer, or null when somebody else changed the community in between. */
async function joinOrChange(community: string, userId: string, wish: Wish): Promise<Answer | null> {
  const { head, member } = await readMembership(community, userId);
  if (!head) throw unknownCommunity(community);
  if (!member) {
    const joined = newMember(head, userId, wish);
    const { outcome } = await addMember(head, joined);
    return outcome === "committed" ? { status: 201, body: memberBody(joined) } : null;
  }
  const { learning = member.learning, paused = member.paused } = wish;
  const changed = { ...member, learning, paused };
  if (learning === member.learning && paused === member.paused)
    return { status: 200, body: memberBody(member) };
  const { outcome } = await setMemberState(community, changed);
  return outcome === "committed" ? { status: 200, body: memberBody(changed) } : null;
}

/** `PUT C/members/me`: joins, once; a member's own learning mode and pause. */
export const handler = endpoint(async (event) => {
  const { community, userId } = readRequest(event);
  const wish = event.body ? valid(parse(memberBodySchema, jsonBody(event))) : {};
  return raceForRow(() => joinOrChange(community, userId, wish));
});
