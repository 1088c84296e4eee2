/**
 * The fair objective: the sum of a concave utility of each member's own sum, so that what the worst-off lose counts for
 * more than what the best-off win.
 */
import { exchange, type Grouping } from "./grouping.ts";
import type { Landscape } from "./partner-annealing.ts";

/** Beyond this many spreads under the median the utility goes on as a straight line: blocks cost 1e6 spreads. */
const STRAIGHT_SPREADS = 3;

/**
 * Returns the landscape of `grouping`, which it changes in place. Utility is -t Math.exp(-(u - m) / t), with u a member's sum
 * and m, t median and spread of all at the start; it rises by 1 per unit at the median, by 20 three t below.
 */
export function fairLandscape(grouping: Grouping, weight: (i: number, j: number) => number): Landscape {
  const { groupOf, start, members } = grouping;
  const sums = new Float64Array(groupOf.length);
  const refreshGroup = (group: number) => {
    for (let at = start[group]; at < start[group + 1]; at++) {
      const person = members[at];
      sums[person] = 0;
      for (let other = start[group]; other < start[group + 1]; other++)
        if (other !== at) sums[person] += weight(person, members[other]);
    }
  };
  for (let group = 0; group + 1 < start.length; group++) refreshGroup(group);
  const { median, spread } = spreadOf(sums);
  const utility = (sum: number) => {
    const below = (median - sum) / spread;
    if (below <= STRAIGHT_SPREADS) return -spread * Math.exp(below);
    return -spread * Math.exp(STRAIGHT_SPREADS) * (1 + below - STRAIGHT_SPREADS);
  };

  /** What the group of `leaving` gains when `coming` takes the place: those who stay, and `coming` against its old sum. */
  function gainOfGroup(group: number, leaving: number, coming: number): number {
    let gain = 0;
    let sumOfComing = 0;
    for (let at = start[group]; at < start[group + 1]; at++) {
      const stays = members[at];
      if (stays === leaving) continue;
      const toComing = weight(stays, coming);
      sumOfComing += toComing;
      gain += utility(sums[stays] - weight(stays, leaving) + toComing) - utility(sums[stays]);
    }
    return gain + utility(sumOfComing) - utility(sums[coming]);
  }

  return {
    grouping,
    swapGain: (i, j) => gainOfGroup(groupOf[i], i, j) + gainOfGroup(groupOf[j], j, i),
    swap(i, j) {
      exchange(grouping, i, j);
      refreshGroup(groupOf[i]);
      refreshGroup(groupOf[j]);
    },
  };
}

function spreadOf(sums: Float64Array): { median: number; spread: number } {
  const sorted = sums.slice().sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  // quartiles, since a broken block would dwarf a standard deviation; 1.35 of them make one if sums are normal
  return { median: at(0.5), spread: Math.max((at(0.75) - at(0.25)) / 1.35, 1e-3 * Math.abs(at(0.5)), 1e-9) };
}
