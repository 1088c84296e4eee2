/**
 * How much a partition differs from the one before it.
 */

/**
 * Returns how many of those who had a group are elsewhere now. Labels may differ: old and new groups are paired off by
 * the company they share, most first.
 */
export function countMoved(previous: Int32Array, groupOf: Int32Array): number {
  const overlaps = new Map<string, { before: number; after: number; shared: number }>();
  let had = 0;
  for (let i = 0; i < groupOf.length; i++) {
    if (previous[i] < 0) continue;
    had++;
    const key = `${previous[i]} ${groupOf[i]}`;
    const overlap = overlaps.get(key) ?? { before: previous[i], after: groupOf[i], shared: 0 };
    overlap.shared++;
    overlaps.set(key, overlap);
  }
  const takenBefore = new Set<number>();
  const takenAfter = new Set<number>();
  let stayed = 0;
  for (const { before, after, shared } of [...overlaps.values()].sort((a, b) => b.shared - a.shared)) {
    if (takenBefore.has(before) || takenAfter.has(after)) continue;
    takenBefore.add(before);
    takenAfter.add(after);
    stayed += shared;
  }
  return had - stayed;
}
