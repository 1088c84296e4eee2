/**
 * 10 rounds of 8 groups of 4 without a repeat, the problem that gave the social golfers their name. The rounds are
 * invariant under adding any t of Z_2^3: person 8a + v goes to 8a + (v xor t). Found by annealing base blocks of the
 * three kinds below; nobody plays their one opposite number.
 */

/** A round is what its base blocks become under the eight translations; blocks that come out twice count once. */
const BASE_BLOCKS: number[][][] = [
  // one block across all four orbits: 8 translates
  [[0, 14, 16, 26]],
  [[0, 15, 19, 24]],
  [[0, 10, 23, 25]],
  [[0, 13, 22, 31]],
  [[0, 11, 17, 29]],
  [[0, 12, 20, 28]],
  // two pairs of one difference s in two orbits: 4 translates, twice
  [
    [0, 5, 27, 30],
    [8, 14, 17, 23],
  ],
  [
    [0, 7, 21, 18],
    [8, 12, 29, 25],
  ],
  [
    [0, 1, 9, 8],
    [16, 18, 31, 29],
  ],
  // a subgroup of order 4 in each orbit: 2 translates, four times
  [
    [0, 2, 4, 6],
    [16, 17, 20, 21],
    [8, 10, 13, 15],
    [24, 25, 30, 31],
  ],
];

/** Returns the ten rounds; undefined for other sizes. */
export function roundsOfEightFours(groupCount: number, groupSize: number): Int32Array[] | undefined {
  if (groupCount !== 8 || groupSize !== 4) return undefined;
  return BASE_BLOCKS.map((blocks) => {
    const groupOf = new Int32Array(32).fill(-1);
    let group = 0;
    for (const block of blocks)
      for (let translation = 0; translation < 8; translation++) {
        if (groupOf[block[0] ^ translation] >= 0) continue;
        for (const point of block) groupOf[point ^ translation] = group;
        group++;
      }
    return groupOf;
  });
}
