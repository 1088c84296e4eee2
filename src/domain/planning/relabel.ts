/**
 * Gives people the places of a planned schedule: who meets whom is up to the labels, how often anybody repeats is not, so
 * affinity is gained at equal repeats. A quadratic assignment problem, annealed.
 */

import type { PairFunction } from "../assignment/pairs/pair-weight.ts";
import { groupMembers } from "../assignment/quality.ts";
import { uniform } from "../random.ts";

// read once: under Jest's module loader every look-up of a global costs more than the rest of the loop
const { floor, log } = Math;

export interface RelabelOptions {
  seed: number;
  evaluationsMax: number;
}

const TEMPERATURE_START = 0.2;
const TEMPERATURE_END = 0.01;
const SPREAD_SAMPLES = 1000;

/** Returns the rounds with people put in the places of largest total affinity: the group of each person, round by round. */
export function relabelRounds(
  rounds: Int32Array[],
  affinity: PairFunction,
  options: RelabelOptions,
): Int32Array[] {
  const size = rounds[0]?.length ?? 0;
  if (size < 3) return rounds;
  const meetings = countMeetings(rounds, size);
  const values = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) if (i !== j) values[i * size + j] = affinity(i, j);
  const placeOf = Int32Array.from({ length: size }, (_, i) => i);
  const next = uniform(options.seed);
  const pick = () => floor(next() * size);
  let spread = 0;
  for (let sample = 0; sample < SPREAD_SAMPLES; sample++)
    spread += exchangeGain(meetings, values, placeOf, pick(), pick()) ** 2 / SPREAD_SAMPLES;
  const cooling = (TEMPERATURE_END / TEMPERATURE_START) ** (1 / options.evaluationsMax);
  let temperature = TEMPERATURE_START * Math.sqrt(spread);
  let score = 0;
  let best = 0;
  const bestPlaces = placeOf.slice();
  for (let evaluation = 0; evaluation < options.evaluationsMax; evaluation++) {
    temperature *= cooling;
    const i = pick();
    const j = pick();
    const gain = exchangeGain(meetings, values, placeOf, i, j);
    if (i === j || gain <= temperature * log(next() + 2 ** -33)) continue;
    [placeOf[i], placeOf[j]] = [placeOf[j], placeOf[i]];
    score += gain;
    if (score <= best + 1e-9) continue;
    best = score;
    bestPlaces.set(placeOf);
  }
  return rounds.map((round) => bestPlaces.map((place) => round[place]));
}

/** Gain of i and j changing places. */
function exchangeGain(
  meetings: Float64Array,
  values: Float64Array,
  placeOf: Int32Array,
  i: number,
  j: number,
): number {
  const size = placeOf.length;
  const rowOfI = placeOf[i] * size;
  const rowOfJ = placeOf[j] * size;
  let gain = 0;
  for (let k = 0; k < size; k++) {
    if (k === i || k === j) continue;
    gain +=
      (meetings[rowOfJ + placeOf[k]] - meetings[rowOfI + placeOf[k]]) *
      (values[i * size + k] - values[j * size + k]);
  }
  return gain;
}

/** How often two places meet, size x size. */
function countMeetings(rounds: Int32Array[], size: number): Float64Array {
  const meetings = new Float64Array(size * size);
  for (const round of rounds)
    for (const members of groupMembers(round))
      for (const a of members) for (const b of members) if (a !== b) meetings[a * size + b]++;
  return meetings;
}
