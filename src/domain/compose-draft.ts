/**
 * From a community's state to a draft: who is there, what each would give another, whom they have met, and the engine's
 * answer as a group for each row. The objective is that of section "Group assignment" in docs/data-model.md.
 */
import { assignGroups } from "./assignment/assign-groups.ts";
import { meetingPenalties, type PastRound } from "./assignment/history.ts";
import type { Affinity } from "./assignment/problem.ts";
import { separateBlocked } from "./assignment/separate-blocked.ts";
import { probability } from "./factorization.ts";
import { DENSE_PEOPLE_MAX } from "./limits.ts";
import type { Settings } from "./settings.ts";

/** A member who can be grouped. */
export interface Person {
  row: number;
  /** x_u with the rater bias last, where the member shares it; else y_u stands in for it. */
  userFactors?: Float32Array;
  /** Rows that this person is never to share a group with, whoever of the two asked for it. */
  blockedRows: readonly number[];
}

export interface GroupingState {
  settings: Settings;
  rowCount: number;
  /** rowCount x (K+1), bias last. */
  items: Float32Array;
  /** Those who are not paused, rows ascending. */
  people: readonly Person[];
  pastRounds: PastRound[];
  seed: number;
}

const EVALUATIONS_PER_PERSON = 20_000;
const EVALUATIONS_MAX = 20_000_000;
/** A probability of 0 on one side would make everybody else's view of that pair count for nothing. */
const PROBABILITY_MIN = 1e-6;

/** The merge of two one-way predictions: high only where both are. */
function harmonicMean(p: number, q: number): number {
  return (2 * p * q) / (p + q);
}

/** p(i -> j): the probability that person i likes person j, from i's own factors or, unshared, from the stand-in y_i. */
function oneWay(state: GroupingState, from: Person, to: Person): number {
  const { items, settings } = state;
  const width = settings.factors + 1;
  const at = to.row * width;
  const shared = from.userFactors;
  let score = items[at + settings.factors] + (shared ? shared[settings.factors] : 0);
  const factors = shared ?? items.subarray(from.row * width, from.row * width + settings.factors);
  for (let k = 0; k < settings.factors; k++) score += factors[k] * items[at + k];
  return Math.max(PROBABILITY_MIN, probability(score));
}

function mutualAffinity(state: GroupingState): Affinity {
  const { people } = state;
  const size = people.length;
  const value = (i: number, j: number) =>
    harmonicMean(oneWay(state, people[i], people[j]), oneWay(state, people[j], people[i]));
  if (size > DENSE_PEOPLE_MAX) return { kind: "pairwise", size, value };
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) values[i * size + j] = values[j * size + i] = value(i, j);
  }
  return { kind: "dense", size, values };
}

/** Pairs of people present of whom one has blocked the other, flat. */
function blockedPairs(people: readonly Person[], positions: Int32Array): Int32Array {
  const pairs = people.flatMap((person, position) =>
    person.blockedRows.filter((row) => positions[row] >= 0).flatMap((row) => [position, positions[row]]),
  );
  return Int32Array.from(pairs);
}

/** Groups everybody present. `groupOf` is by row, -1 for rows of nobody present. */
export function composeDraft(state: GroupingState): { groupOf: Int32Array; groupCount: number } {
  const { settings, people, rowCount } = state;
  const positions = new Int32Array(rowCount).fill(-1);
  people.forEach((person, position) => {
    positions[person.row] = position;
  });
  const penalty = meetingPenalties(state.pastRounds, {
    positions,
    halfLifeRounds: settings.meetingHalfLifeRounds,
    weight: settings.diversityPenalty,
  });
  const blocked = blockedPairs(people, positions);
  const problem = { affinity: mutualAffinity(state), groupSize: settings.groupSize, penalty, blocked };
  const evaluationsMax = Math.min(EVALUATIONS_MAX, EVALUATIONS_PER_PERSON * people.length);
  const { groupOf, groupCount: wanted } = assignGroups(problem, { seed: state.seed, evaluationsMax });
  const groupCount = separateBlocked(groupOf, wanted, blocked);
  const groupOfRow = new Int32Array(rowCount).fill(-1);
  people.forEach((person, position) => {
    groupOfRow[person.row] = groupOf[position];
  });
  return { groupOf: groupOfRow, groupCount };
}
