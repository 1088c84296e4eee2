/**
 * Masks: pseudorandom numbers that follow from a seed, by which a gradient becomes two
 * shares that are noise alone.
 */

export const SEED_BYTES = 32;

/** Kept, since all masks of a sum are as long. */
let zeros = new Uint8Array(0);

/** AES-256-CTR of zeros under the seed, its counter from 0, read as u16 little-endian. */
export async function maskOf(
  seed: Uint8Array<ArrayBuffer>,
  valueCount: number,
): Promise<Uint16Array<ArrayBuffer>> {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey("raw", seed, "AES-CTR", false, ["encrypt"]);
  if (zeros.length < 2 * valueCount) zeros = new Uint8Array(2 * valueCount);
  const cipher = { name: "AES-CTR", counter: new Uint8Array(16), length: 64 };
  return new Uint16Array(await subtle.encrypt(cipher, key, zeros.subarray(0, 2 * valueCount)));
}

/** sum <- (sum + values) mod 2^16 */
export function addTo(sum: Uint16Array, values: Uint16Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}

/** values <- (values - mask) mod 2^16 */
export function subtractFrom(values: Uint16Array, mask: Uint16Array): void {
  for (let i = 0; i < values.length; i++) values[i] -= mask[i];
}
