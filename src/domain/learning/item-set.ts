/**
 * The item matrix as a learner reads it: rows (y_i, b_i), what kind of item each row is, and the Gram matrix of each kind.
 * Silence about people and silence about things weigh differently, so the two kinds are summed apart.
 */

import { MEMBER_ID_PREFIX } from "../messages/messages.ts";

/** Rows of members, of content items, and of those who have left, which are all zeros and count for nothing. */
export const PERSON = 0;
export const CONTENT = 1;
export const NOBODY = 2;
export type ItemKind = typeof PERSON | typeof CONTENT | typeof NOBODY;

/** The kind of the item that a row is; null or undefined where its member has left. */
export function kindOfItem(itemId: string | null | undefined): ItemKind {
  if (itemId === null || itemId === undefined) return NOBODY;
  return itemId.startsWith(MEMBER_ID_PREFIX) ? PERSON : CONTENT;
}

/** Sum of z z' over rows z = (y_i, b_i, 1), (K+2) x (K+2). Its last element is how many rows it sums. */
export type GramMatrix = Float64Array;

export class ItemSet {
  readonly factors: number;
  /** rowCount x (K+1), the bias last. */
  values: Float32Array;
  kinds: Uint8Array;
  readonly people: GramMatrix;
  readonly content: GramMatrix;

  /** `kindOf` is asked once a row; a row of zeros is nobody's whatever it says. Throws RangeError on broken rows. */
  constructor(values: Float32Array, factors: number, kindOf: (row: number) => ItemKind) {
    const width = factors + 1;
    if (values.length % width !== 0) {
      throw new RangeError(`${values.length} item values are no whole rows of ${width}`);
    }
    this.factors = factors;
    this.values = values;
    this.kinds = new Uint8Array(values.length / width).fill(NOBODY);
    this.people = new Float64Array((factors + 2) ** 2);
    this.content = new Float64Array((factors + 2) ** 2);
    for (let row = 0; row < this.kinds.length; row++) this.#count(row, kindOf(row));
  }

  get rowCount(): number {
    return this.kinds.length;
  }

  /** Makes room for new rows, which are nobody's until they are set. */
  grow(rowCount: number): void {
    const values = new Float32Array(rowCount * (this.factors + 1));
    values.set(this.values);
    const kinds = new Uint8Array(rowCount).fill(NOBODY);
    kinds.set(this.kinds);
    this.values = values;
    this.kinds = kinds;
  }

  /** Puts K+1 values in a row, and moves the Gram matrices by the difference. */
  setRow(row: number, values: Float32Array, kind: ItemKind): void {
    this.#addToGram(row, -1);
    this.values.set(values, row * (this.factors + 1));
    this.#count(row, kind);
  }

  #count(row: number, kind: ItemKind): void {
    const width = this.factors + 1;
    const isZero = this.values.subarray(row * width, (row + 1) * width).every((value) => value === 0);
    this.kinds[row] = isZero ? NOBODY : kind;
    this.#addToGram(row, 1);
  }

  #addToGram(row: number, weight: number): void {
    if (this.kinds[row] === NOBODY) return;
    const gram = this.kinds[row] === PERSON ? this.people : this.content;
    const { values } = this;
    const width = this.factors + 1;
    const size = width + 1;
    const start = row * width;
    for (let j = 0; j < width; j++) {
      const scaled = weight * values[start + j];
      for (let k = 0; k < width; k++) gram[j * size + k] += scaled * values[start + k];
      gram[j * size + width] += scaled;
      gram[width * size + j] += scaled;
    }
    gram[width * size + width] += weight;
  }
}
