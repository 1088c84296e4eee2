/**
 * The pairs within a round's groups as operators see them: how much the two would like each other,
 * in three levels and no finer, and when they last met. Pairs that are apart are not told of, since
 * that could betray a block.
 */
import type { PastRound } from "../assignment/pairs/meeting-penalties.ts";
import { uniform } from "../random.ts";
import { type GroupingState, positionsOf } from "./compose-draft.ts";
import { mutualAffinity } from "./mutual-affinity.ts";

export type Liking = "low" | "middle" | "high";

export interface PairLine {
  rows: [number, number];
  liking: Liking;
  /** Rounds since they last met, 1 for the round before; null where they never did. */
  metRoundsAgo: number | null;
}

const SAMPLED_PAIRS = 4096;

/** A third of the community's pairs lie below the first, a third above the second. */
function thirds(size: number, value: (i: number, j: number) => number, seed: number): [number, number] {
  const next = uniform(seed);
  const sample = Float32Array.from({ length: SAMPLED_PAIRS }, () => {
    const i = Math.floor(next() * size);
    return value(i, (i + 1 + Math.floor(next() * (size - 1))) % size);
  }).sort();
  return [sample[Math.floor(SAMPLED_PAIRS / 3)], sample[Math.floor((2 * SAMPLED_PAIRS) / 3)]];
}

function wereTogether({ groupOf }: PastRound, row: number, other: number): boolean {
  return groupOf[row] >= 0 && groupOf[row] === groupOf[other];
}

/** The lines within `groups`, rows of those in them; who is not among the state's people has none. */
export function pairLines(state: GroupingState, groups: readonly (readonly number[])[]): PairLine[] {
  const { people, items, settings, pastRounds, isInformed, seed } = state;
  if (people.length < 2) return [];
  const { value } = mutualAffinity(people, { values: items, factors: settings.factors });
  const positions = positionsOf(state);
  const newestFirst = pastRounds.toSorted((a, b) => a.age - b.age);
  const [low, high] = thirds(people.length, value, seed);
  const likingOf = (i: number, j: number): Liking => {
    if (!isInformed) return "middle"; // nobody has said anything yet, so what the model holds is chance
    const mutual = value(i, j);
    // On a border that many share, as where few differ, all of them are on its outer side.
    if (mutual < low || (mutual === low && low < high)) return "low";
    return mutual > high || (mutual === high && low < high) ? "high" : "middle";
  };
  return groups.flatMap((rows) => {
    const present = rows.filter((row) => positions[row] >= 0);
    return present.flatMap((row, at) =>
      present.slice(at + 1).map((other): PairLine => {
        const [i, j] = [positions[row], positions[other]];
        const together = newestFirst.find((past) => wereTogether(past, row, other));
        return { rows: [row, other], liking: likingOf(i, j), metRoundsAgo: together?.age ?? null };
      }),
    );
  });
}
