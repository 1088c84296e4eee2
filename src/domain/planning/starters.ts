/**
 * Resolvable designs from starters: one base round that a rotation turns into n rounds, invariant under further symmetries
 * that shrink the search for it, and base lines, each of which makes a round of its own (Handbook of Combinatorial
 * Designs, 2nd ed., sections II.7, IV.5 and VI.51). Points are Z_n on several levels, then points at infinity.
 */
import { uniform } from "../random.ts";
import { roundOf } from "./rounds.ts";

// read once: under Jest's module loader every look-up of a global costs more than the rest of the loop
const { floor, exp } = Math;

export interface Starter {
  groupSize: number;
  /** n: the rotation adds 1 on every level. */
  rotation: number;
  levels: number;
  infinities: number;
  /**
   * Further symmetries of the base round: each multiplies by a unit of Z_n and permutes the levels, and the infinities if there are as
   * many. They fix all infinities or none, and turn all levels.
   */
  symmetries: { unit: number; levels: number[] }[];
  /** Base lines, up to these symmetries. */
  lines: number;
}

export interface StarterSearch {
  seed: number;
  evaluationsMax: number;
  shouldStop?: () => boolean;
}

/** Of conflicts; constant, since a last few conflicts are hard to lose. */
const TEMPERATURE_OF_TRIPLES = 0.2;
const TEMPERATURE = 0.3;
const EVALUATIONS_PER_STOP_CHECK = 4096;

/** Returns the rounds of a design with this starter, or undefined if the search finds none. */
export function roundsFromStarter(starter: Starter, search: StarterSearch): Int32Array[] | undefined {
  const symmetry = symmetryOf(starter);
  const blocks = searchBlocks(starter, symmetry, search);
  if (!blocks) return undefined;
  const { rotation } = starter;
  const rounds: Int32Array[] = [];
  const turn = (block: number[], by: number) => block.map((point) => rotate(starter, point, by));
  const orbit = (block: number[]) => symmetry.images.map((image) => block.map((point) => image[point]));
  const base = [...symmetry.fixedBlocks, ...blocks.base.flatMap(orbit)];
  for (let by = 0; by < rotation; by++)
    rounds.push(
      roundOf(
        base.map((block) => turn(block, by)),
        symmetry.size,
      ),
    );
  for (const line of blocks.lines.flatMap(orbit)) {
    const translates = Array.from({ length: rotation }, (_, by) => turn(line, by));
    rounds.push(roundOf(translates, symmetry.size));
  }
  return rounds;
}

function rotate({ rotation, levels }: Starter, point: number, by: number): number {
  if (point >= rotation * levels) return point;
  const value = point % rotation;
  return point - value + ((value + by) % rotation);
}

interface Symmetry {
  size: number;
  /** What the further symmetries and their products make of each point. */
  images: Int32Array[];
  /** Blocks they leave alone. */
  fixedBlocks: number[][];
  /** One point of each of their other orbits. */
  representatives: number[];
  /** size x size: the orbit of a pair under all symmetries. */
  pairOrbit: Int32Array;
  /** How often each orbit counts as used before any base block is chosen. */
  usedBefore: Int32Array;
}

function symmetryOf(starter: Starter): Symmetry {
  const { rotation, levels, infinities, symmetries } = starter;
  const finite = rotation * levels;
  const size = finite + infinities;
  const permutesInfinities = infinities === levels;
  const generators = symmetries.map(({ unit, levels: permuted }) =>
    Int32Array.from({ length: size }, (_, point) => {
      if (point >= finite) return permutesInfinities ? finite + permuted[point - finite] : point;
      return permuted[floor(point / rotation)] * rotation + (((point % rotation) * unit) % rotation);
    }),
  );
  const images = [Int32Array.from({ length: size }, (_, point) => point)];
  for (const image of images)
    for (const generator of generators) {
      const product = image.map((point) => generator[point]);
      if (!images.some((known) => known.every((point, i) => point === product[i]))) images.push(product);
    }
  const fixedBlocks = permutesInfinities ? [] : fixedBlocksOf(starter, images);
  const seen = new Set(fixedBlocks.flat());
  const representatives: number[] = [];
  for (let point = 0; point < size; point++) {
    if (seen.has(point)) continue;
    representatives.push(point);
    for (const image of images) seen.add(image[point]);
  }
  const { pairOrbit, usedBefore } = pairOrbits(starter, size, generators, rotation * images.length);
  for (const block of fixedBlocks)
    for (const orbit of new Set(pairsOf(block).map(([a, b]) => pairOrbit[a * size + b]))) usedBefore[orbit]++;
  return { size, images, fixedBlocks, representatives, pairOrbit, usedBefore };
}

/** An infinity that stays has an orbit of one point of each level as its block. */
function fixedBlocksOf(
  { rotation, levels, infinities, symmetries }: Starter,
  images: Int32Array[],
): number[][] {
  if (symmetries.length === 0) return [];
  return Array.from({ length: infinities }, (_, infinity) => [
    rotation * levels + infinity,
    ...new Set(images.map((image) => image[infinity])),
  ]);
}

function pairsOf(block: number[]): [number, number][] {
  return block.flatMap((a, i) => block.slice(i + 1).map((b): [number, number] => [a, b]));
}

/** An orbit shorter than the group of symmetries cannot be used: its pairs would meet more than once. */
function pairOrbits(starter: Starter, size: number, generators: Int32Array[], fullLength: number) {
  const pairOrbit = new Int32Array(size * size).fill(-1);
  const usedBefore: number[] = [];
  for (let i = 0; i < size; i++)
    for (let j = i + 1; j < size; j++) {
      if (pairOrbit[i * size + j] >= 0) continue;
      const orbit = usedBefore.length;
      const queue: [number, number][] = [[i, j]];
      pairOrbit[i * size + j] = orbit;
      pairOrbit[j * size + i] = orbit;
      for (const [a, b] of queue)
        for (const [c, d] of [
          [rotate(starter, a, 1), rotate(starter, b, 1)],
          ...generators.map((generator) => [generator[a], generator[b]]),
        ]) {
          if (pairOrbit[c * size + d] >= 0) continue;
          pairOrbit[c * size + d] = orbit;
          pairOrbit[d * size + c] = orbit;
          queue.push([c, d]);
        }
      usedBefore.push(queue.length < fullLength ? 1 : 0);
    }
  return { pairOrbit, usedBefore: Int32Array.from(usedBefore) };
}

/** Anneals which points share a base block until no orbit of pairs is used twice. */
function searchBlocks(starter: Starter, symmetry: Symmetry, search: StarterSearch) {
  const { groupSize, rotation, lines } = starter;
  const { size, images, representatives, pairOrbit } = symmetry;
  const next = uniform(search.seed);
  const pick = (count: number) => floor(next() * count);
  const inBase = representatives.length;
  if (inBase % groupSize !== 0) return undefined;
  // blocks side by side: those of the base round, then the lines, which have a point of each level
  const points = Int32Array.from(representatives);
  for (let i = inBase - 1; i > 0; i--) {
    const j = pick(i + 1);
    [points[i], points[j]] = [points[j], points[i]];
  }
  const all = Int32Array.from([
    ...points,
    ...Array.from({ length: lines * groupSize }, (_, i) => (i % groupSize) * rotation + pick(rotation)),
  ]);
  const used = symmetry.usedBefore.slice();
  const use = (at: number, point: number, from: number): number => {
    let change = 0;
    const end = at - (at % groupSize) + groupSize;
    for (let other = Math.max(from, end - groupSize); other < end; other++)
      if (other !== at && used[pairOrbit[point * size + all[other]]]++ > 0) change++;
    return change;
  };
  const drop = (at: number): number => {
    let change = 0;
    const end = at - (at % groupSize) + groupSize;
    for (let other = end - groupSize; other < end; other++)
      if (other !== at && --used[pairOrbit[all[at] * size + all[other]]] > 0) change--;
    return change;
  };
  let conflicts = 0;
  for (let at = 0; at < all.length; at++) conflicts += use(at, all[at], at + 1);
  const temperature = groupSize === 3 ? TEMPERATURE_OF_TRIPLES : TEMPERATURE;
  for (let evaluation = 0; evaluation < search.evaluationsMax && conflicts > 0; evaluation++) {
    if (evaluation % EVALUATIONS_PER_STOP_CHECK === 0 && search.shouldStop?.()) break;
    const at = pick(all.length);
    const isLine = at >= inBase;
    const to = isLine ? at : pick(inBase);
    if (!isLine && to !== at && floor(to / groupSize) === floor(at / groupSize)) continue;
    const [before, beforeTo] = [all[at], all[to]];
    const after = isLine
      ? before - (before % rotation) + pick(rotation)
      : images[pick(images.length)][beforeTo];
    const afterTo = to === at ? after : images[pick(images.length)][before];
    let change = drop(at);
    if (to !== at) change += drop(to);
    all[at] = after;
    all[to] = afterTo;
    change += use(at, after, 0);
    if (to !== at) change += use(to, afterTo, 0);
    if (change <= 0 || next() < exp(-change / temperature)) {
      conflicts += change;
      continue;
    }
    drop(at);
    if (to !== at) drop(to);
    all[at] = before;
    all[to] = beforeTo;
    use(at, before, 0);
    if (to !== at) use(to, beforeTo, 0);
  }
  if (conflicts > 0) return undefined;
  const blocks: number[][] = [];
  for (let at = 0; at < all.length; at += groupSize) blocks.push([...all.slice(at, at + groupSize)]);
  return { base: blocks.slice(0, inBase / groupSize), lines: blocks.slice(inBase / groupSize) };
}
