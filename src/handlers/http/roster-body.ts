/** The roster as operators get it: JSON, or CSV for their spreadsheets. */
import type { Arm } from "../../domain/community/settings.ts";
import { DAY_MS } from "../../domain/limits.ts";
import type { Status } from "../../domain/messages/people-messages.ts";
import { countRoundsMet } from "../../domain/rounds/round.ts";
import { armOf } from "../../infra/arms.ts";
import type { Head } from "../../infra/head-store.ts";
import type { Person } from "../../infra/person-store.ts";
import { readRounds } from "../../infra/round-store.ts";

/** Rounds in memory at once: of 1,000,000 rows 4 MB each. */
const ROUNDS_AT_ONCE_MAX = 16;

/** In how many published rounds each of these people was in a group, by row; counted anew each time, since rounds never change. */
export async function countRounds(
  { community, round }: Head,
  people: readonly Person[],
): Promise<ReadonlyMap<number, number>> {
  const counts = new Map(people.flatMap(({ row }) => (row === undefined ? [] : [[row, 0]])));
  for (let first = 1; first < round; first += ROUNDS_AT_ONCE_MAX) {
    const last = Math.min(round - 1, first + ROUNDS_AT_ONCE_MAX - 1);
    for (const past of await readRounds(community, first, last)) countRoundsMet(past, counts);
  }
  return counts;
}

export interface RosterEntry {
  /** Nobody's of one who has left. */
  userId: string | null;
  memberId?: string;
  status: Status | null;
  tags: Record<string, string>;
  joinedAt: string | null;
  /** A day. */
  lastSeenAt: string | null;
  roundsMet: number;
  roundsMissed: number;
  /** Of the community's experiment; null without one. */
  arm: Arm | null;
}

export async function rosterEntry(
  head: Head,
  person: Person,
  met: ReadonlyMap<number, number>,
): Promise<RosterEntry> {
  const { userId, memberId, status, tags, row, joinedAtMs, lastSeenDay } = person;
  return {
    userId,
    memberId,
    status,
    tags,
    joinedAt: joinedAtMs === undefined ? null : new Date(joinedAtMs).toISOString(),
    lastSeenAt: lastSeenDay === undefined ? null : new Date(lastSeenDay * DAY_MS).toISOString().slice(0, 10),
    roundsMet: (row !== undefined && met.get(row)) || 0,
    roundsMissed: 0, // nobody reports it yet
    arm: head.settings.experiment && row !== undefined ? await armOf(head, userId) : null,
  };
}

/** Somebody who has left: a ban and the handle that they had outlive it. */
export function formerEntry(memberId: string, status: "banned" | null): RosterEntry {
  const times = { joinedAt: null, lastSeenAt: null };
  return { userId: null, memberId, status, tags: {}, ...times, roundsMet: 0, roundsMissed: 0, arm: null };
}

const COLUMNS = [
  "userId",
  "memberId",
  "status",
  "tags",
  "joinedAt",
  "lastSeenAt",
  "roundsMet",
  "roundsMissed",
  "arm",
] as const satisfies (keyof RosterEntry)[];

/**
 * A cell as text: spreadsheets run what begins like a formula, and userIds and tags are what others have chosen.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
function cell(value: RosterEntry[keyof RosterEntry]): string {
  if (typeof value === "number") return String(value);
  const shown = typeof value === "object" ? Object.entries(value ?? {}).map((tag) => tag.join("=")) : [value];
  const text = shown.join("; ");
  return `"${(/^\s*[=+\-@]|^[\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

/** RFC 4180, with a header. */
export function rosterCsv(roster: readonly RosterEntry[]): string {
  const lines = roster.map((entry) => COLUMNS.map((column) => cell(entry[column])).join(","));
  return [COLUMNS.join(","), ...lines, ""].join("\r\n");
}
