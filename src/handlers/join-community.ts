import { isDeepStrictEqual } from "node:util";
import { attendanceAfter, attendanceBody } from "../domain/community/attendance.ts";
import { memberBodySchema, parse } from "../domain/messages/messages.ts";
import { readFormer } from "../infra/former-store.ts";
import type { Head } from "../infra/head-store.ts";
import { beginHosting } from "../infra/hosting-store.ts";
import { isGood, readInvite } from "../infra/invite-store.ts";
import { type HourCount, type Member, setAttendance } from "../infra/member-store.ts";
import { addRequest } from "../infra/person-store.ts";
import { noteSeen } from "../infra/seen-store.ts";
import { admit, memberBody } from "./http/admission.ts";
import { banned, type Caller, readCaller } from "./http/caller.ts";
import { type Answer, endpoint, type HttpEvent, jsonBody, unknownCommunity, valid } from "./http/http.ts";
import { requireChange, requireJoin, requireJoinRequest } from "./http/roster-rate.ts";
import { raceForRow } from "./http/row-race.ts";
import { newHandle, newMemberId, type Wish } from "./steps/newcomers.ts";
import { readMisses } from "./steps/past-rounds.ts";
import { eraseHosted, hasRatings } from "./steps/ratings-erasure.ts";

/** Takes the first step from what the member is to what they wish to be; false when there is none left. */
async function change(
  head: Head,
  member: Member,
  wish: Wish,
  nowMs: number,
  countChange: typeof requireChange,
): Promise<boolean> {
  const { community, round } = head;
  const { userId } = member;
  const { learning = member.learning } = wish;
  const isErasureDue = learning === "local" || member.learning === "local";
  const isAbsent = wish.paused === false && (await readMisses(head, member)).pausedForMisses;
  const attendance = attendanceAfter(member, wish, round, isAbsent);
  const shown = (of: typeof attendance) => attendanceBody(of, head, nowMs);
  if (isErasureDue && hasRatings(member)) {
    await eraseHosted(community, member);
    return true;
  }
  const isOtherMode = learning !== member.learning;
  if (!isOtherMode && !isAbsent && isDeepStrictEqual(shown(attendance), shown(member))) return false;
  await countChange(community, member, nowMs);
  if (isOtherMode) await beginHosting(community, userId, newHandle());
  else await setAttendance(head, userId, attendance);
  return true;
}

/**
 * One attempt of somebody who is no member: in, at the door, or null when they are something else by now. An invitation that is not good
 * says nothing of the community: unless one may ask to join it, the answer is that of one that does not exist.
 */
async function enter(caller: Caller, invite: string | undefined, wish: Wish): Promise<Answer | null> {
  const { head, status, isOperator, request } = caller;
  const { community, userId, nowMs } = request;
  if (!head) throw unknownCommunity(community);
  if (status === "banned") throw banned(community);
  const { join } = head.settings;
  const isFree = join === "open" || isOperator;
  if (isFree || invite !== undefined) {
    const count = (changes: HourCount) => requireJoin(changes, nowMs);
    const entry = { count, invite: isFree ? undefined : invite };
    const member = await admit(head, { userId, status }, wish, nowMs, entry);
    return member && { status: 201, body: memberBody(member, head, nowMs) };
  }
  if (status === null) {
    if (join === "invite") throw unknownCommunity(community);
    const former = await readFormer(community, userId, nowMs);
    if (former?.standing.isBanned) throw banned(community);
    await requireJoinRequest(community, userId, nowMs);
    if (!(await addRequest(community, userId, newMemberId(), nowMs))) return null;
  }
  return { status: 202, body: { status: "awaiting-approval" } };
}

/** The code, if it is good now. It is looked for in each community, also one that does not exist, so that the time tells nothing. */
async function goodInvite({ request }: Caller, { invite }: Wish): Promise<string | undefined> {
  if (invite === undefined) return undefined;
  const found = await readInvite(request.community, invite);
  return found && isGood(found, request.nowMs) ? invite : undefined;
}

/** One step: the answer, or null when there is another to take or somebody else was faster. */
async function joinOrChange(
  event: HttpEvent,
  wish: Wish,
  countChange: typeof requireChange,
): Promise<Answer | null> {
  const caller = await readCaller(event);
  const { head, member, status } = caller;
  const { community, nowMs } = caller.request;
  if (!head || !member || status === "banned") return enter(caller, await goodInvite(caller, wish), wish);
  if (await change(head, member, wish, nowMs, countChange)) return null;
  await noteSeen(community, member, nowMs);
  return { status: 200, body: memberBody(member, head, nowMs) };
}

/** `PUT C/members/me`: joins, once, comes back, or asks to; a member's own learning mode, pause, and wish for the round in draft. */
export const handler = endpoint(async (event) => {
  const wish = event.body ? valid(parse(memberBodySchema, jsonBody(event))) : {};
  let counting: Promise<void> | undefined; // once a call: who loses a race and tries again has changed nothing yet
  const countOnce: typeof requireChange = (...change) => (counting ??= requireChange(...change));
  return raceForRow(() => joinOrChange(event, wish, countOnce));
});
