/** Randomness of the device: its cryptographic source, since ids must not collide and noise must not be guessed. */

const pool = new Uint32Array(1024);
let next = pool.length;

/** 32 random bits as a number in [0, 1), drawn a thousand at a time, since noise takes several for each value. */
export function cryptographicUniform(): number {
  if (next === pool.length) {
    crypto.getRandomValues(pool);
    next = 0;
  }
  return pool[next++] / 2 ** 32;
}

/** So many random bytes. */
export function cryptographicBytes(count: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** One standard normal number (Box-Muller) from uniform ones. */
export function normalFrom(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
