/**
 * The optimum for a few people, proven. Every possible group is a column of a set partitioning problem; Lagrange
 * multipliers, one a person, bound what groups can be worth (Fisher, Management Science 27, 1981), columns that cannot
 * be in a better partition than the one known are dropped, and a depth-first search goes through the rest.
 */

/** Columns that are built at most: all groups of 4 or 5 of 23 people are 42,504. */
const COLUMNS_MAX = 60_000;
/** People must fit the bits of an integer. */
const SIZE_MAX = 31;
const PRICE_STEPS = 800;
const NODES_MAX = 2_000_000;
const TOLERANCE = 1e-6;

/** All groups there could be. */
interface Columns {
  count: number;
  /** Members of column c: members[c * width] ..., sizes[c] of them. */
  members: Uint8Array;
  width: number;
  sizes: Uint8Array;
  values: Float64Array;
  /** Bit i is set if person i is a member. */
  masks: Int32Array;
}

/** What the search for the optimum counts as in a budget; it takes under a second. */
export const EXACT_EVALUATIONS = 1_000_000;

/** Says whether the optimum can be searched for: at most 60,000 possible groups. */
export function isExactlySolvable(size: number, groupSizes: Int32Array): boolean {
  let columns = 0;
  for (const groupSize of new Set(groupSizes)) columns += binomial(size, groupSize);
  return groupSizes.length > 1 && size <= SIZE_MAX && columns <= COLUMNS_MAX;
}

/**
 * Improves `groupOf` in place to the optimum for `weights` (size x size, symmetric). The better the partition it starts
 * from, the less is left to search. Returns whether the answer is proven; otherwise it is the best known.
 */
export function solveExactly(weights: Float32Array, groupSizes: Int32Array, groupOf: Int32Array): boolean {
  const size = groupOf.length;
  const columns = allGroups(size, groupSizes, weights);
  let known = 0;
  for (let i = 0; i < size; i++)
    for (let j = i + 1; j < size; j++) if (groupOf[i] === groupOf[j]) known += weights[i * size + j];
  const { prices, bound } = personPrices(columns, size, known);
  // between whole numbers there is nothing to find
  const tolerance = weights.every(Number.isInteger)
    ? 1 - TOLERANCE
    : TOLERANCE * Math.max(1, Math.abs(known));
  if (bound <= known + tolerance) return true;
  const found = searchPartitions(columns, groupSizes, prices, bound, known + tolerance);
  found.chosen.forEach((column, group) => {
    for (let m = 0; m < columns.sizes[column]; m++)
      groupOf[columns.members[column * columns.width + m]] = group;
  });
  return found.isComplete;
}

function allGroups(size: number, groupSizes: Int32Array, weights: Float32Array): Columns {
  const width = groupSizes.reduce((a, b) => Math.max(a, b), 0);
  let count = 0;
  for (const groupSize of new Set(groupSizes)) count += binomial(size, groupSize);
  const columns = {
    count: 0,
    members: new Uint8Array(count * width),
    width,
    sizes: new Uint8Array(count),
    values: new Float64Array(count),
    masks: new Int32Array(count),
  };
  const chosen: number[] = [];
  const extend = (groupSize: number, from: number, value: number, mask: number) => {
    if (chosen.length === groupSize) {
      const column = columns.count++;
      columns.members.set(chosen, column * width);
      columns.sizes[column] = groupSize;
      columns.values[column] = value;
      columns.masks[column] = mask;
      return;
    }
    for (let person = from; person < size; person++) {
      let added = 0;
      for (const other of chosen) added += weights[other * size + person];
      chosen.push(person);
      extend(groupSize, person + 1, value + added, mask | (1 << person));
      chosen.pop();
    }
  };
  for (const groupSize of new Set(groupSizes)) extend(groupSize, 0, 0, 0);
  return columns;
}

/**
 * Lagrange multipliers of "each person is in one group", by subgradient steps towards the known value (Polyak). With
 * reduced values r_c = v_c - sum of prices, no partition is worth more than the sum of prices and of positive r_c.
 */
function personPrices(
  columns: Columns,
  size: number,
  known: number,
): { prices: Float64Array; bound: number } {
  const { count, members, width, sizes, values } = columns;
  let largest = 0;
  for (let c = 0; c < count; c++) largest = Math.max(largest, values[c] / sizes[c]);
  const prices = new Float64Array(size).fill(largest);
  const slope = new Float64Array(size);
  const best = { prices: prices.slice(), bound: Number.POSITIVE_INFINITY };
  let stride = 1;
  let sinceGain = 0;
  for (let step = 0; step < PRICE_STEPS; step++) {
    let bound = prices.reduce((a, b) => a + b, 0);
    slope.fill(1);
    for (let c = 0; c < count; c++) {
      let reduced = values[c];
      for (let m = 0; m < sizes[c]; m++) reduced -= prices[members[c * width + m]];
      if (reduced <= 0) continue;
      bound += reduced;
      for (let m = 0; m < sizes[c]; m++) slope[members[c * width + m]]--;
    }
    sinceGain++;
    if (bound < best.bound - TOLERANCE) {
      best.bound = bound;
      best.prices.set(prices);
      sinceGain = 0;
    } else if (sinceGain >= PATIENCE_STEPS) {
      stride /= 2;
      sinceGain = 0;
      prices.set(best.prices);
    }
    const norm = slope.reduce((a, b) => a + b * b, 0);
    if (norm === 0 || bound <= known) break;
    const length = (stride * (bound - known)) / norm;
    for (let i = 0; i < size; i++) prices[i] -= length * slope[i];
  }
  return best;
}

/** Steps without a lower bound before the stride is halved. */
const PATIENCE_STEPS = 12;

/**
 * Depth-first search for a partition worth more than `known`, over columns whose reduced value lets them be part of one.
 * The uncovered person with the lowest place is covered next; places go by how few columns a person has.
 */
function searchPartitions(
  columns: Columns,
  groupSizes: Int32Array,
  prices: Float64Array,
  bound: number,
  known: number,
): { chosen: number[]; isComplete: boolean } {
  const size = prices.length;
  const reduced = reducedValues(columns, prices);
  const byFirst = columnsByFirst(columns, reduced, known - bound, size);
  const hope = byFirst.lists.map((list) => Math.max(0, reduced[list[0]] ?? 0));
  const left = new Map<number, number>();
  for (const groupSize of groupSizes) left.set(groupSize, (left.get(groupSize) ?? 0) + 1);
  const everybody = 2 ** size - 1;
  let needed = known - prices.reduce((a, b) => a + b, 0);
  let nodes = 0;
  let best: number[] = [];
  const chosen: number[] = [];
  const cover = (covered: number, value: number) => {
    if (covered === everybody) {
      if (value <= needed) return;
      needed = value;
      best = chosen.slice();
      return;
    }
    let place = 0;
    while (covered & (1 << byFirst.order[place])) place++;
    let future = 0;
    for (let later = place + 1; later < size; later++)
      if (!(covered & (1 << byFirst.order[later]))) future += hope[later];
    for (const column of byFirst.lists[place]) {
      if (value + reduced[column] + future <= needed || ++nodes > NODES_MAX) return;
      const remaining = left.get(columns.sizes[column])!;
      if (columns.masks[column] & covered || remaining === 0) continue;
      left.set(columns.sizes[column], remaining - 1);
      chosen.push(column);
      cover(covered | columns.masks[column], value + reduced[column]);
      chosen.pop();
      left.set(columns.sizes[column], remaining);
    }
  };
  cover(0, 0);
  return { chosen: best, isComplete: nodes <= NODES_MAX };
}

function reducedValues(columns: Columns, prices: Float64Array): Float64Array {
  return columns.values.map((value, c) => {
    let reduced = value;
    for (let m = 0; m < columns.sizes[c]; m++) reduced -= prices[columns.members[c * columns.width + m]];
    return reduced;
  });
}

/** Orders people by how few columns of reduced value above `least` they have, and lists columns by their first person. */
function columnsByFirst(
  { count, members, width, sizes }: Columns,
  reduced: Float64Array,
  least: number,
  size: number,
): { order: number[]; lists: number[][] } {
  const kept = Array.from({ length: count }, (_, c) => c).filter((c) => reduced[c] >= least);
  const degree = new Int32Array(size);
  for (const c of kept) for (let m = 0; m < sizes[c]; m++) degree[members[c * width + m]]++;
  const order = Array.from({ length: size }, (_, i) => i).sort((a, b) => degree[a] - degree[b] || a - b);
  const placeOf = new Int32Array(size);
  order.forEach((person, place) => {
    placeOf[person] = place;
  });
  const lists: number[][] = Array.from({ length: size }, () => []);
  for (const c of kept) {
    let first = size;
    for (let m = 0; m < sizes[c]; m++) first = Math.min(first, placeOf[members[c * width + m]]);
    lists[first].push(c);
  }
  for (const list of lists) list.sort((a, b) => reduced[b] - reduced[a] || a - b);
  return { order, lists };
}

function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return Math.round(result);
}
