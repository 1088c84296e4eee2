/**
 * The 429s of changes to the roster: of a member who changes their own entry too often (joins, pauses, wishes, blocks), and of
 * a community that too many ask to join.
 */
import { Problem } from "../../domain/errors.ts";
import { JOIN_REQUESTS_PER_HOUR_MAX, ROSTER_CHANGES_PER_HOUR_MAX } from "../../domain/limits.ts";
import { takeFromCommunityRate } from "../../infra/community-rate.ts";
import type { HourCount, Member } from "../../infra/member-store.ts";
import { readNotice, requestNoticeId } from "../../infra/notice-store.ts";
import { countJoin, type TooMany, takeRosterChange } from "../../infra/rate-limit.ts";

function tooManyChanges(tooMany: TooMany): Problem {
  const detail = `At most ${ROSTER_CHANGES_PER_HOUR_MAX} times an hour you may join, pause, block, say how a round went or when you can, or wish for a round.`;
  return new Problem("too-many-changes", detail, tooMany);
}

/** Counts a change that a member is about to make, or throws the 429. */
export async function requireChange(community: string, member: Member, nowMs: number): Promise<void> {
  const tooMany = await takeRosterChange(community, member, nowMs);
  if (tooMany) throw tooManyChanges(tooMany);
}

/** The count with which a user joins who has changed so much this hour, or throws the 429. */
export function requireJoin(changes: HourCount, nowMs: number): HourCount {
  const counted = countJoin(changes, nowMs);
  if ("retryAfterSeconds" in counted) throw tooManyChanges(counted);
  return counted;
}

/**
 * Counts a request to join that is about to be noted, or throws the 429. Each person counts once a day: one who takes the
 * request back and asks again, over and over, must not use up the hour of all others.
 */
export async function requireJoinRequest(community: string, userId: string, nowMs: number): Promise<void> {
  if (await readNotice(community, await requestNoticeId(community, userId, nowMs))) return;
  const tooMany = await takeFromCommunityRate(community, "join-request", JOIN_REQUESTS_PER_HOUR_MAX, nowMs);
  if (!tooMany) return;
  const detail = `At most ${JOIN_REQUESTS_PER_HOUR_MAX} people an hour may ask to join a community.`;
  throw new Problem("too-many-join-requests", detail, tooMany);
}
