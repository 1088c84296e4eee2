/** Rounds as the API shows them: members by their handles. */
import type { DirectoryEntry } from "../infra/directory-store.ts";
import { NO_GROUP, type Round } from "../infra/round-store.ts";

export interface GroupBody {
  groupId: string;
  members: { memberId: string }[];
}

export function groupId(round: Round, group: number): string {
  return `${round.round}-${group}`;
}

/** The rows of each group, ascending. */
export function rowsByGroup(round: Round): number[][] {
  const groups: number[][] = Array.from({ length: round.groupCount }, () => []);
  round.groupOf.forEach((group, row) => {
    if (group !== NO_GROUP) groups[group].push(row);
  });
  return groups;
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

/** What the API says of a round beside its groups. */
export function roundSummary({ round, state, modelVersion, computedAtMs, publishedAtMs, groupCount }: Round) {
  return {
    round,
    state,
    modelVersion,
    groupCount,
    computedAt: new Date(computedAtMs).toISOString(),
    ...(publishedAtMs === undefined ? {} : { publishedAt: new Date(publishedAtMs).toISOString() }),
  };
}
