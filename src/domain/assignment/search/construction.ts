/**
 * First partitions: greedy from nothing, or a repaired copy of the previous one.
 */

/** Groups larger problems choose from when placing a person; all groups would cost N^2. */
const GROUPS_TRIED_MAX = 64;

/**
 * Places people in the given order, each into the open group where they add most; ties go to the lower group.
 * Returns the group of each position.
 */
export function constructGreedily(
  groupSizes: Int32Array,
  order: Int32Array,
  weight: (i: number, j: number) => number,
): Int32Array {
  const groupOf = new Int32Array(order.length).fill(-1);
  const members: number[][] = Array.from(groupSizes, () => []);
  const open = Array.from(groupSizes.keys()).filter((group) => groupSizes[group] > 0);
  for (let turn = 0; turn < order.length; turn++) {
    const person = order[turn];
    const tried = Math.min(open.length, GROUPS_TRIED_MAX);
    let bestAt = 0;
    let bestGain = Number.NEGATIVE_INFINITY;
    for (let t = 0; t < tried; t++) {
      const at = (turn + t) % open.length;
      let gain = 0;
      for (const other of members[open[at]]) gain += weight(person, other);
      if (gain > bestGain || (gain === bestGain && open[at] < open[bestAt])) {
        bestGain = gain;
        bestAt = at;
      }
    }
    const group = open[bestAt];
    groupOf[person] = group;
    members[group].push(person);
    if (members[group].length === groupSizes[group]) open.splice(bestAt, 1);
  }
  return groupOf;
}

/**
 * Fits a previous partition to the sizes of today with few moves: the fullest old groups get the largest new places,
 * those who do not fit and newcomers (-1) fill what is open. Returns the group of each position.
 */
export function repairPartition(groupSizes: Int32Array, previous: Int32Array): Int32Array {
  const counts = new Map<number, number>();
  for (const group of previous) if (group >= 0) counts.set(group, (counts.get(group) ?? 0) + 1);
  const keeps = keptLabels(groupSizes, counts);
  const room = Int32Array.from(groupSizes);
  const groupOf = new Int32Array(previous.length).fill(-1);
  for (let i = 0; i < previous.length; i++) {
    const group = keeps.get(previous[i]) ?? -1;
    if (group < 0 || room[group] === 0) continue;
    groupOf[i] = group;
    room[group]--;
  }
  let open = 0;
  for (let i = 0; i < previous.length; i++) {
    if (groupOf[i] >= 0) continue;
    while (room[open] === 0) open++;
    groupOf[i] = open;
    room[open]--;
  }
  return groupOf;
}

/** Which new group each old one becomes: fullest old to largest new, equal ones in order of their index. */
function keptLabels(groupSizes: Int32Array, counts: Map<number, number>): Map<number, number> {
  const places = Array.from(groupSizes.keys()).sort((a, b) => groupSizes[b] - groupSizes[a] || a - b);
  const fullest = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return new Map(fullest.slice(0, places.length).map(([old], at) => [old, places[at]]));
}
