/**
 * Partner lists for many people with low-rank affinity, where looking at all pairs would take minutes. People are sorted
 * into k-means buckets of u = [x; y]; each scans the buckets whose centres promise most. In bucket order, neighbours scan
 * the same stretches of memory, which is most of the speed, here and in the annealing after.
 */
import { uniform } from "../random.ts";
import { PARTNERS_EACH, type Partners } from "./partners.ts";
import type { LowRankAffinity } from "./problem.ts";
import { createShortlist } from "./shortlist.ts";

const BUCKETS = 256;
const BUCKETS_RANKED = 16;
const LLOYD_ITERATIONS = 4;
const LLOYD_SAMPLE = 8192;
/** Others looked at per person; the buckets that hold them are opened whole. */
const SCANNED_MIN = 1200;

export interface Buckets {
  /** Centres, BUCKETS x 2 factors, x first. */
  centres: Float32Array;
  /** Bucket b holds order[start[b]] .. order[start[b + 1] - 1]. */
  start: Int32Array;
  order: Int32Array;
}

/** Returns u for each person of `order`: order.length x 2 factors, x first. */
export function joinFactors({ factors, x, y }: LowRankAffinity, order: Int32Array): Float32Array {
  const joined = new Float32Array(order.length * 2 * factors);
  order.forEach((person, at) => {
    for (let k = 0; k < factors; k++) {
      joined[2 * at * factors + k] = x[person * factors + k];
      joined[(2 * at + 1) * factors + k] = y[person * factors + k];
    }
  });
  return joined;
}

/** Sorts people into buckets by k-means on a sample. */
export function bucketPeople(affinity: LowRankAffinity, seed: number): Buckets {
  const { size } = affinity;
  const width = 2 * affinity.factors;
  const next = uniform(seed);
  const sample = joinFactors(
    affinity,
    Int32Array.from({ length: LLOYD_SAMPLE }, () => Math.floor(next() * size)),
  );
  const centres = sample.slice(0, BUCKETS * width);
  for (let iteration = 0; iteration < LLOYD_ITERATIONS; iteration++)
    moveCentres(sample, nearestCentres(sample, centres, width), centres, width);
  const everybody = joinFactors(
    affinity,
    Int32Array.from({ length: size }, (_, i) => i),
  );
  return { centres, ...sortByBucket(nearestCentres(everybody, centres, width)) };
}

/**
 * Returns for each person others of large a(i, j), best first. `people` is u in bucket order, and so are the answer's
 * rows and ids.
 */
export function lowRankPartners(people: Float32Array, width: number, buckets: Buckets): Partners {
  const size = people.length / width;
  const { start, centres } = buckets;
  const each = Math.min(PARTNERS_EACH, size - 1);
  const of = new Int32Array(size * each);
  const ranked = createShortlist(BUCKETS_RANKED);
  const shortlist = createShortlist(each);
  const other = new Float32Array(width);
  for (let i = 0; i < size; i++) {
    turnAround(people, i, other);
    ranked.clear();
    for (let b = 0; b < BUCKETS; b++) ranked.offer(b, dot(other, centres, b, width));
    shortlist.clear();
    for (let rank = 0, scanned = 0; rank < ranked.count() && scanned < SCANNED_MIN; rank++) {
      const from = start[ranked.ids[rank]];
      const to = start[ranked.ids[rank] + 1];
      for (let j = from; j < to; j++) if (j !== i) shortlist.offer(j, dot(other, people, j, width));
      scanned += to - from;
    }
    shortlist.copyTo(of, i * each, i);
  }
  return { of, each };
}

/** v_i = [y; x], so that v_i.u_j is a(i, j). */
function turnAround(people: Float32Array, i: number, other: Float32Array): void {
  const half = other.length / 2;
  const row = i * other.length;
  for (let k = 0; k < half; k++) {
    other[k] = people[row + half + k];
    other[half + k] = people[row + k];
  }
}

function dot(vector: Float32Array, rows: Float32Array, row: number, width: number): number {
  let sum = 0;
  for (let k = 0, at = row * width; k < width; k++, at++) sum += vector[k] * rows[at];
  return sum;
}

/** The nearest centre of each person, Euclidean. */
function nearestCentres(people: Float32Array, centres: Float32Array, width: number): Int32Array {
  const halfNorms = Float64Array.from(
    { length: BUCKETS },
    (_, b) => dot(centres.subarray(b * width), centres, b, width) / 2,
  );
  return Int32Array.from({ length: people.length / width }, (_, i) => {
    const person = people.subarray(i * width, (i + 1) * width);
    let nearest = 0;
    let closest = Number.NEGATIVE_INFINITY;
    for (let b = 0; b < BUCKETS; b++) {
      const closeness = dot(person, centres, b, width) - halfNorms[b];
      if (closeness > closest) {
        closest = closeness;
        nearest = b;
      }
    }
    return nearest;
  });
}

/** Puts each centre in the middle of its people; an empty bucket keeps its centre. */
function moveCentres(people: Float32Array, bucketOf: Int32Array, centres: Float32Array, width: number): void {
  const sums = new Float64Array(centres.length);
  const counts = new Int32Array(BUCKETS);
  bucketOf.forEach((bucket, i) => {
    counts[bucket]++;
    for (let k = 0; k < width; k++) sums[bucket * width + k] += people[i * width + k];
  });
  for (let at = 0; at < centres.length; at++) {
    const count = counts[Math.floor(at / width)];
    if (count > 0) centres[at] = sums[at] / count;
  }
}

function sortByBucket(bucketOf: Int32Array): Pick<Buckets, "start" | "order"> {
  const start = new Int32Array(BUCKETS + 1);
  for (const bucket of bucketOf) start[bucket + 1]++;
  for (let b = 0; b < BUCKETS; b++) start[b + 1] += start[b];
  const filled = start.slice();
  const order = new Int32Array(bucketOf.length);
  bucketOf.forEach((bucket, i) => {
    order[filled[bucket]++] = i;
  });
  return { start, order };
}
