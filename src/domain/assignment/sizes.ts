/**
 * How many groups there are and how large each is. Sizes differ by at most one and nobody is ever alone in a crowd:
 * 17 people in fours are 4, 4, 4, 5.
 */

export interface SizeLimits {
  groupSizeMin?: number;
  groupSizeMax?: number;
}

/**
 * Returns the sizes of the groups, smaller ones first: as near to `groupSize` as they can be. There are more groups if one
 * would pass groupSizeMax, then fewer if one would fall under groupSizeMin, which wins, or under two people.
 */
export function balancedGroupSizes(size: number, groupSize: number, limits: SizeLimits = {}): Int32Array {
  if (!(groupSize >= 1)) throw new RangeError(`groupSize must be at least 1, got ${groupSize}`);
  if (size === 0) return new Int32Array(0);
  const sizeMax = Math.max(groupSize, limits.groupSizeMax ?? Number.POSITIVE_INFINITY);
  const sizeMin = Math.min(Math.max(limits.groupSizeMin ?? 1, groupSize > 1 ? 2 : 1), groupSize);
  let groupCount = Math.max(nearestGroupCount(size, groupSize), Math.ceil(size / sizeMax));
  groupCount = Math.max(1, Math.min(groupCount, Math.floor(size / sizeMin)));
  const base = Math.floor(size / groupCount);
  const larger = size - base * groupCount;
  return Int32Array.from({ length: groupCount }, (_, group) =>
    group < groupCount - larger ? base : base + 1,
  );
}

/** The places that are too many or too few decide; then the group furthest from `groupSize`; then fewer groups do. */
function nearestGroupCount(size: number, groupSize: number): number {
  const fewer = Math.max(1, Math.floor(size / groupSize));
  const more = fewer + 1;
  const surplus = size - fewer * groupSize;
  const shortage = more * groupSize - size;
  if (surplus !== shortage) return surplus < shortage ? fewer : more;
  const furthestOfFewer = Math.ceil(size / fewer) - groupSize;
  const furthestOfMore = groupSize - Math.floor(size / more);
  return furthestOfFewer <= furthestOfMore ? fewer : more;
}
