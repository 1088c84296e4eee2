/**
 * Annealing for small groups: most exchanges bring a person into the group of a promising partner and send one of the
 * partner's company the other way, since in a group of four one good pair is what makes a gain possible at all.
 */
import { uniform } from "../random.ts";
import type { Grouping } from "./grouping.ts";
import { logUniforms, type Schedule } from "./schedule.ts";

/** What the search needs to know of an objective; implementations keep whatever sums make it fast. */
export interface Landscape {
  grouping: Grouping;
  /** Returns the gain of exchanging i and j of different groups, or -Infinity once it cannot exceed `threshold`. */
  swapGain(i: number, j: number, threshold: number): number;
  /** Exchanges them. */
  swap(i: number, j: number): void;
}

/** Share of exchanges that aim at a partner; the rest draw both people at random. */
const PARTNER_SHARE = 0.8;
const LOG_TABLE = 1 << 16;
const STEP_EVALUATIONS = 1024;
/** Share of the budget kept for the closing descent. */
const DESCENT_SHARE = 0.03;

/**
 * Improves the landscape's grouping in place. `partners` is size x partnersEach, row-major: people worth joining.
 * Returns the number of evaluations.
 */
export function annealWithPartners(
  landscape: Landscape,
  partners: Int32Array,
  partnersEach: number,
  schedule: Schedule,
): number {
  const { evaluationsMax, temperatureStart, temperatureEnd } = schedule;
  const steps =
    temperatureStart > 0 ? Math.floor((evaluationsMax * (1 - DESCENT_SHARE)) / STEP_EVALUATIONS) : 0;
  const cooling = (temperatureEnd / temperatureStart) ** (1 / steps);
  const logs = logUniforms(LOG_TABLE, uniform(schedule.seed));
  let state = (Math.imul(schedule.seed, 0x9e3779b1) ^ 0x5bf03635) | 1;
  let temperature = temperatureStart;
  let step = 0;
  for (; step < steps; step++) {
    if (step % 8 === 0 && schedule.shouldStop?.()) break;
    state = annealStep(landscape, partners, partnersEach, temperature, logs, state);
    temperature *= cooling;
  }
  const spent = step * STEP_EVALUATIONS;
  return spent + descendWithPartners(landscape, partners, partnersEach, evaluationsMax - spent, schedule);
}

/** STEP_EVALUATIONS proposals at one temperature. Returns the state of the random numbers (xorshift32), inlined for speed. */
function annealStep(
  landscape: Landscape,
  partners: Int32Array,
  partnersEach: number,
  temperature: number,
  logs: Float64Array,
  state: number,
): number {
  const { groupOf, start, members, slot } = landscape.grouping;
  const perUnit = groupOf.length / 4294967296;
  const aimed = partnersEach > 0 ? PARTNER_SHARE * 65536 : 0;
  for (let evaluation = 0; evaluation < STEP_EVALUATIONS; evaluation++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const i = Math.floor((state >>> 0) * perUnit);
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const draw = state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    let j: number;
    if ((draw & 0xffff) < aimed) {
      const partner = partners[i * partnersEach + (((draw >>> 16) * partnersEach) >>> 16)];
      const group = groupOf[partner];
      if (group === groupOf[i]) continue;
      const first = start[group];
      const others = start[group + 1] - first - 1;
      const company = (((state >>> 16) * others) >>> 16) + first;
      j = members[company < slot[partner] ? company : company + 1 - (others === 0 ? 1 : 0)];
    } else {
      j = Math.floor((state >>> 0) * perUnit);
      if (groupOf[i] === groupOf[j]) continue;
    }
    const threshold = temperature * logs[Math.imul(state, 0x2c1b3c6d) >>> 16];
    if (landscape.swapGain(i, j, threshold) > threshold) landscape.swap(i, j);
  }
  return state;
}

/** Takes gains alone, over everybody's partners and their company, until a whole pass has none. */
function descendWithPartners(
  landscape: Landscape,
  partners: Int32Array,
  partnersEach: number,
  evaluationsMax: number,
  { gainMin, shouldStop }: Schedule,
): number {
  const { groupOf, start, members } = landscape.grouping;
  const size = groupOf.length;
  let evaluations = 0;
  for (let i = 0, quiet = 0; quiet < size; i = i + 1 === size ? 0 : i + 1, quiet++) {
    if (i % 64 === 0 && shouldStop?.()) return evaluations;
    for (let p = 0; p < partnersEach; p++) {
      const group = groupOf[partners[i * partnersEach + p]];
      if (group === groupOf[i]) continue;
      for (let at = start[group]; at < start[group + 1]; at++) {
        if (evaluations >= evaluationsMax) return evaluations;
        evaluations++;
        if (landscape.swapGain(i, members[at], gainMin) <= gainMin) continue;
        landscape.swap(i, members[at]);
        quiet = -1;
        break;
      }
    }
  }
  return evaluations;
}
