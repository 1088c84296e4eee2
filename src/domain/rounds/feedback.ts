/**
 * What members say of a published round: whether their group met, and who was missing. It stands beside the
 * round, which never changes. One voice decides for nobody but itself; two decide for a third.
 */

import type { Settings } from "../community/settings.ts";

/** People by row. */
export interface Answer {
  /** Whether the one who answers has met the others. */
  met: boolean;
  missing: readonly number[];
}

/** Those of a group who are told apart from a meeting. */
export interface Absences {
  /** Who met nobody of the group. */
  unmet: number[];
  /** Those of them who were not there. Who waited in vain is not among them. */
  missed: number[];
}

/** So many others must agree that somebody was missing. */
const WITNESSES_MIN = 2;

/**
 * Whether one answer says that somebody else was missing; a meeting that failed without a
 * name was missed by all.
 */
const isMissingBy = ({ met, missing }: Answer, row: number): boolean =>
  missing.includes(row) || (!met && missing.length === 0);

/** Whether those who say so are enough, and more than those who do not. */
const isAgreed = (against: number, inFavour: number): boolean =>
  against >= WITNESSES_MIN && against > inFavour;

/**
 * Returns who of a group was not at its meeting, by the answers there are; who does not
 * answer has met the others.
 */
export function absencesOf(rows: readonly number[], answers: ReadonlyMap<number, Answer>): Absences {
  const absences: Absences = { unmet: [], missed: [] };
  for (const row of rows) {
    const own = answers.get(row);
    const others = [...answers].filter(([other]) => other !== row).map(([, answer]) => answer);
    const notMetBy = others.filter((answer) => !answer.met || answer.missing.includes(row)).length;
    const missingBy = others.filter((answer) => isMissingBy(answer, row)).length;
    const wasThere = own !== undefined && (own.met || own.missing.length > 0);
    const isUnmet = own?.met === false || isAgreed(notMetBy, others.length - notMetBy + (own?.met ? 1 : 0));
    if (!isUnmet) continue;
    absences.unmet.push(row);
    const isOwnWord = own?.met === false && !wasThere;
    if (isOwnWord || isAgreed(missingBy, others.length - missingBy + (wasThere ? 1 : 0)))
      absences.missed.push(row);
  }
  return absences;
}

/** A published round as it was met. */
export interface MetRound {
  round: number;
  publishedAtMs: number;
  groupCount: number;
  /** By row, as it was published. */
  groupOf: Int32Array;
  /** The same without those who met nobody. */
  metGroupOf: Int32Array;
  missed: ReadonlySet<number>;
}

/** Returns the groups without the people `unmet`. */
export function withoutUnmet(groupOf: Int32Array, unmet: Iterable<number>): Int32Array {
  const met = groupOf.slice();
  for (const row of unmet) met[row] = -1;
  return met;
}

/** What became of a member's rounds. */
export interface Attended {
  met: number;
  missed: number;
  /** How many of those that they were to take part in they have missed since the last that they did not. */
  missedInARow: number;
}

export const NOTHING_ATTENDED: Attended = { met: 0, missed: 0, missedInARow: 0 };

export function isPausedForMisses(
  { pauseAfterMissedRounds }: Pick<Settings, "pauseAfterMissedRounds">,
  { missedInARow }: Attended,
): boolean {
  return pauseAfterMissedRounds !== null && missedInARow >= pauseAfterMissedRounds;
}

function sizesOf(groupOf: Int32Array, groupCount: number): Uint32Array {
  const sizes = new Uint32Array(groupCount);
  for (const group of groupOf) if (group >= 0) sizes[group]++;
  return sizes;
}

/**
 * Adds rounds, oldest first, to what became of the rows that `attended` has. Misses before the round
 * `missesFrom` of a row no longer count as misses in a row.
 */
export function addAttended(
  attended: Map<number, Attended>,
  rounds: readonly MetRound[],
  missesFrom: (row: number) => number,
): void {
  for (const { round, groupOf, metGroupOf, groupCount, missed } of rounds) {
    const sizes = sizesOf(groupOf, groupCount);
    const metSizes = sizesOf(metGroupOf, groupCount);
    for (const [row, before] of attended) {
      if (!(sizes[groupOf[row] ?? -1] > 1)) continue;
      const hasMissed = missed.has(row);
      const inARow = round < missesFrom(row) ? 0 : before.missedInARow + 1;
      attended.set(row, {
        met: before.met + (metSizes[metGroupOf[row]] > 1 ? 1 : 0),
        missed: before.missed + (hasMissed ? 1 : 0),
        missedInARow: hasMissed ? inARow : 0,
      });
    }
  }
}
