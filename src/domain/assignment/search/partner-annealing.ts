/**
 * Annealing for small groups: most exchanges bring a person into the group of a promising partner and send one of the
 * partner's company the other way, since in a group of four one good pair is what makes a gain possible at all.
 */
import { uniform } from "../../random.ts";
import { elapsedShare, logUniforms, partOfProgress, type Schedule } from "./annealing-schedule.ts";
import type { Grouping } from "./grouping.ts";
import type { Partners } from "./partners.ts";

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
 * Improves the landscape's grouping in place, people in turn: neighbours by index may share memory. Returns the number
 * of evaluations.
 */
export function annealWithPartners(landscape: Landscape, partners: Partners, schedule: Schedule): number {
  const { evaluationsMax, temperatureStart, temperatureEnd, seed } = schedule;
  const steps =
    temperatureStart > 0 ? Math.floor((evaluationsMax * (1 - DESCENT_SHARE)) / STEP_EVALUATIONS) : 0;
  const cooling = temperatureEnd / temperatureStart;
  const annealing = { ...schedule, progress: partOfProgress(schedule.progress, 0, 1 - DESCENT_SHARE) };
  const logs = logUniforms(LOG_TABLE, uniform(seed));
  const cursor = { person: 0, random: (Math.imul(seed, 0x9e3779b1) ^ 0x5bf03635) | 1 };
  let temperature = temperatureStart;
  let step = 0;
  for (; step < steps; step++) {
    if (step % 8 === 0) {
      const share = elapsedShare(step / steps, annealing);
      if (share >= 1) break;
      temperature = temperatureStart * cooling ** share;
    }
    annealStep(landscape, partners, temperature, logs, cursor);
  }
  const spent = step * STEP_EVALUATIONS;
  return spent + descendWithPartners(landscape, partners, evaluationsMax - spent, schedule);
}

/** STEP_EVALUATIONS proposals at one temperature. Random numbers are xorshift32, written out for speed. */
function annealStep(
  landscape: Landscape,
  { of: partners, each }: Partners,
  temperature: number,
  logs: Float64Array,
  cursor: { person: number; random: number },
): void {
  const { groupOf, start, members, slot } = landscape.grouping;
  const size = groupOf.length;
  const aimed = each > 0 ? PARTNER_SHARE * 65536 : 0;
  let { person, random } = cursor;
  for (let evaluation = 0; evaluation < STEP_EVALUATIONS; evaluation++) {
    const i = person;
    person = i + 1 === size ? 0 : i + 1;
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    const draw = random;
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    let j: number;
    if ((draw & 0xffff) < aimed) {
      const partner = partners[i * each + (((draw >>> 16) * each) >>> 16)];
      const group = groupOf[partner];
      const first = start[group];
      const others = start[group + 1] - first - 1;
      if (group === groupOf[i] || others === 0) continue;
      const company = (((random >>> 16) * others) >>> 16) + first;
      j = members[company < slot[partner] ? company : company + 1];
    } else {
      j = Math.floor((random >>> 0) * (size / 4294967296));
      if (groupOf[i] === groupOf[j]) continue;
    }
    const threshold = temperature * logs[Math.imul(random, 0x2c1b3c6d) >>> 16];
    if (landscape.swapGain(i, j, threshold) > threshold) landscape.swap(i, j);
  }
  cursor.person = person;
  cursor.random = random;
}

/** Takes gains alone, over everybody's partners and their company, until a whole pass has none. */
function descendWithPartners(
  landscape: Landscape,
  { of: partners, each }: Partners,
  evaluationsMax: number,
  schedule: Schedule,
): number {
  const { groupOf, start, members } = landscape.grouping;
  const size = groupOf.length;
  const { gainMin } = schedule;
  let evaluations = 0;
  for (let i = 0, quiet = 0; quiet < size; i = i + 1 === size ? 0 : i + 1, quiet++) {
    if (i % 64 === 0 && elapsedShare(0, schedule) >= 1) return evaluations;
    for (let p = 0; p < each; p++) {
      const group = groupOf[partners[i * each + p]];
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
