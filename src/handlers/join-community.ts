import { randomBytes } from "node:crypto";
import type * as z from "zod/mini";
import { MEMBER_ID_PREFIX, memberBodySchema, parse } from "../domain/messages.ts";
import type { Head } from "../infra/head-store.ts";
import { beginHosting } from "../infra/hosting-store.ts";
import { addMember, type Member, setPaused } from "../infra/member-store.ts";
import { readMembership } from "../infra/membership.ts";
import { type Answer, endpoint, jsonBody, readRequest, unknownCommunity, valid } from "./http.ts";
import { eraseHosted, hasRatings } from "./ratings-erasure.ts";
import { raceForRow, requireFreeRow } from "./row-race.ts";

type Wish = z.infer<typeof memberBodySchema>;

function memberBody({ memberId, row, learning, paused }: Member) {
  return { memberId, row, learning, paused };
}

/** 16 characters that nobody guesses. */
function newHandle(): string {
  return randomBytes(12).toString("base64url");
}

function newMember(head: Head, userId: string, wish: Wish): Member {
  requireFreeRow(head);
  return {
    userId,
    memberId: MEMBER_ID_PREFIX + newHandle().slice(1),
    row: head.rowCount,
    learning: wish.learning ?? "local",
    ratings: wish.learning === "hosted" ? { key: newHandle(), version: 0 } : undefined,
    paused: wish.paused ?? false,
    gradients: { hourStartMs: 0, count: 0 },
  };
}

/** One step: the answer, or null when there is another to take or somebody else was faster. */
async function joinOrChange(community: string, userId: string, wish: Wish): Promise<Answer | null> {
  const { head, member } = await readMembership(community, userId);
  if (!head) throw unknownCommunity(community);
  if (!member) {
    const joined = newMember(head, userId, wish);
    const { outcome } = await addMember(head, joined);
    return outcome === "committed" ? { status: 201, body: memberBody(joined) } : null;
  }
  return (await change(community, member, wish)) ? null : { status: 200, body: memberBody(member) };
}

/** Takes the first step from what the member is to what they wish to be; false when there is none left. */
async function change(community: string, member: Member, wish: Wish): Promise<boolean> {
  const { userId } = member;
  const { learning = member.learning, paused = member.paused } = wish;
  const isErasureDue = learning === "local" || member.learning === "local";
  if (isErasureDue && hasRatings(member)) await eraseHosted(community, member);
  else if (learning !== member.learning) await beginHosting(community, userId, newHandle());
  else if (paused !== member.paused) await setPaused(community, userId, paused);
  else return false;
  return true;
}

/** `PUT C/members/me`: joins, once; a member's own learning mode and pause. */
export const handler = endpoint(async (event) => {
  const { community, userId } = readRequest(event);
  const wish = event.body ? valid(parse(memberBodySchema, jsonBody(event))) : {};
  return raceForRow(() => joinOrChange(community, userId, wish));
});
