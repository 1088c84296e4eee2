/**
 * Starters of designs that exist for all these numbers of people: Kirkman triple systems (6t + 3), nearly Kirkman triple
 * systems (6t) and resolvable group divisible designs of fours (Handbook of Combinatorial Designs, 2nd ed., sections
 * II.2.8 and IV.5). With the seed named here, the search finds them within a second.
 */
import { roundsFromStarter, type Starter } from "./starters.ts";

/** Per seed; a run that takes longer is hopeless. */
const EVALUATIONS_PER_SEED = 3_000_000;

/** Seeds by people. */
const SEEDS_OF_TRIPLES: Record<number, number> = {
  24: 1,
  30: 1,
  33: 2,
  36: 1,
  42: 1,
  48: 1,
  60: 1,
  66: 11,
  84: 5,
  96: 9,
};
const SEEDS_OF_FOURS: Record<number, number> = { 24: 1, 36: 1, 44: 42, 48: 4, 60: 46, 72: 2 };

/** Returns the rounds of a design whose seed is known. */
export function starterRounds(groupCount: number, groupSize: number): Int32Array[] | undefined {
  const people = groupCount * groupSize;
  const seeds = groupSize === 3 ? SEEDS_OF_TRIPLES : groupSize === 4 ? SEEDS_OF_FOURS : {};
  const starter = seeds[people] ? starterFor(people, groupSize) : undefined;
  return starter && roundsFromStarter(starter, { seed: seeds[people], evaluationsMax: EVALUATIONS_PER_SEED });
}

/** Tries one seed after another where none is known. */
export function searchStarter(
  groupCount: number,
  groupSize: number,
  search: { seed: number; evaluationsMax: number; shouldStop?: () => boolean },
): Int32Array[] | undefined {
  const starter = starterFor(groupCount * groupSize, groupSize);
  if (!starter) return undefined;
  for (
    let spent = 0;
    spent < search.evaluationsMax && !search.shouldStop?.();
    spent += EVALUATIONS_PER_SEED
  ) {
    const seed = search.seed + spent / EVALUATIONS_PER_SEED;
    const evaluationsMax = Math.min(EVALUATIONS_PER_SEED, search.evaluationsMax - spent);
    const rounds = roundsFromStarter(starter, { seed, evaluationsMax, shouldStop: search.shouldStop });
    if (rounds) return rounds;
  }
  return undefined;
}

/** The shape in which starters are looked for. Nobody of the same column, or opposite on a level, meets. */
function starterFor(people: number, groupSize: number): Starter | undefined {
  if (groupSize === 3 && people % 6 === 0 && people >= 24) {
    const rotation = people / 2 - 1;
    // only here does turning the levels leave all differences with orbits of full length
    const symmetries = rotation % 4 === 3 ? [{ unit: 1, levels: [1, 0] }] : [];
    return { groupSize, rotation, levels: 2, infinities: 2, symmetries, lines: 0 };
  }
  if (groupSize === 3 && people % 6 === 3) {
    const rotation = people / 3;
    return { groupSize, rotation, levels: 3, infinities: 0, symmetries: [], lines: (rotation - 1) / 2 };
  }
  if (groupSize !== 4) return undefined;
  if (people % 12 === 0)
    return { ...LEVELS_OF_FOURS, rotation: people / 3 - 1, infinities: 3, symmetries: [turn(1)] };
  if (people % 12 !== 8) return undefined;
  const rotation = (people - 2) / 3;
  const unit = Array.from({ length: rotation }, (_, i) => i).find((i) => i > 1 && i ** 3 % rotation === 1);
  return unit ? { ...LEVELS_OF_FOURS, rotation, infinities: 2, symmetries: [turn(unit)] } : undefined;
}

const LEVELS_OF_FOURS = { groupSize: 4, levels: 3, lines: 0 };

function turn(unit: number) {
  return { unit, levels: [1, 2, 0] };
}
