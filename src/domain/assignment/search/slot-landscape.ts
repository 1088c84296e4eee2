/**
 * A landscape in which each group should have a slot in common. What pairs cost that have none already leads
 * the search there; but three people may have one by twos and none together, so whole groups are looked at,
 * once a gain would be taken.
 */
import { haveSlot, haveSlotWith } from "../pairs/common-slots.ts";
import type { Slots } from "../problem.ts";
import type { Landscape } from "./partner-annealing.ts";

/** Returns `landscape` with the cost of groups that have no slot in common. */
export function withSlots(landscape: Landscape, slots: Slots, cost: number): Landscape {
  const { grouping } = landscape;
  const { groupOf, start, members } = grouping;
  const isBare = new Uint8Array(start.length - 1);
  const refresh = (group: number) => {
    isBare[group] = haveSlot(slots, members.subarray(start[group], start[group + 1])) ? 0 : 1;
  };
  for (let group = 0; group + 1 < start.length; group++) refresh(group);
  const isBareWith = (group: number, leaving: number, coming: number): number =>
    haveSlotWith(slots, members, start[group], start[group + 1], leaving, coming) ? 0 : 1;
  return {
    grouping,
    swapGain(i, j, threshold) {
      const [from, to] = [groupOf[i], groupOf[j]];
      const relief = cost * (isBare[from] + isBare[to]);
      const gain = landscape.swapGain(i, j, threshold - relief) + relief;
      if (gain <= threshold) return Number.NEGATIVE_INFINITY;
      return gain - cost * (isBareWith(from, i, j) + isBareWith(to, j, i));
    },
    swap(i, j) {
      landscape.swap(i, j);
      refresh(groupOf[i]);
      refresh(groupOf[j]);
    },
  };
}
