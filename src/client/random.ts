/** Randomness of the device: its cryptographic source, since ids must not collide and noise must not be guessed. */

/** 32 random bits as a number in [0, 1). */
export function cryptographicUniform(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32;
}

/** One standard normal number (Box-Muller) from uniform ones. */
export function normalFrom(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
