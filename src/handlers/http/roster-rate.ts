/** The 429 of a member who changes their own entry in the roster too often: joins, pauses, wishes, blocks. */
import { Problem } from "../../domain/errors.ts";
import { ROSTER_CHANGES_PER_HOUR_MAX } from "../../domain/limits.ts";
import type { HourCount, Member } from "../../infra/member-store.ts";
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
