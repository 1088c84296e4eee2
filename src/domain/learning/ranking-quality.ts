/**
 * How good a ranking is: NDCG at 10 of rows that learning has not seen (Jarvelin, Kekalainen 2002), over
 * all rows not yet rated.
 */
export const CUTOFF = 10;

/**
 * The best `CUTOFF` rows that are not excluded, by one pass that keeps a short sorted list;
 * ties go to the lower row.
 */
export function topRows(scores: ArrayLike<number>, isExcluded: (row: number) => boolean): number[] {
  const top: number[] = [];
  for (let row = 0; row < scores.length; row++) {
    if (top.length === CUTOFF && !(scores[row] > scores[top[CUTOFF - 1]])) continue;
    if (isExcluded(row)) continue;
    let at = top.length;
    while (at > 0 && scores[top[at - 1]] < scores[row]) at--;
    top.splice(at, 0, row);
    if (top.length > CUTOFF) top.pop();
  }
  return top;
}

/** The gain of a ranking of `CUTOFF` rows at most, of what the best one could gain; 0 to 1. */
export function ndcgOf(ranked: readonly number[], relevant: ReadonlySet<number>): number {
  let gain = 0;
  let ideal = 0;
  for (let n = 0; n < CUTOFF; n++) {
    const discount = 1 / Math.log2(n + 2);
    if (n < relevant.size) ideal += discount;
    if (relevant.has(ranked[n])) gain += discount;
  }
  return gain / ideal;
}
