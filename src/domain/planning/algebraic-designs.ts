/**
 * Schedules in which nobody meets twice, from finite fields, where a search for base rounds would be too long. Each
 * returns rounds (the group of each person) or undefined where its construction does not apply.
 */
import { type GaloisField, galoisField } from "./galois-field.ts";

/** Points of one group of one round. */
type Block = number[];

/**
 * Resolvable transversal design: groupCount a prime power >= groupSize. Person (a, level) is a + level * groupCount; in
 * round r the groups are the lines a + r * level. If groupSize divides groupCount, so that levels can be split evenly, a
 * last round takes groups from within each level.
 */
export function transversalRounds(groupCount: number, groupSize: number): Int32Array[] | undefined {
  const field = galoisField(groupCount);
  if (!field || groupSize > groupCount) return undefined;
  const rounds: Block[][] = [];
  for (let slope = 0; slope < groupCount; slope++)
    rounds.push(
      range(groupCount).map((a) =>
        range(groupSize).map((level) => field.add(a, field.multiply(slope, level)) + level * groupCount),
      ),
    );
  if (groupCount % groupSize === 0) rounds.push(splitLevels(groupCount, groupSize));
  return toRounds(rounds, groupCount * groupSize);
}

/**
 * 20 groups of up to 5 over 21 rounds, from an orthogonal array OA(6, 20): the quasi-difference matrix over Z_19 by
 * R. J. R. Abel, Handbook of Combinatorial Designs (2nd ed.), III.3.49. Its sixth column says the round.
 */
export function transversalRoundsOfTwenty(groupCount: number, groupSize: number): Int32Array[] | undefined {
  if (groupCount !== 20 || groupSize > 5) return undefined;
  const rows: number[][] = [new Array(6).fill(INFINITY_OF_TWENTY)];
  for (const [a, b, c, d, e, f] of QUASI_DIFFERENCES)
    for (const column of [
      [a, b, c, d, e, f],
      [b, c, a, f, d, e],
      [c, a, b, e, f, d],
    ])
      for (let shift = 0; shift < INFINITY_OF_TWENTY; shift++)
        rows.push(
          column.map((entry) =>
            entry === INFINITY_OF_TWENTY ? entry : (entry + shift) % INFINITY_OF_TWENTY,
          ),
        );
  const rounds: Block[][] = range(20).map(() => []);
  for (const row of rows)
    rounds[row[5]].push(range(groupSize).map((level) => row[level] + level * groupCount));
  if (groupCount % groupSize === 0) rounds.push(splitLevels(groupCount, groupSize));
  return toRounds(rounds, groupCount * groupSize);
}

/** The 20th symbol, which adding leaves alone. */
const INFINITY_OF_TWENTY = 19;
const QUASI_DIFFERENCES = [
  [19, 0, 0, 7, 1, 11],
  [7, 1, 11, 19, 0, 0],
  [13, 15, 10, 13, 15, 10],
  [1, 7, 11, 16, 17, 5],
  [16, 17, 5, 1, 7, 11],
  [9, 6, 4, 2, 14, 3],
  [2, 14, 3, 9, 6, 4],
];

/**
 * Ray-Chaudhuri and Wilson (1971): 3q + 1 people in fours, each pair once, for a prime power q = 4t + 1. Points are
 * F_q x Z_3 and infinity; adding each field element to the base round gives the q rounds.
 */
export function threeLevelRounds(groupCount: number, groupSize: number): Int32Array[] | undefined {
  const q = (4 * groupCount - 1) / 3;
  const field = q % 4 === 1 ? galoisField(q) : undefined;
  if (!field || groupSize !== 4) return undefined;
  const t = (q - 1) / 4;
  const infinity = 3 * q;
  const base: [number, number][][] = [];
  for (let i = 0; i < t; i++)
    for (let level = 0; level < 3; level++) {
      const above = (level + 1) % 3;
      const power = (quarter: number) => field.power(i + quarter * t);
      base.push([
        [power(0), level],
        [power(2), level],
        [power(1), above],
        [power(3), above],
      ]);
    }
  const rounds = range(q).map((shift) => [
    [infinity, shift, q + shift, 2 * q + shift],
    ...base.map((block) => block.map(([point, level]) => field.add(point, shift) + level * q)),
  ]);
  return toRounds(rounds, 3 * q + 1);
}

/**
 * k * q people in groups of k, each pair once, from a difference family over F_q with disjoint base blocks B. With k
 * distinct non-zero levels g, the base round has the blocks g B on each level g and the line {(m g, g)} for each m
 * outside the base blocks; adding each field element gives q rounds, and each slope m inside a base block one more.
 */
export function differenceFamilyRounds(groupCount: number, groupSize: number): Int32Array[] | undefined {
  const field = galoisField(groupCount);
  const family =
    field && (groupCount - 1) % (groupSize * (groupSize - 1)) === 0 && differenceFamily(field, groupSize);
  if (!field || !family) return undefined;
  const levels = range(groupSize).map((level) => level + 1);
  const point = (element: number, level: number) => element + (level - 1) * groupCount;
  const inFamily = new Set(family.flat());
  const line = (slope: number, shift: number) =>
    levels.map((level) => point(field.add(field.multiply(slope, level), shift), level));
  const slopes = range(groupCount);
  const turned = slopes.map((shift) => [
    ...levels.flatMap((level) =>
      family.map((block) => block.map((b) => point(field.add(field.multiply(b, level), shift), level))),
    ),
    ...slopes.filter((slope) => !inFamily.has(slope)).map((slope) => line(slope, shift)),
  ]);
  const parallel = [...inFamily].map((slope) => slopes.map((shift) => line(slope, shift)));
  return toRounds([...turned, ...parallel], groupCount * groupSize);
}

/** Disjoint base blocks whose differences are each non-zero element once, by depth-first search. */
function differenceFamily(field: GaloisField, blockSize: number): Block[] | undefined {
  const blocks = (field.order - 1) / (blockSize * (blockSize - 1));
  const usedDifference = new Uint8Array(field.order);
  const taken = new Uint8Array(field.order);
  const family: Block[] = [];
  let steps = 0;
  const extend = (block: Block): boolean => {
    if (block.length === blockSize) {
      family.push(block);
      if (family.length === blocks || extend([])) return true;
      family.pop();
      return false;
    }
    for (let b = block.length ? block[block.length - 1] + 1 : 0; b < field.order; b++) {
      if (taken[b] || ++steps > DIFFERENCE_FAMILY_STEPS_MAX) continue;
      const differences = block.flatMap((a) => [
        field.add(a, field.negate(b)),
        field.add(b, field.negate(a)),
      ]);
      if (new Set(differences).size < differences.length || differences.some((d) => usedDifference[d]))
        continue;
      for (const d of differences) usedDifference[d] = 1;
      taken[b] = 1;
      if (extend([...block, b])) return true;
      for (const d of differences) usedDifference[d] = 0;
      taken[b] = 0;
    }
    return false;
  };
  return extend([]) ? family : undefined;
}

const DIFFERENCE_FAMILY_STEPS_MAX = 50_000;

/** A round of groups from within the levels of a transversal design. */
export function splitLevels(groupCount: number, groupSize: number): Block[] {
  return range(groupCount).map((group) => range(groupSize).map((member) => group * groupSize + member));
}

/** Blocks of each round to the group of each point. */
export function toRounds(rounds: Block[][], size: number): Int32Array[] {
  return rounds.map((blocks) => {
    const groupOf = new Int32Array(size).fill(-1);
    blocks.forEach((block, group) => {
      for (const point of block) groupOf[point] = group;
    });
    return groupOf;
  });
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
