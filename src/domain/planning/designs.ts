/**
 * Designs: rounds of equal groups in which nobody meets twice. Each construction of the list says how many rounds it has
 * for a number of groups and their size; larger designs are put together from smaller ones.
 */

import { differenceFamilyRounds, threeLevelRounds } from "./algebraic-designs.ts";
import { addResidues } from "./array-rows.ts";
import { roundsOfEightFours } from "./eight-fours.ts";
import { kirkmanRounds } from "./kirkman-triples.ts";
import { starterRounds } from "./known-starters.ts";
import { orthogonalArray } from "./orthogonal-array.ts";
import { PUBLISHED_ARRAYS } from "./published-arrays.ts";
import { unitalRounds } from "./unital.ts";

/** The group of each person, round after round. */
export type Rounds = Int32Array[];

/** Returns the schedules known for the group count and size, longest first; one round where nothing is known. */
export type DesignSource = (groupCount: number, groupSize: number) => Design[];

export interface Design {
  /** Which construction it comes from. */
  origin: string;
  rounds: Rounds;
}

type Construction = (groupCount: number, groupSize: number, designs: DesignSource) => Rounds | undefined;

/** Transversal designs first, since whole levels can be left out of them; then in the order of their cost. */
const CONSTRUCTIONS: Record<string, Construction> = {
  "transversal design": transversalRounds,
  "round robin": roundRobin,
  "eight fours": roundsOfEightFours,
  "Kirkman triples": kirkmanRounds,
  "three levels": threeLevelRounds,
  unital: unitalRounds,
  "Latin rectangles": latinRectangles,
  "difference family": differenceFamilyRounds,
  inflation: inflatedRounds,
  starter: starterRounds,
};

/** Returns a source that makes each design once. */
export function createDesignSource(): DesignSource {
  const made = new Map<string, Design[]>();
  const source: DesignSource = (groupCount, groupSize) => {
    const key = `${groupCount}x${groupSize}`;
    const known = made.get(key);
    if (known) return known;
    const designs: Design[] = [{ origin: "one round", rounds: [oneRound(groupCount, groupSize)] }];
    const bound = roundsAtMost(groupCount, groupSize);
    for (const [origin, construct] of Object.entries(CONSTRUCTIONS)) {
      if (designs[0].rounds.length >= bound) break;
      const rounds = construct(groupCount, groupSize, source);
      if (rounds && rounds.length > designs[0].rounds.length) designs.unshift({ origin, rounds });
    }
    made.set(key, designs);
    return designs;
  };
  return source;
}

/** Nobody meets more people than there are. */
function roundsAtMost(groupCount: number, groupSize: number): number {
  if (groupCount < groupSize || groupSize < 2) return 1;
  return Math.floor((groupCount * groupSize - 1) / (groupSize - 1));
}

function oneRound(groupCount: number, groupSize: number): Int32Array {
  return Int32Array.from({ length: groupCount * groupSize }, (_, person) => person % groupCount);
}

/** Pairs: one person stays, the others go round a circle and meet whoever is opposite. */
function roundRobin(groupCount: number, groupSize: number): Rounds | undefined {
  if (groupSize !== 2) return undefined;
  const circle = 2 * groupCount - 1;
  return Array.from({ length: circle }, (_, turn) =>
    Int32Array.from({ length: circle + 1 }, (_, person) => {
      if (person === circle) return 0;
      const place = (person + turn) % circle;
      return Math.min(place, circle - place);
    }),
  );
}

/**
 * Resolvable transversal design: person a of a level is a + level * groupCount; a group has one person of each level.
 * If groupSize divides groupCount, further rounds take groups from within the levels.
 */
function transversalRounds(groupCount: number, groupSize: number, designs: DesignSource): Rounds | undefined {
  if (groupCount < groupSize) return undefined;
  const array = orthogonalArray(groupCount, groupSize + 1);
  if (!array) return undefined;
  const rounds = Array.from(
    { length: groupCount - array.hole },
    () => new Int32Array(groupCount * groupSize),
  );
  const groupsOf = new Int32Array(rounds.length);
  for (const row of array.rows) {
    const round = row[groupSize];
    if (round >= rounds.length) continue;
    for (let level = 0; level < groupSize; level++)
      rounds[round][row[level] + level * groupCount] = groupsOf[round];
    groupsOf[round]++;
  }
  return groupCount % groupSize === 0 ? [...rounds, ...withinLevels(groupCount, groupSize, designs)] : rounds;
}

/** The rows of a difference matrix as levels: as many rounds as it has columns, for groups of any size (Latin rectangles). */
function latinRectangles(groupCount: number, groupSize: number, designs: DesignSource): Rounds | undefined {
  const published = groupSize <= groupCount ? PUBLISHED_ARRAYS[groupCount]?.() : undefined;
  if (!published?.isDifferenceMatrix) return undefined;
  const rounds = published.rows[0].map((_, column) => {
    const round = new Int32Array(groupCount * groupSize);
    for (let level = 0; level < groupSize; level++)
      for (let group = 0; group < groupCount; group++)
        round[addResidues(published.rows[level][column], group, published.moduli) + level * groupCount] =
          group;
    return round;
  });
  return groupCount % groupSize === 0 ? [...rounds, ...withinLevels(groupCount, groupSize, designs)] : rounds;
}

/** Rounds whose groups lie within the levels of a transversal design. */
export function withinLevels(groupCount: number, groupSize: number, designs: DesignSource): Rounds {
  const perLevel = groupCount / groupSize;
  return designs(perLevel, groupSize)[0].rounds.map((round) =>
    Int32Array.from(
      { length: groupCount * groupSize },
      (_, person) => round[person % groupCount] + Math.floor(person / groupCount) * perLevel,
    ),
  );
}

/**
 * Each person of a smaller design becomes `weight` people, each of its groups a transversal design, and each group of its
 * last round any design for that many people (Wilson's fundamental construction).
 */
function inflatedRounds(groupCount: number, groupSize: number, designs: DesignSource): Rounds | undefined {
  let best: Rounds | undefined;
  for (let weight = groupSize; weight * groupSize <= groupCount; weight++) {
    if (groupCount % weight !== 0) continue;
    const array = orthogonalArray(weight, groupSize + 1);
    if (array?.hole !== 0) continue;
    const outer = designs(groupCount / weight, groupSize)[0].rounds;
    const last = designs(weight, groupSize)[0].rounds;
    if (outer.length < 2 || (outer.length - 1) * weight + last.length <= (best?.length ?? 0)) continue;
    const members = outer.map((round) => positions(round));
    const spread = Array.from({ length: weight }, () => new Int32Array(weight * groupSize));
    for (const row of array.rows)
      for (let level = 0; level < groupSize; level++)
        spread[row[groupSize]][row[level] + level * weight] = row[0];
    best = outer.flatMap((round, number) =>
      (number < outer.length - 1 ? spread : last).map((inner) =>
        Int32Array.from({ length: groupCount * groupSize }, (_, person) => {
          const point = Math.floor(person / weight);
          return round[point] * weight + inner[members[number][point] * weight + (person % weight)];
        }),
      ),
    );
  }
  return best;
}

/** Of each person, how many of their group come before them. */
function positions(round: Int32Array): Int32Array {
  const seen = new Map<number, number>();
  return round.map((group) => {
    const position = seen.get(group) ?? 0;
    seen.set(group, position + 1);
    return position;
  });
}
