/**
 * Cold start: what newcomers' tags say of whom they will like. What two people are worth to each other for sharing a tag's value
 * is learned from the members that the model knows; where their likings show no effect of tags, nothing changes.
 *
 * Symbols: a_ij = affinity of i and j; s_ij(t) = 1 where both have the same value of tag t, else 0; beta_t = what that is worth.
 * With a_ij = e_i + e_j + sum_t beta_t s_ij(t) + noise, the contrast a_ij - a_il - a_kj + a_kl is free of what each person brings
 * to every pair. So beta is fitted by least squares to contrasts of a by the same contrasts of s.
 */
import type { PastRound } from "../assignment/pairs/meeting-penalties.ts";
import type { TagPrior } from "../assignment/problem.ts";
import { RATER_BIAS_PRIOR } from "../learning/factorization.ts";
import { uniform } from "../random.ts";
import { type ItemFactors, type Person, pairAffinityOf } from "./mutual-affinity.ts";
import { codesOf } from "./tag-terms.ts";

/** So many known members must share a tag's value with another one: of fewer it would tell what single members like. */
const SHARERS_MIN = 10;
/** Tags that are looked at, of all that newcomers have: those that most of the known carry. */
const TAGS_MAX = 16;
const CONTRASTS_PER_TAG = 2048;
/** The known members are dealt into so many blocks; each is left out once, which tells how sure the fit is. */
const BLOCKS_MAX = 20;
/** Squares of what the fit leaves, of those that it begins with. */
const FIT_REST = 1e-20;
/** The same contrasts each time, so that drafts move with the community alone. */
const SEED = 1;

/** What groups are made of, once newcomers' tags are looked at. */
export interface ColdStart {
  people: readonly Person[];
  items: ItemFactors;
  priors: TagPrior[];
}

/** A tag by position: the code of each person's value, -1 of who has none. */
interface SharedTag {
  codes: Int32Array;
  /** The known members with each code. */
  carriers: number[][];
  /** Those of them who are not alone with theirs. */
  sharers: number[];
}

function sharedTag(people: readonly Person[], known: readonly number[], name: string): SharedTag {
  const codes = codesOf(people, name);
  const carriers: number[][] = [];
  for (const position of known) {
    const code = codes[position];
    if (code < 0) continue;
    carriers[code] ??= [];
    carriers[code].push(position);
  }
  return { codes, carriers, sharers: carriers.filter((of) => of.length > 1).flat() };
}

/** Tags of newcomers from which something can be learned. */
function sharedTags(people: readonly Person[], known: readonly number[], isNew: Uint8Array): SharedTag[] {
  const carriersOf = new Map<string, number>();
  for (const [position, { tags = {} }] of people.entries())
    if (isNew[position]) for (const name of Object.keys(tags)) carriersOf.set(name, 0);
  for (const position of known) {
    for (const name of Object.keys(people[position].tags ?? {})) {
      const carriers = carriersOf.get(name);
      if (carriers !== undefined) carriersOf.set(name, carriers + 1);
    }
  }
  return [...carriersOf]
    .filter(([, carriers]) => carriers >= SHARERS_MIN)
    .sort(([name, carriers], [other, more]) => more - carriers || (name < other ? -1 : 1))
    .slice(0, TAGS_MAX)
    .map(([name]) => sharedTag(people, known, name))
    .filter(({ sharers }) => sharers.length >= SHARERS_MIN);
}

/** Sums over contrasts: of d d' and of d r, where d are the contrasts of s, a tag each, and r is that of a. */
class NormalEquations {
  readonly left: Float64Array;
  readonly right: Float64Array;

  constructor(size: number) {
    this.left = new Float64Array(size * size);
    this.right = new Float64Array(size);
  }

  add(d: Float64Array, r: number): void {
    const size = d.length;
    for (let t = 0; t < size; t++) {
      if (d[t] === 0) continue;
      this.right[t] += d[t] * r;
      for (let u = 0; u < size; u++) this.left[t * size + u] += d[t] * d[u];
    }
  }

  /** Their solution once the sums of `part` are taken off. */
  solveWithout(part: NormalEquations): Float64Array {
    const left = this.left.map((sum, at) => sum - part.left[at]);
    return solve(
      left,
      this.right.map((sum, t) => sum - part.right[t]),
    );
  }
}

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, at) => sum + value * b[at], 0);

/**
 * Solves left x = right by conjugate gradients, in as many steps as there are unknowns, or twice as many for
 * rounding. They begin at 0, so tags that are always together get equal shares. ml-matrix would be 50 KB more of
 * each function that drafts.
 */
function solve(left: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const x = new Float64Array(size);
  const rest = right.slice();
  let direction = right.slice();
  let squares = dot(rest, rest);
  const enough = FIT_REST * squares;
  for (let step = 0; step < 2 * size && squares > enough; step++) {
    const image = x.map((_, t) => dot(left.subarray(t * size, (t + 1) * size), direction));
    const length = squares / dot(direction, image);
    for (let t = 0; t < size; t++) {
      x[t] += length * direction[t];
      rest[t] -= length * image[t];
    }
    const before = squares;
    squares = dot(rest, rest);
    direction = direction.map((value, t) => rest[t] + (squares / before) * value);
  }
  return x;
}

/** The sums of all contrasts that are drawn, and for each block of the known of those with one of its people. */
function sumContrasts(
  tags: readonly SharedTag[],
  known: readonly number[],
  affinity: (i: number, j: number) => number,
) {
  const next = uniform(SEED);
  const oneOf = (positions: readonly number[]) => positions[Math.floor(next() * positions.length)];
  const blockOf = new Map(known.map((position, at) => [position, at % BLOCKS_MAX]));
  const whole = new NormalEquations(tags.length);
  const parts = Array.from({ length: Math.min(BLOCKS_MAX, known.length) }, () => {
    return new NormalEquations(tags.length);
  });
  const d = new Float64Array(tags.length);
  for (const { sharers, codes, carriers } of tags) {
    for (let drawn = 0; drawn < CONTRASTS_PER_TAG; drawn++) {
      const i = oneOf(sharers);
      const [j, k, l] = [oneOf(carriers[codes[i]]), oneOf(known), oneOf(known)];
      const people = new Set([i, j, k, l]);
      if (people.size < 4) continue;
      tags.forEach(({ codes: of }, t) => {
        const same = (one: number, other: number) => Number(of[one] >= 0 && of[one] === of[other]);
        d[t] = same(i, j) - same(i, l) - same(k, j) + same(k, l);
      });
      const r = affinity(i, j) - affinity(i, l) - affinity(k, j) + affinity(k, l);
      whole.add(d, r);
      for (const block of new Set([...people].map((one) => blockOf.get(one)!))) parts[block].add(d, r);
    }
  }
  return { whole, parts };
}

/**
 * beta of each tag, shrunk as far as it is unsure: beta (1 - (se / beta)^2), or 0 (the nonnegative garrote, Breiman 1995). The
 * standard error is that of ties, which share their people (Snijders and Borgatti 1999): a jackknife's over people, halved.
 */
function worthOfSharing(
  tags: readonly SharedTag[],
  known: readonly number[],
  affinity: (i: number, j: number) => number,
): number[] {
  const { whole, parts } = sumContrasts(tags, known, affinity);
  const blocks = parts.length;
  const without = parts.map((part) => whole.solveWithout(part));
  return Array.from(whole.solveWithout(new NormalEquations(tags.length)), (beta, t) => {
    const mean = without.reduce((sum, one) => sum + one[t], 0) / blocks;
    const squares = without.reduce((sum, one) => sum + (one[t] - mean) ** 2, 0);
    const variance = ((blocks - 2) / (2 * blocks)) * squares;
    return beta ** 2 > variance ? beta * (1 - variance / beta ** 2) : 0;
  });
}

/** Nothing but tags is known of who was in no round, and whose factors, if they share any, rest on no answer. */
function isNewcomer({ row, userFactors }: Person, pastRounds: readonly PastRound[]): boolean {
  const isSilent = userFactors === undefined || userFactors.at(-1) === RATER_BIAS_PRIOR;
  return isSilent && pastRounds.every(({ groupOf }) => (groupOf[row] ?? -1) < 0);
}

/** What the model holds of a newcomer is chance. Those whose tags count stand in the middle of the known instead. */
function inTheMiddle(
  people: readonly Person[],
  { values, factors }: ItemFactors,
  known: readonly number[],
  isMoved: (position: number) => boolean,
): Omit<ColdStart, "priors"> {
  const width = factors + 1;
  const middle = new Float32Array(width);
  for (const position of known) {
    const at = people[position].row * width;
    for (let k = 0; k < width; k++) middle[k] += values[at + k] / known.length;
  }
  const moved = values.slice();
  const placed = people.map((person, position) => {
    if (!isMoved(position)) return person;
    moved.set(middle, person.row * width);
    if (!person.userFactors) return person;
    return { ...person, userFactors: Float32Array.of(...middle.subarray(0, factors), RATER_BIAS_PRIOR) };
  });
  return { people: placed, items: { values: moved, factors } };
}

/** Returns people and items as groups are made of them, and what newcomers' tags are worth. */
export function coldStart(
  people: readonly Person[],
  items: ItemFactors,
  pastRounds: readonly PastRound[],
): ColdStart {
  const isNew = Uint8Array.from(people, (person) => Number(isNewcomer(person, pastRounds)));
  const known = Array.from(people.keys()).filter((position) => !isNew[position]);
  const tags = sharedTags(people, known, isNew);
  if (tags.length === 0) return { people, items, priors: [] };
  const affinityOf = pairAffinityOf(items);
  const worths = worthOfSharing(tags, known, (i, j) => affinityOf(people[i], people[j]));
  const priors = tags.flatMap(({ codes }, t): TagPrior[] => {
    const newcomers = isNew.map((value, position) => (codes[position] < 0 ? 0 : value));
    return worths[t] === 0 ? [] : [{ codes, newcomers, worth: worths[t] }];
  });
  if (priors.length === 0) return { people, items, priors };
  const isMoved = (position: number) => priors.some(({ newcomers }) => newcomers[position] === 1);
  return { ...inTheMiddle(people, items, known, isMoved), priors };
}
