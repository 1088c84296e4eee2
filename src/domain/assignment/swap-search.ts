/**
 * Local search that exchanges two people of different groups while that raises the sum of weights.
 */

export interface SearchBudget {
  evaluationsMax: number;
  shouldStop?: () => boolean;
}

/** Evaluations between two questions to `shouldStop`. */
const STOP_CHECK_EVALUATIONS = 1024;

/**
 * Improves `groupOf` in place until no exchange gains or the budget is spent; pairs are tried by index.
 * Returns the number of evaluations.
 */
export function improveBySwaps(
  groupOf: Int32Array,
  groupSizes: Int32Array,
  weight: (i: number, j: number) => number,
  budget: SearchBudget,
): number {
  const size = groupOf.length;
  const members = membersByGroup(groupOf, groupSizes);
  let evaluations = 0;
  let sinceGain = 0;
  const pairs = (size * (size - 1)) / 2;
  for (let i = 0; sinceGain < pairs; i = (i + 1) % size)
    for (let j = i + 1; j < size && sinceGain < pairs; j++) {
      sinceGain++;
      if (groupOf[i] === groupOf[j]) continue;
      if (evaluations >= budget.evaluationsMax) return evaluations;
      if (++evaluations % STOP_CHECK_EVALUATIONS === 0 && budget.shouldStop?.()) return evaluations;
      if (swapGain(members, groupOf, i, j, weight) <= GAIN_MIN) continue;
      swap(members, groupOf, i, j);
      sinceGain = 0;
    }
  return evaluations;
}

/** Below this a gain is rounding, and taking it could go round in circles. */
const GAIN_MIN = 1e-9;

function swapGain(
  members: Int32Array[],
  groupOf: Int32Array,
  i: number,
  j: number,
  weight: (i: number, j: number) => number,
): number {
  let gain = 0;
  for (const other of members[groupOf[i]]) if (other !== i) gain += weight(j, other) - weight(i, other);
  for (const other of members[groupOf[j]]) if (other !== j) gain += weight(i, other) - weight(j, other);
  return gain;
}

function swap(members: Int32Array[], groupOf: Int32Array, i: number, j: number): void {
  const groupOfI = groupOf[i];
  const groupOfJ = groupOf[j];
  members[groupOfI][members[groupOfI].indexOf(i)] = j;
  members[groupOfJ][members[groupOfJ].indexOf(j)] = i;
  groupOf[i] = groupOfJ;
  groupOf[j] = groupOfI;
}

function membersByGroup(groupOf: Int32Array, groupSizes: Int32Array): Int32Array[] {
  const members = Array.from(groupSizes, (count) => new Int32Array(count));
  const filled = new Int32Array(groupSizes.length);
  for (let i = 0; i < groupOf.length; i++) members[groupOf[i]][filled[groupOf[i]]++] = i;
  return members;
}
