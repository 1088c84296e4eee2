/**
 * Past rounds as pair penalties: h(i, j) = sum over the pair's meetings of 2^(-age / halfLife): section "Group assignment" of docs/data-model.md.
 */
import { addToPair, createPairTable, type PairTable } from "./pair-table.ts";

export interface PastRound {
  /** Group of each row in that round, -1 for those who were absent. May be shorter than the rows known today. */
  groupOf: Int32Array;
  /** Rounds since: 1 for the latest published round. */
  age: number;
}

export interface MeetingPenaltyOptions {
  /** Position of each row among the people present, -1 for those who are not. */
  positions: Int32Array;
  /** Rounds after which a meeting counts half; Infinity for a memory that does not fade. */
  halfLifeRounds: number;
  /** diversityPenalty, in units of affinity: what a meeting of age 0 would cost. */
  weight: number;
}

/** Returns weight * h(i, j) for every pair of people present that has met. */
export function meetingPenalties(rounds: PastRound[], options: MeetingPenaltyOptions): PairTable {
  const { positions, halfLifeRounds, weight } = options;
  const table = createPairTable(rounds.length * positions.length);
  for (const round of rounds) {
    const amount = weight * 2 ** (-round.age / halfLifeRounds);
    forEachMeeting(round, positions, (i, j) => addToPair(table, i, j, amount));
  }
  return table;
}

/** Returns, flat (i0, j0, i1, j1, ...), the pairs present that met within the last `windowRounds` rounds, each once. */
export function rematchPairs(rounds: PastRound[], windowRounds: number, positions: Int32Array): Int32Array {
  const recent = rounds.filter((round) => round.age <= windowRounds);
  const seen = createPairTable();
  const pairs: number[] = [];
  for (const round of recent)
    forEachMeeting(round, positions, (i, j) => {
      const before = seen.count;
      addToPair(seen, i, j, 1);
      if (seen.count > before) pairs.push(i, j);
    });
  return Int32Array.from(pairs);
}

/** Calls `visit` with every pair of people present who shared a group in the round. */
function forEachMeeting(
  round: PastRound,
  positions: Int32Array,
  visit: (i: number, j: number) => void,
): void {
  const members = new Map<number, number[]>();
  const rowCount = Math.min(round.groupOf.length, positions.length);
  for (let row = 0; row < rowCount; row++) {
    const group = round.groupOf[row];
    if (group < 0 || positions[row] < 0) continue;
    const others = members.get(group);
    if (!others) {
      members.set(group, [positions[row]]);
      continue;
    }
    for (const other of others) visit(other, positions[row]);
    others.push(positions[row]);
  }
}
