/** Newcomb's fraternity: who ranked whom how, week by week, and how well a partition into groups suits a week's ranks. */
import { readFileSync } from "node:fs";
import { assignGroups } from "../../src/domain/assignment/assign-groups.ts";
import { EXACT_EVALUATIONS } from "../../src/domain/assignment/search/exact.ts";
import { randomTerms } from "../evaluate/groups/references.ts";
import { parseWaves } from "../evaluate/groups/wave-file.ts";

export const STUDENTS = 17;
const GROUP_SIZE = 4;
/** Week, rater, ratee, rank: one line each, under a heading. */
export const NEWCOMB_FILE = new URL("newcomb.csv", import.meta.url);

export interface Week {
  week: number;
  /** ranks[rater][ratee]: 1 liked most ... 16 least; NaN on the diagonal. */
  ranks: number[][];
}

export function readWeeks(): Week[] {
  const { waves } = parseWaves(readFileSync(NEWCOMB_FILE, "utf8"));
  return waves.map(({ wave, told }) => {
    const rankedBy = (rater: number) => Array.from(told.subarray(rater * STUDENTS, (rater + 1) * STUDENTS));
    return { week: wave, ranks: Array.from({ length: STUDENTS }, (_, rater) => rankedBy(rater)) };
  });
}

/** A rank becomes a liking above the middle and an aversion below it: 1 -> +7.5, 16 -> -7.5. */
export const ratingOfRank = (rank: number): number => 8.5 - rank;

export interface Quality {
  /** Mean rank that groupmates give each other; 8.5 by chance. */
  meanRank: number;
  /** The mean rank that the worst-off student gives to their groupmates. */
  worstRank: number;
  /** Share of in-group pairs that met in the last 4 rounds. */
  repeats: number;
}

/** `groupOf[student]`; `past` are earlier rounds, oldest first. */
export function qualityOf(groupOf: ArrayLike<number>, ranks: number[][], past: ArrayLike<number>[]): Quality {
  const recent = past.slice(-4);
  let [sum, pairs, met, worstRank] = [0, 0, 0, 0];
  for (let i = 0; i < STUDENTS; i++) {
    let [own, mates] = [0, 0];
    for (let j = 0; j < STUDENTS; j++) {
      if (i === j || groupOf[i] !== groupOf[j]) continue;
      own += ranks[i][j];
      mates++;
      if (recent.some((round) => round[i] === round[j])) met++;
    }
    sum += own;
    pairs += mates;
    worstRank = Math.max(worstRank, own / mates);
  }
  return { meanRank: sum / pairs, worstRank, repeats: met / pairs };
}

export function meanQuality(qualities: readonly Quality[]): Quality {
  const mean = (pick: (quality: Quality) => number) =>
    qualities.reduce((sum, quality) => sum + pick(quality), 0) / qualities.length;
  return {
    meanRank: mean((q) => q.meanRank),
    worstRank: mean((q) => q.worstRank),
    repeats: mean((q) => q.repeats),
  };
}

/** What groups drawn by lot come to, over many terms. */
export function randomQuality(ranksOfNextWeeks: readonly number[][][], seed: number): Quality {
  const terms = randomTerms(ranksOfNextWeeks.length, STUDENTS, GROUP_SIZE, seed);
  const qualities = terms.flatMap((rounds) =>
    ranksOfNextWeeks.map((ranks, at) => qualityOf(rounds[at], ranks, rounds.slice(0, at))),
  );
  return meanQuality(qualities);
}

/** What the engine makes of next week's own ranks, repeats allowed: nobody can do better without seeing the future. */
export function oracleQualities(ranksOfNextWeeks: readonly number[][][], seed: number): Quality[] {
  const past: Int32Array[] = [];
  return ranksOfNextWeeks.map((ranks) => {
    const values = new Float32Array(STUDENTS * STUDENTS);
    for (let i = 0; i < STUDENTS; i++) {
      for (let j = 0; j < STUDENTS; j++) if (i !== j) values[i * STUDENTS + j] = -(ranks[i][j] + ranks[j][i]);
    }
    const affinity = { kind: "dense" as const, size: STUDENTS, values };
    const { groupOf } = assignGroups(
      { affinity, groupSize: GROUP_SIZE },
      { seed, evaluationsMax: EXACT_EVALUATIONS },
    );
    const quality = qualityOf(groupOf, ranks, past);
    past.push(groupOf);
    return quality;
  });
}
