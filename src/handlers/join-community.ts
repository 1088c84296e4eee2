import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type * as z from "zod/mini";
import { attendanceAfter, attendanceBody } from "../domain/community/attendance.ts";
import { MEMBER_ID_PREFIX, memberBodySchema, parse } from "../domain/messages/messages.ts";
import type { Head } from "../infra/head-store.ts";
import { beginHosting } from "../infra/hosting-store.ts";
import { addMember, type Member, setAttendance } from "../infra/member-store.ts";
import { readMembership } from "../infra/membership.ts";
import {
  type Answer,
  endpoint,
  jsonBody,
  type Request,
  readRequest,
  unknownCommunity,
  valid,
} from "./http/http.ts";
import { raceForRow, requireFreeRow } from "./http/row-race.ts";
import { eraseHosted, hasRatings } from "./steps/ratings-erasure.ts";

type Wish = z.infer<typeof memberBodySchema>;

function memberBody(member: Member, { round }: Head, nowMs: number) {
  const { memberId, row, learning } = member;
  return { memberId, row, learning, ...attendanceBody(member, round, nowMs) };
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
    ...attendanceAfter({ paused: false }, wish, head.round),
    tags: {},
    blockedRows: [],
    gradients: { hourStartMs: 0, count: 0 },
    modelReads: { hourStartMs: 0, count: 0 },
  };
}

/** One step: the answer, or null when there is another to take or somebody else was faster. */
async function joinOrChange({ community, userId, nowMs }: Request, wish: Wish): Promise<Answer | null> {
  const { head, member } = await readMembership(community, userId);
  if (!head) throw unknownCommunity(community);
  if (!member) {
    const joined = newMember(head, userId, wish);
    const { outcome } = await addMember(head, joined);
    return outcome === "committed" ? { status: 201, body: memberBody(joined, head, nowMs) } : null;
  }
  return (await change(head, member, wish, nowMs))
    ? null
    : { status: 200, body: memberBody(member, head, nowMs) };
}

/** Takes the first step from what the member is to what they wish to be; false when there is none left. */
async function change(head: Head, member: Member, wish: Wish, nowMs: number): Promise<boolean> {
  const { community, round } = head;
  const { userId } = member;
  const { learning = member.learning } = wish;
  const isErasureDue = learning === "local" || member.learning === "local";
  const attendance = attendanceAfter(member, wish, round);
  const shown = (of: typeof attendance) => attendanceBody(of, round, nowMs);
  if (isErasureDue && hasRatings(member)) await eraseHosted(community, member);
  else if (learning !== member.learning) await beginHosting(community, userId, newHandle());
  else if (!isDeepStrictEqual(shown(attendance), shown(member)))
    await setAttendance(head, userId, attendance);
  else return false;
  return true;
}

/** `PUT C/members/me`: joins, once; a member's own learning mode, pause, and wish for the round in draft. */
export const handler = endpoint(async (event) => {
  const request = readRequest(event);
  const wish = event.body ? valid(parse(memberBodySchema, jsonBody(event))) : {};
  return raceForRow(() => joinOrChange(request, wish));
});
