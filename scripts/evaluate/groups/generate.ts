/**
 * Communities made up from a seed, so that figures can be had on data that nobody chose a setting on. Who likes whom rests on
 * taste, popularity and a chemistry of the two, and changes over time.
 */
import { normal, shuffle, uniform } from "../../../src/domain/random.ts";
import { type Arrivals, noAnswers, type Wave, type WaveData } from "./waves.ts";

/**
 * `clusters`: taste decides above all. `popular`: everybody likes the same few. `camps`: two halves who cannot stand each other.
 * `tags`: people come one after the other, with two tags, of which one counts for half of what taste does in `clusters`.
 * `idle-tags`: the same, but both tags are drawn by lot.
 */
export const KINDS = ["clusters", "popular", "camps", "tags", "idle-tags"] as const;
export type Kind = (typeof KINDS)[number];

export interface Recipe {
  kind: Kind;
  people: number;
  waves: number;
  seed: number;
}

/** How much each cause weighs in what one person thinks of another; all are standard deviations but for `taste`. */
interface Causes {
  /** What sharing a cluster adds. */
  taste: number;
  /** What having the same field adds. */
  field?: number;
  popularity: number;
  generosity: number;
  /** Lasts as long as the pair does. */
  chemistry: number;
  /** Drawn anew in each wave. */
  mood: number;
}

const CAUSES: Record<Exclude<Kind, "camps">, Causes> = {
  clusters: { taste: 2, popularity: 0.5, generosity: 0.4, chemistry: 0.6, mood: 0.4 },
  popular: { taste: 0.7, popularity: 1.2, generosity: 0.6, chemistry: 0.6, mood: 0.4 },
  tags: { taste: 1, field: 1, popularity: 0.5, generosity: 0.4, chemistry: 0.6, mood: 0.4 },
  "idle-tags": { taste: 2, popularity: 0.5, generosity: 0.4, chemistry: 0.6, mood: 0.4 },
};
/** What somebody must be worth to be liked: of clusters 80% of those within and 11% of those across are, of popular 37% and 21%. */
const RESERVE = 1.2;
const CLUSTER_PEOPLE = 8;
/** Chance that a person is of another cluster from one wave to the next. */
const MOVES = 0.04;
/** How much of a popularity lasts from one wave to the next. */
const POPULARITY_LASTS = 0.9;
/** In each wave a person tells of so many others. */
const TOLD_A_WAVE = 12;
const RATING_MAX = 5;
const CITIES = 4;
/** The share of the people who are there from the first wave; the others come in the waves between the first and the last. */
const FOUNDERS_SHARE = 0.6;

export function generateWaves(recipe: Recipe): WaveData {
  const { kind, people, waves } = recipe;
  if (people < 4 || waves < 2) throw new Error("a community needs at least 4 people and 2 waves");
  const names = Array.from({ length: people }, (_, i) => String(i));
  if (kind === "camps") return { names, ...camps(people, waves) };
  if (kind === "clusters" || kind === "popular") return { names, waves: society(recipe, CAUSES[kind]) };
  const arrivals = arrivalsOf(recipe);
  return { names, waves: society(recipe, CAUSES[kind], arrivals), arrivals };
}

/** A city, which says nothing, and a field, of which there are as many as clusters. */
function arrivalsOf({ people, waves, seed }: Recipe): Arrivals {
  const next = uniform(seed ^ 0x2545f491);
  const founders = Math.ceil(FOUNDERS_SHARE * people);
  const waveOf = Int32Array.from({ length: people }, (_, i) =>
    i < founders ? 0 : 1 + Math.floor(((i - founders) * (waves - 2)) / (people - founders)),
  );
  const oneOf = (count: number) => String(Math.floor(next() * count));
  const tags = Array.from({ length: people }, () => ({
    city: oneOf(CITIES),
    field: oneOf(clusterCount(people)),
  }));
  return { waveOf, tags };
}

const clusterCount = (people: number): number => Math.max(2, Math.round(people / CLUSTER_PEOPLE));

/** Two halves who rate everybody: +5 inside, -5 across. */
function camps(people: number, waves: number): Pick<WaveData, "waves" | "camps"> {
  const campOf = Int32Array.from({ length: people }, (_, i) => i % 2);
  const told = noAnswers(people).map((silent, at) => {
    const [i, j] = [Math.floor(at / people), at % people];
    if (i === j) return silent;
    return campOf[i] === campOf[j] ? RATING_MAX : -RATING_MAX;
  });
  return {
    camps: campOf,
    waves: Array.from({ length: waves }, (_, wave) => ({ wave, told, judged: told })),
  };
}

function society({ people, waves, seed }: Recipe, causes: Causes, arrivals?: Arrivals): Wave[] {
  const next = uniform(seed);
  const gauss = normal(seed ^ 0x5bd1e995);
  const draw = (count: number, spread: number) =>
    Float64Array.from({ length: count }, () => spread * gauss());
  const clusters = clusterCount(people);
  const clusterOf = Int32Array.from({ length: people }, (_, i) => i % clusters);
  const popularity = draw(people, causes.popularity);
  const generosity = draw(people, causes.generosity);
  const chemistry = draw(people * people, causes.chemistry);
  const fields = arrivals?.tags.map(({ field }) => field) ?? [];
  return Array.from({ length: waves }, (_, wave) => {
    const mood = draw(people * people, causes.mood);
    const judged = noAnswers(people).map((silent, at) => {
      const [i, j] = [Math.floor(at / people), at % people];
      if (i === j || !isThere(arrivals, i, wave) || !isThere(arrivals, j, wave)) return silent;
      const sameCluster = clusterOf[i] === clusterOf[j] ? causes.taste : 0;
      const taste = sameCluster + (fields[i] === fields[j] ? (causes.field ?? 0) : 0);
      return ratingOf(taste + popularity[j] + generosity[i] + chemistry[at] + mood[at] - RESERVE);
    });
    const told = someOf(judged, people, next, (i) => wave === 0 || isThere(arrivals, i, wave - 1));
    for (let i = 0; i < people; i++) {
      if (next() < MOVES) clusterOf[i] = Math.floor(next() * clusters);
      const fresh = Math.sqrt(1 - POPULARITY_LASTS ** 2) * causes.popularity * gauss();
      popularity[i] = POPULARITY_LASTS * popularity[i] + fresh;
    }
    return { wave, told, judged };
  });
}

/** From -5 to 5 without 0: a person who is asked says yes or no. */
function ratingOf(opinion: number): number {
  const size = Math.min(RATING_MAX, Math.ceil(Math.abs(2 * opinion)));
  return opinion > 0 ? size : -Math.max(1, size);
}

function isThere(arrivals: Arrivals | undefined, person: number, wave: number): boolean {
  return arrivals === undefined || arrivals.waveOf[person] <= wave;
}

/** What each person tells of those they came across, who were there before like them. */
function someOf(
  judged: Float32Array,
  people: number,
  next: () => number,
  wasThere: (person: number) => boolean,
): Float32Array {
  const told = noAnswers(people);
  const present = Int32Array.from({ length: people }, (_, i) => i).filter(wasThere);
  for (const i of present) {
    const others = present.filter((j) => j !== i);
    for (const j of shuffle(others, next).subarray(0, TOLD_A_WAVE))
      told[i * people + j] = judged[i * people + j];
  }
  return told;
}
