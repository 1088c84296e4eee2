/** A round as the group of each person. */

/** Returns the round with these groups. */
export function roundOf(groups: number[][], size: number): Int32Array {
  const groupOf = new Int32Array(size).fill(-1);
  groups.forEach((members, group) => {
    for (const member of members) groupOf[member] = group;
  });
  return groupOf;
}
