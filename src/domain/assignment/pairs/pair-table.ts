/**
 * A number for each of a sparse set of unordered pairs, in an open-addressed hash table of typed arrays: 12 bytes a slot,
 * so 12 rounds of 100,000 people in fours (1.8 M pairs) take about 31 MB and a look-up is one or two probes.
 */

export interface PairTable {
  /** Pairs stored. */
  count: number;
  /** Smaller and larger position of the pair in each slot; -1 marks an empty slot. */
  low: Int32Array;
  high: Int32Array;
  values: Float32Array;
}

/** Slots per pair. At 70% load a miss takes under 6 probes on average with linear probing. */
const SLOTS_PER_PAIR = 1 / 0.7;

/** Returns an empty table with room for `pairs` pairs; it grows if more come. */
export function createPairTable(pairs = 16): PairTable {
  const slots = Math.ceil(pairs * SLOTS_PER_PAIR) + 8;
  return {
    count: 0,
    low: new Int32Array(slots).fill(-1),
    high: new Int32Array(slots),
    values: new Float32Array(slots),
  };
}

/** Adds `amount` to the pair's value, which starts at 0. */
export function addToPair(table: PairTable, i: number, j: number, amount: number): void {
  if ((table.count + 1) * SLOTS_PER_PAIR > table.low.length) grow(table);
  const low = Math.min(i, j);
  const high = Math.max(i, j);
  const slot = findSlot(table, low, high);
  if (table.low[slot] < 0) {
    table.low[slot] = low;
    table.high[slot] = high;
    table.count++;
  }
  table.values[slot] += amount;
}

/** Returns the pair's value, 0 if it has none. */
export function pairValue(table: PairTable, i: number, j: number): number {
  const slot = i < j ? findSlot(table, i, j) : findSlot(table, j, i);
  return table.low[slot] < 0 ? 0 : table.values[slot];
}

/** Calls `visit` with every stored pair, smaller position first, in slot order. */
export function forEachPair(table: PairTable, visit: (i: number, j: number, value: number) => void): void {
  for (let slot = 0; slot < table.low.length; slot++)
    if (table.low[slot] >= 0) visit(table.low[slot], table.high[slot], table.values[slot]);
}

/** The pair's slot, or the empty slot where it belongs. */
function findSlot(table: PairTable, low: number, high: number): number {
  const slots = table.low.length;
  let hash = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  let slot = Math.floor(((hash ^ (hash >>> 13)) >>> 0) * (slots / 4294967296));
  while (table.low[slot] >= 0 && (table.low[slot] !== low || table.high[slot] !== high))
    slot = slot + 1 === slots ? 0 : slot + 1;
  return slot;
}

function grow(table: PairTable): void {
  const larger = createPairTable(table.count * 2 + 16);
  forEachPair(table, (i, j, value) => addToPair(larger, i, j, value));
  table.low = larger.low;
  table.high = larger.high;
  table.values = larger.values;
}
