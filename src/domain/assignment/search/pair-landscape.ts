/**
 * The total objective for weights that must be asked for pair by pair: merges that are not linear (harmonic, min) where
 * N x N does not fit, and dense weights in small groups.
 */
import { exchange, type Grouping } from "./grouping.ts";
import type { Landscape } from "./partner-annealing.ts";
import { sparseCosts } from "./sparse-costs.ts";

/** Returns the landscape of `grouping`, which it changes in place. */
export function pairLandscape(grouping: Grouping, weight: (i: number, j: number) => number): Landscape {
  const losses = sparseCosts(grouping, (i, j) => -weight(i, j));
  return {
    grouping,
    swapGain: (i, j) => -losses.swapCost(i, j),
    swap(i, j) {
      exchange(grouping, i, j);
      losses.refresh(i, j);
    },
  };
}
