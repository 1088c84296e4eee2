import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type * as z from "zod/mini";
import { attendanceAfter, attendanceBody } from "../domain/community/attendance.ts";
import { Problem } from "../domain/errors.ts";
import { MEMBER_ID_PREFIX, memberBodySchema, parse } from "../domain/messages/messages.ts";
import { readFormer } from "../infra/former-store.ts";
import type { Head } from "../infra/head-store.ts";
import { beginHosting } from "../infra/hosting-store.ts";
import { addMember, type Member, type Standing, setAttendance } from "../infra/member-store.ts";
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
import { requireChange, requireJoin } from "./http/roster-rate.ts";
import { raceForRow, requireFreeRow } from "./http/row-race.ts";
import { eraseHosted, hasRatings } from "./steps/ratings-erasure.ts";
import { rejoin } from "./steps/rejoin.ts";

type Wish = z.infer<typeof memberBodySchema>;

function memberBody(member: Member, { round }: Head, nowMs: number) {
  const { memberId, row, learning } = member;
  return { memberId, row, learning, ...attendanceBody(member, round, nowMs) };
}

/** 16 characters that nobody guesses. */
function newHandle(): string {
  return randomBytes(12).toString("base64url");
}

function newMember(head: Head, userId: string, wish: Wish, standing: Standing): Member {
  return {
    userId,
    memberId: MEMBER_ID_PREFIX + newHandle().slice(1),
    learning: wish.learning ?? "local",
    ratings: wish.learning === "hosted" ? { key: newHandle(), version: 0 } : undefined,
    ...attendanceAfter({ paused: false }, wish, head.round),
    tags: {},
    ...standing,
  };
}

const NO_COUNT = { hourStartMs: 0, count: 0 };

/** Joins at a new row, or at the row of before with what a leave has kept; null when somebody else was faster. */
async function join(head: Head, { userId, nowMs }: Request, wish: Wish): Promise<Answer | null> {
  const { community, rowCount: row } = head;
  const former = await readFormer(community, userId, nowMs);
  if (former?.standing.isBanned) throw new Problem("banned", `You are banned from '${community}'.`);
  if (!former) requireFreeRow(head);
  const fresh = { row, blockedRows: [], isBanned: false, gradients: NO_COUNT, changes: NO_COUNT };
  const standing = former?.standing ?? fresh;
  const changes = requireJoin(standing.changes, nowMs);
  const joined = newMember(head, userId, wish, { ...standing, changes });
  const { outcome } = former ? await rejoin(head, joined, former, nowMs) : await addMember(head, joined);
  return outcome === "committed" ? { status: 201, body: memberBody(joined, head, nowMs) } : null;
}

/** One step: the answer, or null when there is another to take or somebody else was faster. */
async function joinOrChange(request: Request, wish: Wish): Promise<Answer | null> {
  const { community, userId, nowMs } = request;
  const { head, member } = await readMembership(community, userId);
  if (!head) throw unknownCommunity(community);
  if (!member) return join(head, request, wish);
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
  if (isErasureDue && hasRatings(member)) {
    await eraseHosted(community, member);
    return true;
  }
  const isOtherMode = learning !== member.learning;
  if (!isOtherMode && isDeepStrictEqual(shown(attendance), shown(member))) return false;
  await requireChange(community, member, nowMs);
  if (isOtherMode) await beginHosting(community, userId, newHandle());
  else await setAttendance(head, userId, attendance);
  return true;
}

/** `PUT C/members/me`: joins, once, or comes back; a member's own learning mode, pause, and wish for the round in draft. */
export const handler = endpoint(async (event) => {
  const request = readRequest(event);
  const wish = event.body ? valid(parse(memberBodySchema, jsonBody(event))) : {};
  return raceForRow(() => joinOrChange(request, wish));
});
