/**
 * Schedules in which nobody meets twice, from finite fields, where a search for base rounds would be too long. Each
 * returns rounds (the group of each person) or undefined where its construction does not apply.
 */
import { type GaloisField, galoisField } from "./galois-field.ts";
import { roundOf } from "./rounds.ts";

/** Points of one group of one round. */
type Block = number[];

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
  return rounds.map((groups) => roundOf(groups, 3 * q + 1));
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
  return [...turned, ...parallel].map((groups) => roundOf(groups, groupCount * groupSize));
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

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
