/** The figures of one community: this system and its references, each along the diversity penalties. */
import type { Settings } from "../../../src/domain/community/settings.ts";
import { uniform } from "../../../src/domain/random.ts";
import { DomainCommunity } from "./domain-community.ts";
import { type GroupQuality, meanOf, meanQuality, withinCampShare } from "./measures.ts";
import { engineRounds, randomTerms } from "./references.ts";
import { contributionsOf, type Spread } from "./spread.ts";
import { type Answers, keptAnswers, type WaveData } from "./waves.ts";

export const PENALTIES = [0, 0.1, 0.3, 1, 3];

export const NAMES = {
  given: "tertulia",
  frontier: "tertulia, by penalty",
  raw: "raw answers",
  oracle: "oracle",
  random: "random groups",
} as const;

export interface Conduct {
  settings: Settings;
  /** Noise on the user factors that are shared, in multiples of their spread; null where they are not shared. */
  shareNoise: number | null;
  /** Times that every member contributes in a wave. */
  contributions: number;
  spread: Spread;
  seed: number;
}

/** How this system groups: for each penalty the rounds that followed the waves. */
export type System = (
  data: WaveData,
  conduct: Conduct,
  penalties: readonly number[],
) => Promise<Int32Array[][]>;

export interface Row extends GroupQuality {
  name: string;
  /** null for random groups, which know none. */
  penalty: number | null;
}

export interface Figures {
  rows: Row[];
  /** `liked` at the given settings as a share of what raw answers reach where as many pairs meet again. */
  ofRaw: number;
  /** Of each round at the given settings, where there are camps: the share of pairs who are of one. */
  withinCamp?: number[];
}

/** The community after each wave, when its round is due. */
export function* lived({ names, waves, arrivals }: WaveData, conduct: Conduct): Generator<DomainCommunity> {
  const { settings, seed, shareNoise } = conduct;
  const random = uniform(seed);
  const noiseRandom = uniform(~seed);
  const community = new DomainCommunity(names.length, settings, seed, random);
  for (const [wave, { told }] of waves.entries()) {
    const members = arrivals ? arrivals.waveOf.filter((first) => first <= wave).length : names.length;
    community.admit(members);
    community.tell(told);
    for (const senders of contributionsOf(members, conduct, random)) community.contribute(senders);
    if (shareNoise !== null) community.share(shareNoise, noiseRandom);
    yield community;
  }
}

/** Learning does not see the rounds, so the devices live through the waves once for all penalties. */
export const throughDomain: System = async (data, conduct, penalties) => {
  const rounds: Int32Array[][] = penalties.map(() => []);
  for (const community of lived(data, conduct)) {
    penalties.forEach((penalty, at) => {
      rounds[at].push(community.round(rounds[at], penalty));
    });
  }
  return rounds;
};

/** What the engine makes of raw answers, along the penalties: the frontier to compare with. */
export function rawFrontier(data: WaveData, settings: Settings, seed: number): Row[] {
  return engineRows(NAMES.raw, keptAnswers(data.waves).slice(0, -1), data, settings, seed);
}

function engineRows(
  name: string,
  answers: readonly Answers[],
  { names, waves }: WaveData,
  settings: Settings,
  seed: number,
): Row[] {
  const judgedBy = waves.slice(1).map(({ judged }) => judged);
  return PENALTIES.map((penalty) => {
    const rounds = engineRounds(answers, names.length, penalty, settings, seed);
    return { name, ...meanQuality(rounds, judgedBy), penalty };
  });
}

export async function figuresOf(data: WaveData, conduct: Conduct, system: System): Promise<Figures> {
  const { settings, seed } = conduct;
  const size = data.names.length;
  const judgedBy = data.waves.slice(1).map(({ judged }) => judged);
  const penalties = [...new Set([settings.diversityPenalty, ...PENALTIES])];
  const made = new Map((await system(data, conduct, penalties)).map((rounds, at) => [penalties[at], rounds]));
  const given = made.get(settings.diversityPenalty)!;
  const row = (name: string, penalty: number | null, rounds: readonly Int32Array[]): Row => {
    return { name, ...meanQuality(rounds, judgedBy), penalty };
  };
  const raw = rawFrontier(data, settings, seed);
  const terms = randomTerms(judgedBy.length, size, settings.groupSize, seed);
  const rows = [
    row(NAMES.given, settings.diversityPenalty, given),
    ...PENALTIES.map((penalty) => row(NAMES.frontier, penalty, made.get(penalty)!)),
    ...raw,
    ...engineRows(NAMES.oracle, judgedBy, data, settings, seed),
    { name: NAMES.random, ...meanOf(terms.map((rounds) => meanQuality(rounds, judgedBy))), penalty: null },
  ];
  const { camps } = data;
  return {
    rows,
    ofRaw: rows[0].liked / likedAt(raw, rows[0].again),
    ...(camps && { withinCamp: given.map((groupOf) => withinCampShare(groupOf, camps)) }),
  };
}

/** What a frontier reaches where this share of pairs meets again: between two of its points on a line, beyond its ends as there. */
export function likedAt(frontier: readonly Pick<Row, "liked" | "again">[], again: number): number {
  const points = frontier.toSorted((a, b) => a.again - b.again);
  const after = points.findIndex((point) => point.again >= again);
  if (after <= 0) return points.at(after)!.liked;
  const [low, high] = [points[after - 1], points[after]];
  const part = (again - low.again) / (high.again - low.again);
  return low.liked + part * (high.liked - low.liked);
}
