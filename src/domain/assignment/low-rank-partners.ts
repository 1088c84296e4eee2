/**
 * The partner lists of many people with low-rank affinity, where looking at all pairs would take minutes: people are
 * sorted into k-means buckets of u = [x; y], and each person scans the buckets whose centres promise most.
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

/** Centres as factors, and the people of each bucket: members[start[b]] .. members[start[b + 1] - 1]. */
interface Buckets {
  x: Float32Array;
  y: Float32Array;
  start: Int32Array;
  members: Int32Array;
}

/** Returns for each person others of large a(i, j), best first. Takes about 60 microseconds a person. */
export function lowRankPartners(affinity: LowRankAffinity, seed: number): Partners {
  const { size, factors, x, y } = affinity;
  const each = Math.min(PARTNERS_EACH, size - 1);
  const of = new Int32Array(size * each);
  const buckets = bucketPeople(affinity, seed);
  const ranked = createShortlist(BUCKETS_RANKED);
  const shortlist = createShortlist(each);
  for (let i = 0; i < size; i++) {
    ranked.clear();
    for (let b = 0; b < BUCKETS; b++) ranked.offer(b, mutual(factors, x, y, i, buckets.x, buckets.y, b));
    shortlist.clear();
    for (let rank = 0, scanned = 0; rank < ranked.count() && scanned < SCANNED_MIN; rank++) {
      const bucket = ranked.ids[rank];
      for (let at = buckets.start[bucket]; at < buckets.start[bucket + 1]; at++) {
        const j = buckets.members[at];
        if (j !== i) shortlist.offer(j, mutual(factors, x, y, i, x, y, j));
      }
      scanned += buckets.start[bucket + 1] - buckets.start[bucket];
    }
    shortlist.copyTo(of, i * each, i);
  }
  return { of, each };
}

/** x_i.Y_b + y_i.X_b */
function mutual(
  factors: number,
  x: Float32Array,
  y: Float32Array,
  i: number,
  otherX: Float32Array,
  otherY: Float32Array,
  b: number,
): number {
  const own = i * factors;
  const other = b * factors;
  let sum = 0;
  for (let k = 0; k < factors; k++) sum += x[own + k] * otherY[other + k] + y[own + k] * otherX[other + k];
  return sum;
}

function bucketPeople({ size, factors, x, y }: LowRankAffinity, seed: number): Buckets {
  const next = uniform(seed);
  const sample = Int32Array.from({ length: LLOYD_SAMPLE }, () => Math.floor(next() * size));
  const centres = { x: new Float32Array(BUCKETS * factors), y: new Float32Array(BUCKETS * factors) };
  for (let b = 0; b < BUCKETS; b++) {
    centres.x.set(x.subarray(sample[b] * factors, (sample[b] + 1) * factors), b * factors);
    centres.y.set(y.subarray(sample[b] * factors, (sample[b] + 1) * factors), b * factors);
  }
  for (let iteration = 0; iteration < LLOYD_ITERATIONS; iteration++) {
    const bucketOf = nearestCentres(sample, factors, x, y, centres);
    moveCentres(sample, bucketOf, factors, x, centres.x);
    moveCentres(sample, bucketOf, factors, y, centres.y);
  }
  const everybody = Int32Array.from({ length: size }, (_, i) => i);
  return { ...centres, ...sortIntoBuckets(nearestCentres(everybody, factors, x, y, centres)) };
}

/** The bucket of each of `people` by Euclidean distance in u. */
function nearestCentres(
  people: Int32Array,
  factors: number,
  x: Float32Array,
  y: Float32Array,
  centres: { x: Float32Array; y: Float32Array },
): Int32Array {
  // mutual with the halves exchanged is u.c
  const halfNorms = Float64Array.from(
    { length: BUCKETS },
    (_, b) => mutual(factors, centres.y, centres.x, b, centres.x, centres.y, b) / 2,
  );
  return people.map((i) => {
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let b = 0; b < BUCKETS; b++) {
      const distance = halfNorms[b] - mutual(factors, y, x, i, centres.x, centres.y, b);
      if (distance < least) {
        least = distance;
        nearest = b;
      }
    }
    return nearest;
  });
}

/** Puts each centre in the middle of its people; an empty bucket keeps its centre. */
function moveCentres(
  people: Int32Array,
  bucketOf: Int32Array,
  factors: number,
  values: Float32Array,
  centres: Float32Array,
): void {
  const sums = new Float64Array(centres.length);
  const counts = new Int32Array(BUCKETS);
  people.forEach((i, at) => {
    counts[bucketOf[at]]++;
    for (let k = 0; k < factors; k++) sums[bucketOf[at] * factors + k] += values[i * factors + k];
  });
  for (let at = 0; at < centres.length; at++) {
    const count = counts[Math.floor(at / factors)];
    if (count > 0) centres[at] = sums[at] / count;
  }
}

function sortIntoBuckets(bucketOf: Int32Array): Pick<Buckets, "start" | "members"> {
  const start = new Int32Array(BUCKETS + 1);
  for (const b of bucketOf) start[b + 1]++;
  for (let b = 0; b < BUCKETS; b++) start[b + 1] += start[b];
  const filled = start.slice();
  const members = new Int32Array(bucketOf.length);
  bucketOf.forEach((b, i) => {
    members[filled[b]++] = i;
  });
  return { start, members };
}
