/**
 * float16 (IEEE 754 binary16: sign, 5 bits of exponent, 10 of mantissa) as its 16 bits, as they stand in a Uint16Array.
 * A float32 has 8 bits of exponent and 23 of mantissa: times 2^-112 its exponent is float16's, also below the normal numbers,
 * and 13 bits of mantissa are too many. So float32 does the work, in 1 to 2 ns where an element of a Float16Array takes 8.
 */

const REBASE = 2 ** 112;
const BASE = 2 ** -112;
/** 65,504, the largest that is finite. */
const LARGEST = 0x7bff;
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The float16 nearest to `value`, which is no NaN; what is too large for any saturates at 65,504. */
export function toFloat16(value: number): number {
  float[0] = value * BASE; // as exact as the division, and quicker
  const sign = (bits[0] >>> 16) & 0x8000;
  const even = (bits[0] >>> 13) & 1; // halfway, the even neighbour is the nearest
  return sign | Math.min(((bits[0] & 0x7fffffff) + 0xfff + even) >>> 13, LARGEST);
}

export function fromFloat16(half: number): number {
  bits[0] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13);
  return float[0] * REBASE;
}
