/**
 * Rounds of parallel lines, found by annealing where no orthogonal array is known: levels of Z_g, and a round for each row
 * of an incomplete difference matrix. Two people of different levels meet where two rows have the same difference of
 * these levels, so a search for 14 rounds of 22 groups of 6 has 84 numbers to choose.
 * Starter blocks of this kind are in Miller, Valkov and Abel (Symmetry 2026, 18(2), 269).
 */
import { uniform } from "../random.ts";

export interface LineSearchOptions {
  groupCount: number;
  /** Levels; a group has one person of each. */
  groupSize: number;
  roundCount: number;
  seed: number;
  evaluationsMax: number;
  shouldStop?: () => boolean;
}

const TEMPERATURE_START = 0.6;
const TEMPERATURE_END = 0.12;
const EVALUATIONS_PER_RUN = 1_500_000;
const EVALUATIONS_PER_STOP_CHECK = 4096;

/** Returns rounds in which nobody of different levels meets twice, or undefined. Person a of a level is a + level * g. */
export function searchLines(options: LineSearchOptions): Int32Array[] | undefined {
  const { groupCount, groupSize, roundCount, evaluationsMax, shouldStop } = options;
  // two rows of the same differences: there are only groupCount of them
  if (groupCount < Math.max(groupSize, roundCount)) return undefined;
  const next = uniform(options.seed);
  for (let evaluations = 0; evaluations < evaluationsMax && !shouldStop?.(); ) {
    const budget = Math.min(EVALUATIONS_PER_RUN, evaluationsMax - evaluations);
    const rows = Array.from({ length: roundCount }, () =>
      Int32Array.from({ length: groupSize }, () => Math.floor(next() * groupCount)),
    );
    if (separateRows(rows, groupCount, budget, next, shouldStop))
      return rows.map((row) => lines(row, groupCount));
    evaluations += budget;
  }
  return undefined;
}

/** The round whose groups are the translates of `row`. */
function lines(row: Int32Array, groupCount: number): Int32Array {
  return Int32Array.from({ length: row.length * groupCount }, (_, person) => {
    const level = Math.floor(person / groupCount);
    return ((person % groupCount) - row[level] + groupCount) % groupCount;
  });
}

/** Anneals the rows, in place, until no two have the same difference of two levels. Returns whether it came to that. */
function separateRows(
  rows: Int32Array[],
  order: number,
  evaluationsMax: number,
  next: () => number,
  shouldStop?: () => boolean,
): boolean {
  const levels = rows[0].length;
  /** How many rows have a difference of two levels: [higher level, lower level, difference]. */
  const used = new Int32Array(levels * levels * order);
  const place = (row: Int32Array, level: number, other: number, value: number) =>
    level > other
      ? (level * levels + other) * order + ((value - row[other] + order) % order)
      : (other * levels + level) * order + ((row[other] - value + order) % order);
  let conflicts = 0;
  for (const row of rows)
    for (let level = 0; level < levels; level++)
      for (let other = 0; other < level; other++)
        if (used[place(row, level, other, row[level])]++ > 0) conflicts++;
  const cooling = (TEMPERATURE_END / TEMPERATURE_START) ** (1 / evaluationsMax);
  let temperature = TEMPERATURE_START;
  for (let evaluation = 0; evaluation < evaluationsMax && conflicts > 0; evaluation++) {
    if (evaluation % EVALUATIONS_PER_STOP_CHECK === 0 && shouldStop?.()) break;
    temperature *= cooling;
    const row = rows[Math.floor(next() * rows.length)];
    const level = Math.floor(next() * levels);
    const before = row[level];
    const after = Math.floor(next() * order);
    let change = 0;
    for (let other = 0; other < levels; other++) {
      if (other === level) continue;
      if (--used[place(row, level, other, before)] > 0) change--;
      if (used[place(row, level, other, after)]++ > 0) change++;
    }
    if (change <= 0 || next() < Math.exp(-change / temperature)) {
      row[level] = after;
      conflicts += change;
      continue;
    }
    for (let other = 0; other < levels; other++) {
      if (other === level) continue;
      used[place(row, level, other, after)]--;
      used[place(row, level, other, before)]++;
    }
  }
  return conflicts === 0;
}
