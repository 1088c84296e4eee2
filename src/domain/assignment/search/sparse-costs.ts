/**
 * Costs of a few pairs (past meetings, blocks, tags) beside an affinity that is summed otherwise. Each person's present
 * cost is cached, which bounds what an exchange can relieve, so that most are refused before any pair is looked up.
 */
import type { Grouping } from "./grouping.ts";

export interface SparseCosts {
  /** The most an exchange of i and j can save. */
  relief(i: number, j: number): number;
  /** What an exchange adds to the costs; negative when it saves. */
  swapCost(i: number, j: number): number;
  /** To be called after i and j were exchanged. */
  refresh(i: number, j: number): void;
}

/** `costOfPair` must not be negative. */
export function sparseCosts(grouping: Grouping, costOfPair: (i: number, j: number) => number): SparseCosts {
  const { groupOf, start, members } = grouping;
  const present = new Float64Array(groupOf.length);

  /** What `person` would bear in `group` if `leaving` were gone from it. */
  function costIn(group: number, person: number, leaving: number): number {
    let cost = 0;
    for (let at = start[group]; at < start[group + 1]; at++) {
      const other = members[at];
      if (other !== leaving && other !== person) cost += costOfPair(person, other);
    }
    return cost;
  }

  function refreshGroup(group: number): void {
    for (let at = start[group]; at < start[group + 1]; at++)
      present[members[at]] = costIn(group, members[at], members[at]);
  }

  for (let group = 0; group + 1 < start.length; group++) refreshGroup(group);
  return {
    relief: (i, j) => present[i] + present[j],
    swapCost: (i, j) => costIn(groupOf[j], i, j) - present[i] + costIn(groupOf[i], j, i) - present[j],
    refresh(i, j) {
      refreshGroup(groupOf[i]);
      refreshGroup(groupOf[j]);
    },
  };
}
