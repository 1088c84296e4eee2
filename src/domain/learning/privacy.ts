/**
 * Local differential privacy of a gradient: the device clips what it uploads and adds discrete Gaussian noise (Canonne, Kamath,
 * Steinke, arXiv 2004.00010), and an accountant adds up what all uploads of a member together can tell.
 *
 * What epsilon means here: whatever the member rated, each possible set of uploads is at most e^epsilon times as likely as it
 * would be had they rated anything else instead (replacement), but for a chance of delta. So an upload has sensitivity
 * 2 clipNorm, and with noise of noiseMultiplier * clipNorm its zero-concentrated privacy loss is rho = 2 / noiseMultiplier^2.
 */

export interface PrivacyRule {
  /** L2 norm that a whole upload is scaled down to, if it is larger. */
  clipNorm: number;
  /** Standard deviation of the noise on each value, in units of clipNorm. */
  noiseMultiplier: number;
}

/** Noise is drawn on a grid of this many steps a standard deviation, fine enough to cost nothing. */
const STEPS_PER_DEVIATION = 1024;

/** Scales values down to an L2 norm of `clipNorm`; smaller ones stay as they are. */
export function clipped(values: Float32Array, clipNorm: number): Float32Array<ArrayBuffer> {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
  const factor = Math.min(1, clipNorm / Math.sqrt(squares));
  return Float32Array.from(values, (value) => value * factor);
}

/**
 * Clips and noises an upload. `random` gives uniform numbers in [0, 1) and must be cryptographic; `values` must be every row of
 * the model, since the choice of rows would tell what the noise hides.
 */
export function privatized(
  values: Float32Array,
  rule: PrivacyRule,
  random: () => number,
): Float32Array<ArrayBuffer> {
  const kept = clipped(values, rule.clipNorm);
  const deviation = rule.noiseMultiplier * rule.clipNorm;
  if (deviation === 0) return kept;
  const step = deviation / STEPS_PER_DEVIATION;
  const draw = discreteGaussian(STEPS_PER_DEVIATION, random);
  // Cutting towards zero onto the grid makes no norm larger than it was.
  for (let i = 0; i < kept.length; i++) kept[i] = step * (Math.trunc(kept[i] / step) + draw());
  return kept;
}

/**
 * Draws whole numbers z with probability proportional to e^(-z^2 / 2 deviation^2), by rejection from a discrete Laplace
 * distribution of scale t = floor(deviation) + 1 (arXiv 2004.00010, algorithms 2 and 3).
 */
export function discreteGaussian(deviation: number, random: () => number): () => number {
  const scale = Math.floor(deviation) + 1;
  const variance = deviation * deviation;
  return () => {
    for (;;) {
      const magnitude = Math.floor(-Math.log(1 - random()) * scale);
      const isNegative = random() < 0.5;
      if (isNegative && magnitude === 0) continue; // or zero would come twice as often
      const distance = magnitude - variance / scale;
      if (random() < Math.exp((-distance * distance) / (2 * variance)))
        return isNegative ? -magnitude : magnitude;
    }
  };
}

/** rho of one upload: see above. */
export function privacyLossPerUpload({ noiseMultiplier }: PrivacyRule): number {
  return 2 / noiseMultiplier ** 2;
}

/**
 * The epsilon at `delta` of a total privacy loss `rho`: Renyi divergence alpha * rho at each order alpha, turned into
 * (epsilon, delta) by Canonne, Kamath, Steinke, proposition 12, and the least taken over alpha.
 */
export function epsilonOf(rho: number, delta: number): number {
  if (rho === 0) return 0;
  return leastOver((order) => epsilonAtOrder(order, order * rho, delta));
}

/** The most privacy loss whose epsilon at `delta` is at most `epsilon`. */
export function privacyLossOf(epsilon: number, delta: number): number {
  if (epsilon === Number.POSITIVE_INFINITY) return epsilon;
  let [within, past] = [0, 1];
  while (epsilonOf(past, delta) <= epsilon) past *= 2;
  for (let n = 0; n < 60; n++) {
    const middle = (within + past) / 2;
    if (epsilonOf(middle, delta) <= epsilon) within = middle;
    else past = middle;
  }
  return within;
}

/** Upper bound on epsilon from the Renyi divergence at one order above 1. */
export function epsilonAtOrder(order: number, divergence: number, delta: number): number {
  return Math.max(0, divergence + Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1));
}

/** The least value over orders 1 + e^-12 to 1 + e^12: coarse on a logarithmic grid, then by golden section. */
function leastOver(valueAt: (order: number) => number): number {
  const at = (exponent: number) => valueAt(1 + Math.exp(exponent));
  let best = -12;
  for (let exponent = -12; exponent <= 12; exponent += 0.25) if (at(exponent) < at(best)) best = exponent;
  let [low, high] = [best - 0.25, best + 0.25];
  const ratio = (Math.sqrt(5) - 1) / 2;
  for (let n = 0; n < 40; n++) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (at(left) < at(right)) high = right;
    else low = left;
  }
  return at((low + high) / 2);
}
