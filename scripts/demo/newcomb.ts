/** Newcomb's fraternity: who ranked whom how, week by week, and how well a partition into groups suits a week's ranks. */
import { readFileSync } from "node:fs";
import { assignGroups } from "../../src/domain/assignment/assign-groups.ts";
import { EXACT_EVALUATIONS } from "../../src/domain/assignment/search/exact.ts";
import { uniform } from "../../src/domain/random.ts";

export const STUDENTS = 17;
/** Week, rater, ratee, rank: one line each, under a heading. */
export const NEWCOMB_FILE = new URL("newcomb.csv", import.meta.url);

export interface Week {
  week: number;
  /** ranks[rater][ratee]: 1 liked most ... 16 least; 0 on the diagonal. */
  ranks: number[][];
}

export function readWeeks(): Week[] {
  const weeks = new Map<number, number[][]>();
  const lines = readFileSync(NEWCOMB_FILE, "utf8").trim().split("\n").slice(1);
  for (const line of lines) {
    const [week, rater, ratee, rank] = line.split(",").map(Number);
    const ranks =
      weeks.get(week) ?? Array.from({ length: STUDENTS }, () => new Array<number>(STUDENTS).fill(0));
    weeks.set(week, ranks);
    ranks[rater - 1][ratee - 1] = rank;
  }
  return [...weeks].sort(([a], [b]) => a - b).map(([week, ranks]) => ({ week, ranks }));
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

/** Groups of 4, 4, 4 and 5 drawn by lot. */
function randomGroups(next: () => number): number[] {
  const groupOf = Array.from({ length: STUDENTS }, (_, i) => Math.min(3, Math.floor(i / 4)));
  for (let i = STUDENTS - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [groupOf[i], groupOf[j]] = [groupOf[j], groupOf[i]];
  }
  return groupOf;
}

/** What groups drawn by lot come to, over 200 terms. */
export function randomQuality(ranksOfNextWeeks: readonly number[][][], seed: number): Quality {
  const next = uniform(seed);
  const terms = Array.from({ length: 200 }, () => {
    const past: number[][] = [];
    return ranksOfNextWeeks.map((ranks) => {
      const groupOf = randomGroups(next);
      const quality = qualityOf(groupOf, ranks, past);
      past.push(groupOf);
      return quality;
    });
  });
  return meanQuality(terms.flat());
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
    const { groupOf } = assignGroups({ affinity, groupSize: 4 }, { seed, evaluationsMax: EXACT_EVALUATIONS });
    const quality = qualityOf(groupOf, ranks, past);
    past.push(groupOf);
    return quality;
  });
}
