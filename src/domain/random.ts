/**
 * Seeded pseudo-random numbers for domain code, which may not reach for the machine's own.
 * mulberry32: 32 bits of state, good enough for initial factors, shuffles and tie breaks; never for secrets.
 */

/** Returns a generator of uniform numbers in [0, 1). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Returns a generator of standard normal numbers (Box-Muller). */
export function normal(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** Puts the values in a random order, in place, each as likely as any (Fisher-Yates). */
export function shuffle<Values extends Int32Array | unknown[]>(values: Values, next: () => number): Values {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [values[i], values[j]] = [values[j], values[i]];
  }
  return values;
}
