/**
 * Published rounds as they were met: the round, which never changes, and beside it who of each group was not
 * there, as it follows from what members said (feedback-store.ts).
 */
import { type Absences, type MetRound, withoutUnmet } from "../domain/rounds/feedback.ts";
import type { Round } from "../domain/rounds/round.ts";
import { names } from "./aws.ts";
import type { Item } from "./head-store.ts";
import { partsBetween, queryAll } from "./item-reads.ts";
import { readRounds } from "./round-store.ts";

/** Of the absences of a group. */
export const absencesPart = (round: number, group: string): string =>
  `absences#${String(round).padStart(8, "0")}#${group}`;

type AbsencesOfRound = Record<keyof Absences, number[]>;

/**
 * Who of the rounds first..last was not at the meeting of their group, by round; rounds that
 * nobody is said to have missed are left out.
 */
export async function readAbsences(
  community: string,
  first: number,
  last: number,
): Promise<Map<number, AbsencesOfRound>> {
  if (last < first) return new Map();
  const parts = [absencesPart(first, ""), absencesPart(last, "~")] as const;
  const query = partsBetween(names.roundsTable, community, ...parts);
  const absences = new Map<number, AbsencesOfRound>();
  const rowsOf = (value: Item[string]) => value.L!.map(({ N }) => Number(N));
  await queryAll(query, ({ round, unmet, missed }) => {
    const of = absences.get(Number(round.N)) ?? { unmet: [], missed: [] };
    of.unmet.push(...rowsOf(unmet));
    of.missed.push(...rowsOf(missed));
    absences.set(Number(round.N), of);
  });
  return absences;
}

/** A published round, as it was met. */
export function metRound(
  { round, publishedAtMs = 0, groupCount, groupOf }: Round,
  { unmet, missed }: AbsencesOfRound = { unmet: [], missed: [] },
): MetRound {
  const metGroupOf = unmet.length === 0 ? groupOf : withoutUnmet(groupOf, unmet);
  return { round, publishedAtMs, groupCount, groupOf, metGroupOf, missed: new Set(missed) };
}

/** The published rounds first..last as they were met, ascending, without the withdrawn. */
export async function readMetRounds(community: string, first: number, last: number): Promise<MetRound[]> {
  const [rounds, absences] = await Promise.all([
    readRounds(community, first, last),
    readAbsences(community, first, last),
  ]);
  const published = rounds.filter(({ state }) => state === "published");
  return published.map((round) => metRound(round, absences.get(round.round)));
}
