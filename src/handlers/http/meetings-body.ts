/** Whom a member has met, latest round first. */
import { PAGE_ROUNDS_MAX } from "../../domain/limits.ts";
import type { MetRound } from "../../domain/rounds/feedback.ts";
import { rowsWith } from "../../domain/rounds/round.ts";
import { readItemIds } from "../../infra/directory-store.ts";
import type { Head } from "../../infra/head-store.ts";
import { readMetRounds } from "../../infra/meeting-store.ts";
import type { Member } from "../../infra/member-store.ts";
import type { Page } from "../../infra/person-store.ts";
import { type Named, namedOf } from "./round-body.ts";

export interface Meeting extends Named {
  round: number;
  /** Whether one of the two was not there. */
  missed: boolean;
}

/** The others of the member's group in a round. */
function meetingsIn({ round, groupOf, metGroupOf }: MetRound, row: number) {
  const others = rowsWith({ groupOf }, row).filter((other) => other !== row);
  const isMissed = (other: number) => metGroupOf[row] < 0 || metGroupOf[other] < 0;
  return others.map((other) => ({ row: other, round, missed: isMissed(other) }));
}

/** The meetings of some rounds before the one that `before` names; those with who has left are not shown. */
export async function readMeetings(
  { community, latestRound }: Head,
  { row }: Member,
  before: string | undefined,
): Promise<Page<Meeting>> {
  const last = Math.min(latestRound, Number(before ?? latestRound + 1) - 1) || 0;
  const first = Math.max(1, last + 1 - PAGE_ROUNDS_MAX);
  const rounds = (await readMetRounds(community, first, last)).reverse();
  const meetings = rounds.flatMap((round) => meetingsIn(round, row));
  const directory = await readItemIds(community, [...new Set(meetings.map((meeting) => meeting.row))]);
  const entryOf = new Map(directory.map((entry) => [entry.row, entry]));
  const values = meetings.flatMap(({ row: other, ...meeting }) => {
    const entry = entryOf.get(other);
    return entry === undefined ? [] : [{ ...namedOf(entry), ...meeting }];
  });
  return { values, next: first > 1 ? String(first) : undefined };
}
