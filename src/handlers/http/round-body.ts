/** Rounds as the API shows them: members by their handles. */
import { Problem } from "../../domain/errors.ts";
import { MINUTE_MS } from "../../domain/limits.ts";
import { parse, roundNumberSchema } from "../../domain/messages/messages.ts";
import { NO_SLOT, slotTimeMs, TIMES_PER_GROUP } from "../../domain/rounds/meeting-times.ts";
import type { PairLine } from "../../domain/rounds/pair-lines.ts";
import { type Round, rowsByGroup } from "../../domain/rounds/round.ts";
import type { DirectoryEntry } from "../../infra/directory-store.ts";
import { type HttpEvent, valid } from "./http.ts";
import { handlesOf } from "./quality-body.ts";

/** The number of a round in the path. */
export function roundNumberOf(event: HttpEvent): number {
  return Number(valid(parse(roundNumberSchema, event.pathParameters?.round, ["round"])));
}

export function unknownRound(number: number): Problem {
  return new Problem("unknown-round", `There is no round ${number}.`);
}

export interface GroupBody {
  groupId: string;
  members: { memberId: string }[];
}

export function groupId(round: Pick<Round, "round">, group: number): string {
  return `${round.round}-${group}`;
}

/** Groups first..last-1 with their members' handles; who has left since is not shown. */
export function groupBodies(
  round: Round,
  directory: readonly DirectoryEntry[],
  first: number,
  last: number,
): GroupBody[] {
  const itemIdOf = new Map(directory.map((entry) => [entry.row, entry.itemId]));
  return rowsByGroup(round)
    .slice(first, last)
    .map((rows, at) => ({
      groupId: groupId(round, first + at),
      members: rows.flatMap((row) => {
        const memberId = itemIdOf.get(row);
        return memberId === undefined ? [] : [{ memberId }];
      }),
    }));
}

/** Lines between those who share a group; one whose member has left since is not shown. */
export function linesBody<Absent>(
  { pairs, absent }: { pairs: readonly PairLine[]; absent: Absent },
  directory: readonly DirectoryEntry[],
) {
  const named = handlesOf(directory);
  const lines = pairs.map(({ rows, ...line }) => ({ members: named(rows), ...line }));
  return { pairs: lines.filter(({ members }) => members.length === 2), absent };
}

/** How many groups there are of each size, smallest first: it shows where an odd one out went. */
function groupSizes(round: Round): { size: number; groups: number }[] {
  const counts = new Map<number, number>();
  for (const { length } of rowsByGroup(round)) counts.set(length, (counts.get(length) ?? 0) + 1);
  return [...counts].map(([size, groups]) => ({ size, groups })).sort((a, b) => a.size - b.size);
}

/** What the API says of a round beside its groups. */
export function roundSummary(of: Round) {
  const { round, state, modelVersion, computedAtMs, publishedAtMs, reason, groupCount } = of;
  return {
    round,
    state,
    modelVersion,
    groupCount,
    groupSizes: groupSizes(of),
    ...(reason === undefined ? {} : { reason }),
    computedAt: new Date(computedAtMs).toISOString(),
    ...(publishedAtMs === undefined ? {} : { publishedAt: new Date(publishedAtMs).toISOString() }),
  };
}

export interface Period {
  from: string;
  to: string;
}

/** The times that suit a group best, best first; none where the round asked for none. */
export function suggestedTimes({ times }: Round, group: number): Period[] {
  if (!times) return [];
  const { weekStartMs, meetingMinutes, slots } = times;
  const own = slots.subarray(group * TIMES_PER_GROUP, (group + 1) * TIMES_PER_GROUP);
  return [...own]
    .filter((slot) => slot !== NO_SLOT)
    .map((slot) => slotTimeMs(weekStartMs, slot))
    .map((ms) => ({
      from: new Date(ms).toISOString(),
      to: new Date(ms + meetingMinutes * MINUTE_MS).toISOString(),
    }));
}
