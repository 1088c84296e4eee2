/**
 * Rounds that leave room for affinity: each is grouped by the engine with the meetings of the others as costs that outweigh
 * it. Where a schedule must be tight only a design has no repeats; where it need not, this gains what a design gives away.
 */
import { assignGroups } from "../assignment/assign-groups.ts";
import { addToPair, createPairTable, forEachPair, type PairTable } from "../assignment/pairs/pair-table.ts";
import { largestScore, scoreOfPair } from "../assignment/pairs/pair-weight.ts";
import type { AssignmentProblem, Partition } from "../assignment/problem.ts";
import { groupMembers, measureQuality } from "../assignment/quality.ts";
import { brokenWishes } from "../assignment/reassign.ts";

export interface RefineOptions {
  /** What each round has to keep beside the meetings; `penalty` is not read. */
  problemOfRound: (at: number) => AssignmentProblem;
  /** Pairs that had met before the first round: another meeting costs half of a repeat. */
  metBefore: PairTable;
  seed: number;
  /** For one grouping of one round. */
  evaluationsMax: number;
  shouldStop?: () => boolean;
}

/** Returns `count` rounds, one after the other, each knowing those before it; undefined if it is stopped. */
export function groupInTurn(count: number, options: RefineOptions): Int32Array[] | undefined {
  const { seed, evaluationsMax, shouldStop } = options;
  const rounds: Int32Array[] = [];
  for (let at = 0; at < count; at++) {
    const problem = problemBeside(rounds, at, options);
    rounds.push(assignGroups(problem, { seed: seed + at, evaluationsMax, shouldStop }).groupOf);
    if (shouldStop?.()) return undefined;
  }
  return rounds;
}

/** Groups each round anew beside all others, and keeps what is better, in sweeps until one changes nothing. */
export function refineRounds(start: Int32Array[], sweepsMax: number, options: RefineOptions): Int32Array[] {
  const { seed, evaluationsMax, shouldStop } = options;
  const rounds = start.slice();
  for (let sweep = 0, changes = 1; sweep < sweepsMax && changes > 0; sweep++) {
    changes = 0;
    for (let at = 0; at < rounds.length && !shouldStop?.(); at++) {
      const others = rounds.filter((_, other) => other !== at);
      const problem = problemBeside(others, at, options);
      const turn = sweep * rounds.length + at;
      const found = assignGroups(problem, { seed: seed + turn, evaluationsMax, shouldStop });
      if (!isBetter(found, measureQuality(problem, rounds[at]))) continue;
      rounds[at] = found.groupOf;
      changes++;
    }
  }
  return rounds;
}

type Measured = Pick<Partition, "score" | "unmet">;

function isBetter(one: Measured, other: Measured): boolean {
  const broken = brokenWishes(one) - brokenWishes(other);
  return broken === 0 ? one.score > other.score : broken < 0;
}

/** The problem of one round with the meetings of other rounds as its penalty. */
function problemBeside(
  others: readonly Int32Array[],
  at: number,
  { problemOfRound, metBefore }: RefineOptions,
): AssignmentProblem {
  const problem = { ...problemOfRound(at), penalty: undefined };
  const { groupSize, affinity } = problem;
  // more than an exchange can gain in affinity
  const repeat = 4 * groupSize * largestScore(affinity.size, scoreOfPair(problem));
  const penalty = createPairTable(metBefore.count);
  forEachPair(metBefore, (i, j) => addToPair(penalty, i, j, repeat / 2));
  forEachPair(meetings(others), (i, j) => addToPair(penalty, i, j, repeat));
  return { ...problem, penalty };
}

function meetings(rounds: readonly Int32Array[]): PairTable {
  const table = createPairTable();
  for (const round of rounds)
    for (const members of groupMembers(round))
      for (let a = 0; a < members.length; a++)
        for (let b = a + 1; b < members.length; b++) addToPair(table, members[a], members[b], 1);
  return table;
}
