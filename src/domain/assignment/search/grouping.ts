/**
 * A partition that can be changed: who is in which group, and each group's members side by side.
 */

export interface Grouping {
  /** Group of each person. */
  groupOf: Int32Array;
  /** Group g's members are members[start[g]] .. members[start[g + 1] - 1]. */
  start: Int32Array;
  members: Int32Array;
  /** Where each person stands in `members`. */
  slot: Int32Array;
}

/** Returns the grouping for `groupOf`, which it takes over. */
export function createGrouping(groupOf: Int32Array, groupCount: number): Grouping {
  const start = new Int32Array(groupCount + 1);
  for (const group of groupOf) start[group + 1]++;
  for (let group = 0; group < groupCount; group++) start[group + 1] += start[group];
  const filled = start.slice();
  const members = new Int32Array(groupOf.length);
  const slot = new Int32Array(groupOf.length);
  for (let i = 0; i < groupOf.length; i++) {
    slot[i] = filled[groupOf[i]]++;
    members[slot[i]] = i;
  }
  return { groupOf, start, members, slot };
}

/** Puts i and j in each other's place. */
export function exchange({ groupOf, members, slot }: Grouping, i: number, j: number): void {
  const slotOfI = slot[i];
  const groupOfI = groupOf[i];
  slot[i] = slot[j];
  groupOf[i] = groupOf[j];
  slot[j] = slotOfI;
  groupOf[j] = groupOfI;
  members[slot[i]] = i;
  members[slot[j]] = j;
}
