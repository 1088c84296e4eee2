/**
 * The total objective for a(i, j) = x_i.y_j + x_j.y_i without an N x N array: with u = [x; y] and S_G the sum of u over
 * group G, an exchange is one pass over the factors, whatever the group size.
 */
import { exchange, type Grouping } from "./grouping.ts";
import type { Landscape } from "./partner-annealing.ts";
import type { SparseCosts } from "./sparse-costs.ts";

/**
 * Returns the landscape of `grouping`, which it changes in place. `people` is u, size x 2 factors, x first; `costs` are
 * what pairs lose besides.
 */
export function lowRankLandscape(
  people: Float32Array,
  factors: number,
  grouping: Grouping,
  costs?: SparseCosts,
): Landscape {
  const { groupOf } = grouping;
  const width = 2 * factors;
  const sums = new Float32Array((grouping.start.length - 1) * width);
  for (let i = 0; i < groupOf.length; i++)
    for (let k = 0; k < width; k++) sums[groupOf[i] * width + k] += people[i * width + k];

  /** With v = [y; x]: (v_i - v_j).(S_B - S_A + u_i - u_j), both halves at once. */
  function affinityGain(i: number, j: number): number {
    const iStart = i * width;
    const jStart = j * width;
    const from = groupOf[i] * width;
    const to = groupOf[j] * width;
    let gain = 0;
    for (let k = 0; k < factors; k++) {
      const dx = people[iStart + k] - people[jStart + k];
      const dy = people[iStart + factors + k] - people[jStart + factors + k];
      gain +=
        dy * (sums[to + k] - sums[from + k] + dx) +
        dx * (sums[to + factors + k] - sums[from + factors + k] + dy);
    }
    return gain;
  }

  return {
    grouping,
    swapGain(i, j, threshold) {
      const gain = affinityGain(i, j);
      if (!costs) return gain;
      return gain + costs.relief(i, j) <= threshold ? Number.NEGATIVE_INFINITY : gain - costs.swapCost(i, j);
    },
    swap(i, j) {
      const iStart = i * width;
      const jStart = j * width;
      const from = groupOf[i] * width;
      const to = groupOf[j] * width;
      for (let k = 0; k < width; k++) {
        const change = people[iStart + k] - people[jStart + k];
        sums[from + k] -= change;
        sums[to + k] += change;
      }
      exchange(grouping, i, j);
      costs?.refresh(i, j);
    },
  };
}
