/**
 * Annealing on a dense weight matrix. Each person's sum with every group is cached (groups x size), so an exchange is
 * evaluated in O(1), and all partners of one person are evaluated in one pass over contiguous rows: 60 to 130 million
 * evaluations a second where drawing both at random gives 15 to 45. An accepted exchange costs O(size).
 */
import { uniform } from "../../random.ts";
import { elapsedShare, logUniforms, partOfProgress, type Schedule } from "./annealing-schedule.ts";

interface DenseState {
  size: number;
  groupCount: number;
  /** size x size, symmetric. */
  weights: Float32Array;
  groupOf: Int32Array;
  /** groupCount x size: the sum of each person's weights with each group's members. */
  contributions: Float64Array;
  /** Each person's sum with the own group. */
  own: Float64Array;
  /** Scratch: what the person at hand would have more in each group than in the own one. */
  base: Float64Array;
  score: number;
}

const LOG_TABLE = 4096;
/** Exchanges this many temperatures down are never taken; it spares the look-up of the random number. */
const HOPELESS_TEMPERATURES = 12;
/** Share of the budget, and passes over all pairs, kept for the closing descent. */
const DESCENT_SHARE = 0.04;
const DESCENT_PASSES = 6;
/** The same, where time ends the search: a descent takes but a moment of it. */
const DESCENT_TIME_SHARE = 0.01;
/**
 * The loss of an easy exchange is the one that this share of all undercut, in a partition that descent has left, and so many
 * of each person's at least: with fewer, people in groups of four freeze where they stand (-1 to -5% at 17 to 60 people).
 */
const EASY_SHARE = 0.01;
const EASY_PER_PERSON = 4;
const SAMPLES_MAX = 20_000;
const SAMPLES_PER_PAIR = 8;
/** Temperatures by that loss: measured on MDGPLIB n = 120 and 240, for unstructured weights and for distances alike. */
const START_PER_LOSS = 0.23;
const END_PER_LOSS = 0.085;
/** The same by the spread of gains between random groups, which is 25 times the schedule's end. */
const START_PER_SCHEDULED_END = 3.5;
const END_PER_SCHEDULED_END = 2;

/** Improves `groupOf` in place, ending on the best partition seen. Returns the number of evaluations. */
export function annealDense(
  weights: Float32Array,
  groupOf: Int32Array,
  groupCount: number,
  schedule: Schedule,
): number {
  const state = createState(weights, groupOf, groupCount);
  const { size } = state;
  const { evaluationsMax } = schedule;
  const next = uniform(schedule.seed);
  const reserve = Math.min(evaluationsMax * DESCENT_SHARE, DESCENT_PASSES * size * size);
  const rows = schedule.temperatureStart > 0 ? Math.floor((evaluationsMax - reserve) / size) : 0;
  const first = rows > 0 ? descend(state, Math.floor(reserve / size), schedule) : 0;
  const { temperatureStart, temperatureEnd } = rows > 0 ? temperaturesFor(state, schedule, next) : schedule;
  const cooling = temperatureEnd / temperatureStart;
  const logs = logUniforms(LOG_TABLE + size, next);
  const best = { score: state.score, groupOf: groupOf.slice() };
  const annealing = { ...schedule, progress: partOfProgress(schedule.progress, 0, 1 - DESCENT_TIME_SHARE) };
  let temperature = temperatureStart;
  let row = first;
  for (; row < rows; row++) {
    if (row % 64 === 0) {
      const share = elapsedShare(row / rows, annealing);
      if (share >= 1) break;
      temperature = temperatureStart * cooling ** share;
    }
    scanPartners(state, Math.floor(next() * size), temperature, 0, logs, Math.floor(next() * LOG_TABLE));
    if (state.score <= best.score + 1e-9) continue;
    best.score = state.score;
    best.groupOf.set(groupOf);
  }
  if (best.score > state.score) Object.assign(state, createState(weights, best.groupOf, groupCount));
  const rowsLeft = Math.floor(evaluationsMax / size) - row;
  const descended = descend(state, rowsLeft, schedule);
  groupOf.set(state.groupOf);
  return (row + descended) * size;
}

/**
 * The schedule's temperatures, cooled to what good partitions differ by: it goes by random groups, which are no measure
 * where good groups are all much the same, as with distances in space.
 */
function temperaturesFor(
  state: DenseState,
  { temperatureStart, temperatureEnd }: Schedule,
  next: () => number,
): Pick<Schedule, "temperatureStart" | "temperatureEnd"> {
  const { size, weights, groupOf, contributions, own } = state;
  const losses: number[] = [];
  const samples = Math.min(SAMPLES_MAX, SAMPLES_PER_PAIR * size * size);
  for (let sample = 0; sample < samples; sample++) {
    const i = Math.floor(next() * size);
    const j = Math.floor(next() * size);
    const [from, to] = [groupOf[i], groupOf[j]];
    if (from === to) continue;
    const stay = own[i] + own[j] + 2 * weights[i * size + j];
    losses.push(stay - contributions[to * size + i] - contributions[from * size + j]);
  }
  losses.sort((a, b) => a - b);
  const loss = losses[Math.floor(losses.length * Math.max(EASY_SHARE, EASY_PER_PERSON / size))];
  if (!(loss > 0)) return { temperatureStart, temperatureEnd };
  const calm = Math.min(1, (START_PER_LOSS * loss) / (START_PER_SCHEDULED_END * temperatureEnd));
  const end = Math.min(END_PER_SCHEDULED_END * temperatureEnd, END_PER_LOSS * loss);
  return { temperatureStart: calm * temperatureStart, temperatureEnd: end };
}

/** Takes gains alone, person by person, until nobody has one. Returns the rows scanned. */
function descend(state: DenseState, rowsMax: number, schedule: Schedule): number {
  const noLogs = new Float64Array(state.size);
  let quiet = 0;
  let row = 0;
  for (; row < rowsMax && quiet < state.size; row++) {
    if (row % 64 === 0 && elapsedShare(0, schedule) >= 1) break;
    const before = state.score;
    scanPartners(state, row % state.size, 0, schedule.gainMin, noLogs, 0);
    quiet = state.score > before ? 0 : quiet + 1;
  }
  return row;
}

function createState(weights: Float32Array, groupOf: Int32Array, groupCount: number): DenseState {
  const size = groupOf.length;
  const contributions = new Float64Array(groupCount * size);
  for (let i = 0; i < size; i++)
    for (let k = 0; k < size; k++) if (k !== i) contributions[groupOf[i] * size + k] += weights[i * size + k];
  const own = Float64Array.from(groupOf, (group, i) => contributions[group * size + i]);
  const score = own.reduce((a, b) => a + b, 0) / 2;
  return {
    size,
    groupCount,
    weights,
    groupOf,
    contributions,
    own,
    base: new Float64Array(groupCount),
    score,
  };
}

/**
 * Offers i an exchange with everybody in turn. The gain of exchanging i in A with j in B is
 * (c(i,B) - c(i,A)) + (c(j,A) - c(j,B)) - 2 w(i,j), with c the cached sums.
 */
function scanPartners(
  state: DenseState,
  i: number,
  temperature: number,
  gainMin: number,
  logs: Float64Array,
  offset: number,
): void {
  const { size, weights, groupOf, contributions, own, base } = state;
  const hopeless = temperature > 0 ? -HOPELESS_TEMPERATURES * temperature : gainMin;
  const rowOfI = i * size;
  let group = groupOf[i];
  let groupRow = group * size;
  compareGroups(state, i);
  for (let j = 0; j < size; j++) {
    const other = groupOf[j];
    const weight = weights[rowOfI + j];
    const gain = base[other] + contributions[groupRow + j] - own[j] - weight - weight;
    if (gain > hopeless && other !== group && gain > temperature * logs[offset + j]) {
      exchangeDense(state, i, j);
      state.score += gain;
      group = other;
      groupRow = group * size;
      compareGroups(state, i);
    }
  }
}

function compareGroups({ size, groupCount, groupOf, contributions, base }: DenseState, i: number): void {
  const own = contributions[groupOf[i] * size + i];
  for (let group = 0; group < groupCount; group++) base[group] = contributions[group * size + i] - own;
}

function exchangeDense(
  { size, weights, groupOf, contributions, own }: DenseState,
  i: number,
  j: number,
): void {
  const from = groupOf[i];
  const to = groupOf[j];
  const fromRow = from * size;
  const toRow = to * size;
  const rowOfI = i * size;
  const rowOfJ = j * size;
  for (let k = 0; k < size; k++) {
    const change = weights[rowOfJ + k] - weights[rowOfI + k];
    contributions[fromRow + k] += change;
    contributions[toRow + k] -= change;
  }
  // weights[i][i] counts as 0, whatever the matrix holds: createState skips it, and so must the update
  groupOf[i] = to;
  groupOf[j] = from;
  for (let k = 0; k < size; k++) {
    const group = groupOf[k];
    if (group === from) own[k] = contributions[fromRow + k];
    else if (group === to) own[k] = contributions[toRow + k];
  }
}
