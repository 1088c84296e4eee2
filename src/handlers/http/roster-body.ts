/** The roster as operators get it: JSON, or CSV for their spreadsheets. */
import type { Arm } from "../../domain/community/settings.ts";
import { MISSES_ROUNDS_MAX, PAGE_ROUNDS_MAX } from "../../domain/limits.ts";
import type { Status } from "../../domain/messages/people-messages.ts";
import {
  type Attended,
  addAttended,
  isPausedForMisses,
  NOTHING_ATTENDED,
} from "../../domain/rounds/feedback.ts";
import { armOf } from "../../infra/arms.ts";
import type { Head } from "../../infra/head-store.ts";
import { readMetRounds } from "../../infra/meeting-store.ts";
import type { Person } from "../../infra/person-store.ts";
import { dayText } from "../../infra/seen-store.ts";

/** What became of the published rounds of each of these people, by row; counted anew each time. */
export async function countRounds(head: Head, people: readonly Person[]): Promise<RosterCounts> {
  const { community, latestRound } = head;
  const members = people.flatMap(({ row, missesFrom = 0 }) =>
    row === undefined ? [] : [{ row, missesFrom }],
  );
  const missesFrom = new Map(members.map((member) => [member.row, member.missesFrom]));
  const attended = new Map(members.map(({ row }): [number, Attended] => [row, NOTHING_ATTENDED]));
  const firstMissed = latestRound + 1 - MISSES_ROUNDS_MAX;
  for (let first = 1; first <= latestRound; first += PAGE_ROUNDS_MAX) {
    const last = Math.min(latestRound, first + PAGE_ROUNDS_MAX - 1);
    const rounds = await readMetRounds(community, first, last);
    addAttended(attended, rounds, (row) => Math.max(firstMissed, missesFrom.get(row)!));
  }
  return { attended, head };
}

interface RosterCounts {
  head: Head;
  attended: ReadonlyMap<number, Attended>;
}

export interface RosterEntry {
  /** Nobody's of one who has left. */
  userId: string | null;
  memberId?: string;
  /** As the member gave it. */
  displayName: string | null;
  status: Status | null;
  tags: Record<string, string>;
  joinedAt: string | null;
  /** A day. */
  lastSeenAt: string | null;
  roundsMet: number;
  roundsMissed: number;
  missedInARow: number;
  /** Whether they are in no group until they say that they take part again. */
  pausedForMisses: boolean;
  /** Of the community's experiment; null without one. */
  arm: Arm | null;
}

export async function rosterEntry(person: Person, { attended, head }: RosterCounts): Promise<RosterEntry> {
  const { userId, memberId, displayName = null, status, tags, row, joinedAtMs, lastSeenDay } = person;
  const rounds = attended.get(row ?? -1) ?? NOTHING_ATTENDED;
  return {
    userId,
    memberId,
    displayName,
    status,
    tags,
    joinedAt: joinedAtMs === undefined ? null : new Date(joinedAtMs).toISOString(),
    lastSeenAt: dayText(lastSeenDay),
    roundsMet: rounds.met,
    roundsMissed: rounds.missed,
    missedInARow: rounds.missedInARow,
    pausedForMisses: isPausedForMisses(head.settings, rounds),
    arm: head.settings.experiment && row !== undefined ? await armOf(head, userId) : null,
  };
}

/** Somebody who has left: a ban and the handle that they had outlive it. */
export function formerEntry(memberId: string, status: "banned" | null): RosterEntry {
  const times = { joinedAt: null, lastSeenAt: null };
  const rounds = { roundsMet: 0, roundsMissed: 0, missedInARow: 0, pausedForMisses: false };
  return { userId: null, memberId, displayName: null, status, tags: {}, ...times, ...rounds, arm: null };
}

const COLUMNS = [
  "userId",
  "memberId",
  "displayName",
  "status",
  "tags",
  "joinedAt",
  "lastSeenAt",
  "roundsMet",
  "roundsMissed",
  "missedInARow",
  "pausedForMisses",
  "arm",
] as const satisfies (keyof RosterEntry)[];

/**
 * A cell as text: spreadsheets run what begins like a formula, and userIds, names and tags are what others have chosen.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
function cell(value: RosterEntry[keyof RosterEntry]): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const shown = typeof value === "object" ? Object.entries(value ?? {}).map((tag) => tag.join("=")) : [value];
  const text = shown.join("; ");
  return `"${(/^\s*[=+\-@]|^[\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

/** RFC 4180, with a header. */
export function rosterCsv(roster: readonly RosterEntry[]): string {
  const lines = roster.map((entry) => COLUMNS.map((column) => cell(entry[column])).join(","));
  return [COLUMNS.join(","), ...lines, ""].join("\r\n");
}
