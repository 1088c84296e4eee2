/**
 * What a draft must know of the published rounds: who has met, and who is paused since they missed too many
 * in a row.
 */
import type { PastRound } from "../../domain/assignment/pairs/meeting-penalties.ts";
import { type Settings, settingsOfArm } from "../../domain/community/settings.ts";
import {
  MEETING_HALF_LIVES_MAX,
  MISSES_ROUNDS_MAX,
  SERVER_SKEW_MAX_MS,
  WITHDRAWAL_AGE_MAX_MS,
} from "../../domain/limits.ts";
import {
  type Attended,
  addAttended,
  isPausedForMisses,
  type MetRound,
  NOTHING_ATTENDED,
} from "../../domain/rounds/feedback.ts";
import type { Round } from "../../domain/rounds/round.ts";
import type { Season } from "../../domain/rounds/season.ts";
import type { Head } from "../../infra/head-store.ts";
import { metRound, readAbsences, readMetRounds } from "../../infra/meeting-store.ts";
import type { Member } from "../../infra/member-store.ts";
import { readRounds } from "../../infra/round-store.ts";

/** Rounds that can no longer be withdrawn never change, so an instance reads each once. */
const settledRounds = new Map<string, Round>();

function isSettled({ state, publishedAtMs = 0 }: Round, nowMs: number): boolean {
  return state === "withdrawn" || nowMs - publishedAtMs > WITHDRAWAL_AGE_MAX_MS + SERVER_SKEW_MAX_MS;
}

/** The rounds from `first` to the latest that are not withdrawn, oldest first. */
async function readPublished(head: Head, first: number, nowMs: number): Promise<Round[]> {
  const { community, createdAtMs, round } = head;
  const keyOf = (number: number) => JSON.stringify([community, createdAtMs, number]);
  let firstUnknown = first;
  while (firstUnknown < round && settledRounds.has(keyOf(firstUnknown))) firstUnknown++;
  const known = Array.from(
    { length: firstUnknown - first },
    (_, at) => settledRounds.get(keyOf(first + at))!,
  );
  const read = await readRounds(community, firstUnknown, round - 1);
  for (const past of read) if (isSettled(past, nowMs)) settledRounds.set(keyOf(past.round), past);
  return [...known, ...read].filter(({ state }) => state === "published");
}

export interface Past {
  /** Oldest first; ages count published rounds alone. */
  meetings: PastRound[];
  /** Whether they go back to the first round. */
  isWhole: boolean;
  /** The rows of those who have missed so many rounds in a row that they are paused. */
  absentees: ReadonlySet<number>;
}

function absenteesOf(
  members: readonly Member[],
  rounds: readonly MetRound[],
  settings: Settings,
): Set<number> {
  const missed = new Set(rounds.flatMap((round) => [...round.missed]));
  const suspects = members.filter(({ row }) => missed.has(row));
  const missesFrom = new Map(suspects.map((member) => [member.row, member.missesFrom ?? 0]));
  const attended = new Map(suspects.map(({ row }): [number, Attended] => [row, NOTHING_ATTENDED]));
  addAttended(attended, rounds, (row) => missesFrom.get(row)!);
  const paused = [...attended].filter(([, rounds]) => isPausedForMisses(settings, rounds));
  return new Set(paused.map(([row]) => row));
}

/**
 * Reads the rounds that still weigh on the draft, or must not be repeated in it, or were missed, and who was
 * at them.
 */
export async function readPast(
  head: Head,
  members: readonly Member[],
  season: Season | null,
  nowMs: number,
): Promise<Past> {
  const { community, round, latestRound, settings } = head;
  const ofArms = [settings, settingsOfArm(settings, "experiment")];
  const wanted = Math.max(
    ...ofArms.map(({ meetingHalfLifeRounds }) => Math.ceil(meetingHalfLifeRounds * MEETING_HALF_LIVES_MAX)),
    ...ofArms.map(({ rematchWindowRounds }) => rematchWindowRounds),
  );
  const firstMissed = Math.max(1, latestRound + 1 - MISSES_ROUNDS_MAX);
  let first = Math.max(1, Math.min(round - wanted, season?.firstRound ?? round));
  const absences = await readAbsences(community, Math.min(first, firstMissed), latestRound);
  const missedRounds = [...absences].filter(([number, { missed }]) => number >= firstMissed && missed.length);
  first = missedRounds.reduce((least, [number]) => Math.min(least, number), first);
  let published = await readPublished(head, first, nowMs);
  while (published.length < wanted && first > 1) {
    first = Math.max(1, first - (wanted - published.length)); // some were withdrawn
    published = await readPublished(head, first, nowMs);
  }
  const rounds = published.map((past) => metRound(past, absences.get(past.round)));
  return {
    meetings: rounds.map(({ metGroupOf }, at) => ({ groupOf: metGroupOf, age: rounds.length - at })),
    isWhole: first === 1,
    absentees: absenteesOf(
      members,
      rounds.filter((past) => past.round >= firstMissed),
      settings,
    ),
  };
}

/** What became of a member's rounds of the last year since the first that they missed. */
async function readAttended({ community, latestRound }: Head, member: Member): Promise<Attended> {
  const firstMissed = Math.max(1, latestRound + 1 - MISSES_ROUNDS_MAX);
  const absences = await readAbsences(community, firstMissed, latestRound);
  const own = [...absences].filter(([, { missed }]) => missed.includes(member.row)).map(([round]) => round);
  if (own.length === 0) return NOTHING_ATTENDED;
  const attended = new Map<number, Attended>([[member.row, NOTHING_ATTENDED]]);
  const rounds = await readMetRounds(community, Math.min(...own), latestRound);
  addAttended(attended, rounds, () => member.missesFrom ?? 0);
  return attended.get(member.row)!;
}

/** What a member is told of the rounds that they have missed. */
export async function readMisses(head: Head, member: Member) {
  const attended = await readAttended(head, member);
  return {
    missedInARow: attended.missedInARow,
    pausedForMisses: isPausedForMisses(head.settings, attended),
  };
}
