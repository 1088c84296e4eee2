/**
 * Schedules with few or no repeated meetings, from base rounds that a rotation turns into the rest: people are points of
 * Z_m x orbits plus fixed points, and round t adds t to all. Two people then meet as often as base pairs share their
 * difference, so it is enough to search the base rounds: for 8 groups of 3 over 11 rounds, 24 places instead of 264.
 * Starters of this kind are the classical way to Kirkman triple systems and their relatives (Handbook of
 * Combinatorial Designs, VI.16).
 */

import { createGrouping, exchange, type Grouping } from "../assignment/search/grouping.ts";
import { uniform } from "../random.ts";

export interface CyclicDesignOptions {
  groupSizes: Int32Array;
  /** m: rounds each base round is turned into. */
  rotation: number;
  baseRounds: number;
  seed: number;
  evaluationsMax: number;
  shouldStop?: () => boolean;
}

export interface CyclicDesign {
  /** The group of each point, base round after base round. */
  baseRounds: Int32Array[];
  /** Base pairs whose difference was used before; 0 means nobody meets twice. */
  conflicts: number;
}

/** Annealing at these fractions of a conflict; restarts as often as the budget allows. */
const TEMPERATURE_START = 0.7;
const TEMPERATURE_END = 0.15;
const EVALUATIONS_PER_RUN = 1_500_000;
const EVALUATIONS_PER_STOP_CHECK = 4096;

/** Searches base rounds without conflicts. Returns the best found within the budget. */
export function searchCyclicDesign(options: CyclicDesignOptions): CyclicDesign {
  const { groupSizes, rotation, baseRounds, evaluationsMax, shouldStop } = options;
  const size = groupSizes.reduce((a, b) => a + b, 0);
  const next = uniform(options.seed);
  const orbits = pairOrbits(size, rotation);
  let best: CyclicDesign | undefined;
  for (let evaluations = 0; evaluations < evaluationsMax; ) {
    const budget = Math.min(EVALUATIONS_PER_RUN, evaluationsMax - evaluations);
    const groupings = Array.from({ length: baseRounds }, () => randomGrouping(groupSizes, next));
    const conflicts = removeConflicts(groupings, orbits, budget, next, shouldStop);
    evaluations += budget;
    if (!best || conflicts < best.conflicts)
      best = { baseRounds: groupings.map((grouping) => grouping.groupOf), conflicts };
    if (conflicts === 0 || shouldStop?.()) break;
  }
  return best!;
}

/** Turns base rounds into all rounds: the group of each point, round after round. */
export function developRounds(baseRounds: Int32Array[], rotation: number): Int32Array[] {
  const rounds: Int32Array[] = [];
  for (const base of baseRounds)
    for (let turn = 0; turn < rotation; turn++)
      rounds.push(base.map((_, point) => base[turnPoint(point, base.length, rotation, turn)]));
  return rounds;
}

/** Points of one orbit follow each other; those past the last whole orbit stay where they are. */
function turnPoint(point: number, size: number, rotation: number, turn: number): number {
  if (point >= size - (size % rotation)) return point;
  const first = point - (point % rotation);
  return first + ((point - first + turn) % rotation);
}

interface PairOrbits {
  size: number;
  /** size x size: which orbit a pair belongs to. */
  of: Int32Array;
  /** How often each orbit counts as used before any pair is: 1 where a single use already makes people meet twice. */
  usedBefore: Int32Array;
}

/** Numbers the orbits of pairs under the rotation. Fixed pairs and halves of an even rotation meet too often on their own. */
function pairOrbits(size: number, rotation: number): PairOrbits {
  const of = new Int32Array(size * size).fill(-1);
  const usedBefore: number[] = [];
  for (let i = 0; i < size; i++)
    for (let j = i + 1; j < size; j++) {
      if (of[i * size + j] >= 0) continue;
      const orbit = usedBefore.length;
      let length = 0;
      let [a, b] = [i, j];
      while (of[a * size + b] < 0) {
        of[a * size + b] = orbit;
        of[b * size + a] = orbit;
        length++;
        a = turnPoint(a, size, rotation, 1);
        b = turnPoint(b, size, rotation, 1);
      }
      usedBefore.push(length < rotation ? 1 : 0);
    }
  return { size, of, usedBefore: Int32Array.from(usedBefore) };
}

/** Anneals exchanges within the base rounds, in place, until no conflict is left or the budget is spent. Returns conflicts. */
function removeConflicts(
  groupings: Grouping[],
  orbits: PairOrbits,
  evaluationsMax: number,
  next: () => number,
  shouldStop?: () => boolean,
): number {
  const { size } = orbits;
  const used = orbits.usedBefore.slice();
  let conflicts = 0;
  for (const { groupOf } of groupings)
    for (let i = 0; i < size; i++)
      for (let j = i + 1; j < size; j++)
        if (groupOf[i] === groupOf[j] && used[orbits.of[i * size + j]]++ > 0) conflicts++;
  const cooling = (TEMPERATURE_END / TEMPERATURE_START) ** (1 / evaluationsMax);
  let temperature = TEMPERATURE_START;
  for (let evaluation = 0; evaluation < evaluationsMax && conflicts > 0; evaluation++) {
    if (evaluation % EVALUATIONS_PER_STOP_CHECK === 0 && shouldStop?.()) break;
    temperature *= cooling;
    const grouping = groupings[Math.floor(next() * groupings.length)];
    const i = Math.floor(next() * size);
    const j = Math.floor(next() * size);
    if (grouping.groupOf[i] === grouping.groupOf[j]) continue;
    const before = useCompany(grouping, orbits, used, i, -1) + useCompany(grouping, orbits, used, j, -1);
    exchange(grouping, i, j);
    const after = useCompany(grouping, orbits, used, i, 1) + useCompany(grouping, orbits, used, j, 1);
    const change = before + after;
    if (change <= 0 || next() < Math.exp(-change / temperature)) {
      conflicts += change;
      continue;
    }
    useCompany(grouping, orbits, used, i, -1);
    useCompany(grouping, orbits, used, j, -1);
    exchange(grouping, i, j);
    useCompany(grouping, orbits, used, i, 1);
    useCompany(grouping, orbits, used, j, 1);
  }
  return conflicts;
}

/** Adds (1) or takes (-1) the pairs of `person` with the group's others. Returns the change in conflicts. */
function useCompany(
  { groupOf, start, members }: Grouping,
  orbits: PairOrbits,
  used: Int32Array,
  person: number,
  amount: 1 | -1,
): number {
  const group = groupOf[person];
  let change = 0;
  for (let at = start[group]; at < start[group + 1]; at++) {
    if (members[at] === person) continue;
    const orbit = orbits.of[person * orbits.size + members[at]];
    if (amount > 0) {
      if (used[orbit]++ > 0) change++;
    } else if (--used[orbit] > 0) change--;
  }
  return change;
}

function randomGrouping(groupSizes: Int32Array, next: () => number): Grouping {
  const groupOf = Int32Array.from([...groupSizes].flatMap((count, group) => new Array(count).fill(group)));
  for (let i = groupOf.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [groupOf[i], groupOf[j]] = [groupOf[j], groupOf[i]];
  }
  return createGrouping(groupOf, groupSizes.length);
}
