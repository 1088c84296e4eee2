/**
 * The few best of many offers, kept sorted by insertion: fast because almost all offers fail the first comparison.
 */

export interface Shortlist {
  clear(): void;
  /** Ties go to the earlier offer. */
  offer(id: number, value: number): void;
  /** Writes a full list; places nobody was offered for repeat the best, or hold `fallback`. */
  copyTo(target: Int32Array, offset: number, fallback: number): void;
}

export function createShortlist(length: number): Shortlist {
  const ids = new Int32Array(length);
  const values = new Float64Array(length);
  let count = 0;
  return {
    clear() {
      count = 0;
    },
    offer(id, value) {
      if (count === length && value <= values[length - 1]) return;
      let at = count < length ? count++ : length - 1;
      while (at > 0 && values[at - 1] < value) {
        values[at] = values[at - 1];
        ids[at] = ids[at - 1];
        at--;
      }
      values[at] = value;
      ids[at] = id;
    },
    copyTo(target, offset, fallback) {
      for (let at = 0; at < length; at++)
        target[offset + at] = at < count ? ids[at] : count > 0 ? ids[0] : fallback;
    },
  };
}
