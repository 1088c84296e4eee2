/**
 * Fixed point: a gradient as whole numbers modulo 2^16, by one scale that everybody knows, since shares of
 * rows with scales of their own could not be added. A sum of `sumMembersMax` of them stays within an int16,
 * so it is read back without a carry.
 */
import type { SumTerms } from "./terms.ts";

const INT16_MAX = 32_767;

/** The largest whole number of one member's value. */
const levels = ({ sumMembersMax }: SumTerms): number => Math.floor(INT16_MAX / sumMembersMax);

/**
 * Clips each factor to `clipFactor` and each bias to `clipBias`, and rounds up or down by lot, so that sums
 * are right on average. `draws` are uniform u16, one a value.
 */
export function quantize(
  values: Float32Array,
  terms: SumTerms,
  draws: Uint16Array,
): Uint16Array<ArrayBuffer> {
  const { factors, clipFactor, clipBias } = terms;
  const most = levels(terms);
  const [perFactor, perBias] = [most / clipFactor, most / clipBias];
  const quantized = new Uint16Array(values.length);
  for (let i = 0, column = 0; i < values.length; i++) {
    const exact = values[i] * (column === factors ? perBias : perFactor);
    const clipped = Math.min(most, Math.max(exact, -most));
    quantized[i] = Math.floor(clipped + draws[i] / 65_536); // wraps below 0
    column = column === factors ? 0 : column + 1;
  }
  return quantized;
}

/** The values that a sum modulo 2^16 stands for. */
export function readSum(sum: Uint16Array, terms: SumTerms): Float32Array<ArrayBuffer> {
  const { factors, clipFactor, clipBias } = terms;
  const most = levels(terms);
  const signed = new Int16Array(sum.buffer, sum.byteOffset, sum.length);
  const width = factors + 1;
  return Float32Array.from(signed, (value, i) => {
    const clip = i % width === factors ? clipBias : clipFactor;
    return (value * clip) / most;
  });
}

/**
 * Of the longest row that clipping leaves of a member. A sum that wrapped everywhere is uniform noise, .58 of
 * it; honest sums on MovieLens 100k are at .05 at first and under .01 later: docs/decisions.md.
 */
const PLAUSIBLE_SHARE = 0.4;

/**
 * Whether a sum of so many members can be of gradients: one that was made to wrap is
 * longer than theirs together.
 */
export function isPlausible(values: Float32Array, terms: SumTerms, members: number): boolean {
  const { factors, clipFactor, clipBias, rowCount } = terms;
  const rowMax = Math.sqrt(factors * clipFactor ** 2 + clipBias ** 2);
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares) <= PLAUSIBLE_SHARE * rowMax * Math.sqrt(rowCount) * members;
}
