/**
 * Gives people the places of a planned schedule: who meets whom is up to the labels, how often anybody repeats is not, so
 * affinity is gained at equal repeats. A quadratic assignment problem, annealed.
 */

import type { PairFunction } from "../assignment/pairs/pair-weight.ts";
import { groupMembers } from "../assignment/quality.ts";
import { uniform } from "../random.ts";

export interface RelabelOptions {
  seed: number;
  evaluationsMax: number;
  /** What a pair loses beside its affinity by sharing a group, such as a broken wish. It may outweigh any affinity. */
  cost?: PairFunction;
}

const TEMPERATURE_START = 0.2;
const TEMPERATURE_END = 0.01;
const SPREAD_SAMPLES = 1000;

/**
 * Returns the rounds with people put in the places of largest total affinity less cost: the group of each person, round by
 * round. Annealing starts by the spread of both and ends by that of affinity, which is left to decide when costs are settled.
 */
export function relabelRounds(
  rounds: Int32Array[],
  affinity: PairFunction,
  options: RelabelOptions,
): Int32Array[] {
  const size = rounds[0]?.length ?? 0;
  if (size < 3) return rounds;
  const meetings = countMeetings(rounds, size);
  const { cost, evaluationsMax, seed } = options;
  const affinities = tabulate(size, affinity);
  const values = cost ? tabulate(size, (i, j) => affinity(i, j) - cost(i, j)) : affinities;
  const placeOf = Int32Array.from({ length: size }, (_, i) => i);
  const next = uniform(seed);
  const pick = () => Math.floor(next() * size);
  const spreadOf = (matrix: Float64Array) => {
    let squares = 0;
    for (let sample = 0; sample < SPREAD_SAMPLES; sample++)
      squares += exchangeGain(meetings, matrix, placeOf, pick(), pick()) ** 2 / SPREAD_SAMPLES;
    return Math.sqrt(squares);
  };
  const spread = spreadOf(values);
  if (spread === 0) return rounds;
  const coldest = cost ? spreadOf(affinities) || spread : spread;
  const cooling = ((TEMPERATURE_END * coldest) / (TEMPERATURE_START * spread)) ** (1 / evaluationsMax);
  let temperature = TEMPERATURE_START * spread;
  let score = 0;
  let best = 0;
  const bestPlaces = placeOf.slice();
  for (let evaluation = 0; evaluation < evaluationsMax; evaluation++) {
    temperature *= cooling;
    const i = pick();
    const j = pick();
    const gain = exchangeGain(meetings, values, placeOf, i, j);
    if (i === j || gain <= temperature * Math.log(next() + 2 ** -33)) continue;
    [placeOf[i], placeOf[j]] = [placeOf[j], placeOf[i]];
    score += gain;
    if (score <= best + 1e-9) continue;
    best = score;
    bestPlaces.set(placeOf);
  }
  return rounds.map((round) => bestPlaces.map((place) => round[place]));
}

function tabulate(size: number, value: PairFunction): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) if (i !== j) matrix[i * size + j] = value(i, j);
  return matrix;
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
