/**
 * Annealing of the total for a(i, j) = x_i.y_j + x_j.y_i without an N x N array. With p = (x + y) / sqrt 2 and
 * q = (x - y) / sqrt 2 a group's total is half of |sum of p|^2 - |sum of q|^2, but for what does not depend on who is with
 * whom: so groups gain most from exchanges with groups whose p point the same way. Those are put side by side, again and
 * again in another way, and exchange people while all of them stand in the processor's cache.
 */
import { uniform } from "../../random.ts";
import type { LowRankAffinity } from "../problem.ts";
import { elapsedShare, logUniforms, type Schedule } from "./annealing-schedule.ts";
import { exchange, type Grouping } from "./grouping.ts";
import { arrangeNeighbourhoods } from "./neighbourhoods.ts";
import type { SparseCosts } from "./sparse-costs.ts";

const { imul } = Math;

/** Groups in a neighbourhood, and how often each meets another of it: of 8 to 64 and 2 to 16 the best. */
const NEIGHBOURHOOD = 12;
const PASSES = 4;
/** The schedule starts as hot as strangers need; neighbours have less to unlearn. */
const START_SHARE = 0.7;
/** Share of the budget kept for the closing descent. */
const DESCENT_SHARE = 0.03;
/**
 * Exchanges are judged without a(i, j) first, which tells nine of ten to be hopeless if it is taken to be above this share of
 * the spread of gains, as it is for almost all neighbours.
 */
const AFFINITY_MIN_PER_SPREAD = -0.3;
const NEIGHBOURHOODS_PER_LOOK = 8;
const LOG_BITS = 12;

/** The people of a grouping, each group side by side. */
interface Seats {
  grouping: Grouping;
  factors: number;
  /** u = [x; y], less its mean, of who sits on each place of `grouping.members`, 2 factors values a place. */
  rows: Float32Array;
  /** a(i, i) of who sits there. */
  self: Float32Array;
  /** What who sits there adds to each pair, whoever the other is. */
  effects: Float32Array;
  /** Sum of u over each group. */
  sums: Float32Array;
  /** Sum of p over each group, but for a factor: as it was when neighbourhoods were last arranged. */
  leanings: Float32Array;
  /** Of the two groups that meet: v = [y; x] of the one less that of the other. */
  apart: Float64Array;
  /** What who sits there would gain in the group that is met. */
  gains: Float64Array;
  costs?: SparseCosts;
  affinityMin: number;
}

interface Search {
  /** 0 accepts gains above `gainMin` alone. */
  temperature: number;
  gainMin: number;
  logs: Float64Array;
  random: number;
  evaluations: number;
  evaluationsMax: number;
  exchanges: number;
}

/**
 * Improves `grouping` in place. `spread` is that of the gains of exchanges as far as affinity makes them; `costs` are what
 * pairs lose besides. Returns the number of evaluations.
 */
export function annealLowRank(
  affinity: LowRankAffinity,
  grouping: Grouping,
  schedule: Schedule,
  spread: number,
  costs?: SparseCosts,
): number {
  const { evaluationsMax, gainMin, seed } = schedule;
  const next = uniform(seed);
  const seats = seatPeople(affinity, grouping, spread, costs);
  const groups = Int32Array.from({ length: grouping.start.length - 1 }, (_, group) => group);
  const logs = logUniforms(1 << LOG_BITS, next);
  const random = (imul(seed, 0x9e3779b1) ^ 0x5bf03635) | 1;
  const search: Search = {
    temperature: 0,
    gainMin,
    logs,
    random,
    evaluations: 0,
    evaluationsMax,
    exchanges: 0,
  };
  for (let looks = 0; ; ) {
    const exchangesBefore = search.exchanges;
    sumUp(seats);
    arrangeNeighbourhoods(groups, seats.leanings, affinity.factors, NEIGHBOURHOOD, next);
    for (let from = 0; from < groups.length; from += NEIGHBOURHOOD) {
      if (looks++ % NEIGHBOURHOODS_PER_LOOK === 0) {
        const share = elapsedShare(search.evaluations / evaluationsMax, schedule);
        if (share >= 1) return search.evaluations;
        search.temperature = temperatureAt(share / (1 - DESCENT_SHARE), schedule);
      }
      annealNeighbourhood(seats, groups.subarray(from, from + NEIGHBOURHOOD), search);
    }
    if (search.temperature === 0 && search.exchanges === exchangesBefore) return search.evaluations;
  }
}

function temperatureAt(share: number, { temperatureStart, temperatureEnd }: Schedule): number {
  const start = START_SHARE * temperatureStart;
  return start > 0 && share < 1 ? start * (temperatureEnd / start) ** share : 0;
}

/**
 * Seats people with u less its mean. That takes from a(i, j) an effect of i and one of j, which weigh only in exchanges
 * between groups of different sizes, and leaves affinities around 0.
 */
function seatPeople(
  { factors, x, y }: LowRankAffinity,
  grouping: Grouping,
  spread: number,
  costs?: SparseCosts,
): Seats {
  const { members, start } = grouping;
  const width = 2 * factors;
  const xMean = meanRow(x, factors);
  const yMean = meanRow(y, factors);
  const rows = new Float32Array(members.length * width);
  const self = new Float32Array(members.length);
  const effects = new Float32Array(members.length);
  for (let place = 0; place < members.length; place++) {
    const from = members[place] * factors;
    const row = place * width;
    for (let k = 0; k < factors; k++) {
      rows[row + k] = x[from + k] - xMean[k];
      rows[row + factors + k] = y[from + k] - yMean[k];
      self[place] += 2 * rows[row + k] * rows[row + factors + k];
      effects[place] += rows[row + k] * yMean[k] + rows[row + factors + k] * xMean[k];
    }
  }
  const sums = new Float32Array((start.length - 1) * width);
  const leanings = new Float32Array(sums.length / 2);
  const apart = new Float64Array(width);
  const gains = new Float64Array(members.length);
  const affinityMin = AFFINITY_MIN_PER_SPREAD * spread;
  return { grouping, factors, rows, self, effects, sums, leanings, apart, gains, affinityMin, costs };
}

function meanRow(rows: Float32Array, width: number): Float64Array {
  const mean = new Float64Array(width);
  rows.forEach((value, at) => {
    mean[at % width] += (value * width) / rows.length;
  });
  return mean;
}

/** Sums over groups afresh, before rounding errors can add up. */
function sumUp({ grouping, factors, rows, sums, leanings }: Seats): void {
  const { start } = grouping;
  const width = 2 * factors;
  sums.fill(0);
  for (let group = 0; group + 1 < start.length; group++) {
    const to = group * width;
    for (let place = start[group]; place < start[group + 1]; place++)
      for (let k = 0; k < width; k++) sums[to + k] += rows[place * width + k];
    for (let k = 0; k < factors; k++) leanings[group * factors + k] = sums[to + k] + sums[to + factors + k];
  }
}

/** Lets each group of a neighbourhood meet others of it. Random numbers are xorshift32, written out for speed. */
function annealNeighbourhood(seats: Seats, near: Int32Array, search: Search): void {
  if (near.length < 2) return;
  let { random } = search;
  for (let pass = 0; pass < PASSES; pass++)
    for (let at = 0; at < near.length; at++) {
      random ^= random << 13;
      random ^= random >>> 17;
      random ^= random << 5;
      const step = 1 + (((random >>> 16) * (near.length - 1)) >>> 16);
      const other = near[at + step < near.length ? at + step : at + step - near.length];
      meet(seats, near[at], other, random, search);
    }
  search.random = random;
}

/**
 * Looks at all exchanges between two groups and makes the first that is good enough, from a random one on. With v = [y; x]
 * the gain is v_i.(S_B - S_A) + a_ii + v_j.(S_A - S_B) + a_jj - 2 a_ij: a product a person, and one a pair worth it.
 */
function meet(seats: Seats, a: number, b: number, random: number, search: Search): void {
  const { grouping, gains, costs, affinityMin } = seats;
  const { start, members } = grouping;
  const { temperature, gainMin, logs } = search;
  const aStart = start[a];
  const aEnd = start[a + 1];
  const bStart = start[b];
  const bEnd = start[b + 1];
  const count = (aEnd - aStart) * (bEnd - bStart);
  search.evaluations += count;
  if (search.evaluations > search.evaluationsMax) {
    search.evaluations = search.evaluationsMax;
    return;
  }
  weighMoves(seats, a, b);
  const draw = imul(random, 0x2c1b3c6d) >>> (32 - LOG_BITS);
  const threshold = temperature > 0 ? temperature * logs[draw] : gainMin;
  let i = aStart + ((random >>> 16) % (aEnd - aStart));
  let j = bStart + ((random >>> 8) % (bEnd - bStart));
  for (let pair = 0; pair < count; pair++) {
    if (++i === aEnd) {
      i = aStart;
      if (++j === bEnd) j = bStart;
    }
    const both = gains[i] + gains[j];
    const relief = costs ? costs.relief(members[i], members[j]) : 0;
    if (both - 2 * affinityMin + relief <= threshold) continue;
    let gain = both - 2 * affinityOfPlaces(seats, i, j);
    if (costs && gain + relief > threshold) gain -= costs.swapCost(members[i], members[j]);
    if (gain <= threshold) continue;
    exchangeSeats(seats, a, i, b, j);
    search.exchanges++;
    return;
  }
}

/** Writes what each of groups a and b would gain by a place in the other, the one they make free there aside. */
function weighMoves(seats: Seats, a: number, b: number): void {
  const { grouping, factors, sums, apart } = seats;
  const { start } = grouping;
  const width = 2 * factors;
  for (let k = 0; k < factors; k++) {
    apart[k] = sums[b * width + factors + k] - sums[a * width + factors + k];
    apart[factors + k] = sums[b * width + k] - sums[a * width + k];
  }
  const more = start[b + 1] - start[b] - (start[a + 1] - start[a]);
  weighPlaces(seats, start[a], start[a + 1], 1, more);
  weighPlaces(seats, start[b], start[b + 1], -1, more);
}

/** Two places at a time: an addition waits for the one before it in the same sum. */
function weighPlaces(
  { rows, self, effects, apart, gains }: Seats,
  from: number,
  to: number,
  sign: number,
  more: number,
): void {
  const width = apart.length;
  for (let place = from; place < to; place += 2) {
    const row = place * width;
    const second = place + 1 < to ? row + width : row;
    let one = 0;
    let other = 0;
    for (let k = 0; k < width; k++) {
      const value = apart[k];
      one += value * rows[row + k];
      other += value * rows[second + k];
    }
    gains[place] = self[place] + sign * (one + more * effects[place]);
    if (place + 1 < to) gains[place + 1] = self[place + 1] + sign * (other + more * effects[place + 1]);
  }
}

function affinityOfPlaces({ factors, rows }: Seats, i: number, j: number): number {
  const iRow = i * 2 * factors;
  const jRow = j * 2 * factors;
  let one = 0;
  let other = 0;
  for (let k = 0; k < factors; k++) {
    one += rows[iRow + k] * rows[jRow + factors + k];
    other += rows[iRow + factors + k] * rows[jRow + k];
  }
  return one + other;
}

function exchangeSeats(seats: Seats, a: number, i: number, b: number, j: number): void {
  const { grouping, factors, rows, self, effects, sums, costs } = seats;
  const width = 2 * factors;
  for (let k = 0; k < width; k++) {
    const ofI = rows[i * width + k];
    const ofJ = rows[j * width + k];
    rows[i * width + k] = ofJ;
    rows[j * width + k] = ofI;
    sums[a * width + k] += ofJ - ofI;
    sums[b * width + k] += ofI - ofJ;
  }
  const selfOfI = self[i];
  self[i] = self[j];
  self[j] = selfOfI;
  const effectOfI = effects[i];
  effects[i] = effects[j];
  effects[j] = effectOfI;
  const [one, other] = [grouping.members[i], grouping.members[j]];
  exchange(grouping, one, other);
  costs?.refresh(one, other);
}
