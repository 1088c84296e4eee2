/**
 * `npm run attack -- --sums --ratings FILE`: what the two servers of secure sums learn of members' films.
 * Each alone, from its share of one report; and the leader from many sums, since it knows who took part in
 * each. Every figure stands beside its control, the same scores held against another member's films.
 */
import { inverse, Matrix } from "ml-matrix";
import { DEFAULT_SETTINGS, type Settings } from "../../src/domain/community/settings.ts";
import { toFloat32 } from "../../src/domain/messages/value-encoding.ts";
import { uniform } from "../../src/domain/random.ts";
import { maskOf, SEED_BYTES, subtractFrom } from "../../src/domain/secure/masks.ts";
import { quantize, readSum } from "../../src/domain/secure/quantization.ts";
import type { SumTerms } from "../../src/domain/secure/terms.ts";
import type { Dataset, UserRatings } from "../evaluate/dataset.ts";
import { DEFAULT_TRAINING, lastOf, type Sent, trainFederated } from "../evaluate/federated.ts";
import { auc } from "../evaluate/people.ts";
import { federatedMetrics } from "../evaluate/ranking.ts";
import { shuffle, splitByUser } from "../evaluate/split.ts";
import { UploadMaker } from "./defences.ts";
import { recoverRated, STRATEGIES } from "./recover.ts";
import { Tally } from "./tally.ts";

/** Values are clipped one by one on the device, where the server cannot clip rows. */
const SECURE_SETTINGS: Settings = { ...DEFAULT_SETTINGS, sums: "secure", clipNorm: null };
const RIDGE = 100;
const ABSENT_SHARE = 0.2;

export interface Against {
  auc: number;
  /** Of the same scores against the films of others. */
  control: number;
}

const termsFor = (rowCount: number, sumMembersMax: number): SumTerms => {
  const { factors, sumMembersMin, clipFactor, clipBias } = SECURE_SETTINGS;
  return { sum: 1, epoch: "", rowCount, factors, sumMembersMin, sumMembersMax, clipFactor, clipBias };
};

/** The numbers that a seed from a seeded source gives. */
const numbersFrom = (random: () => number, count: number) =>
  maskOf(
    Uint8Array.from({ length: SEED_BYTES }, () => random() * 256),
    count,
  );

/** Against members' reports: what the leader holds of each, its share; and what the helper does, its mask. */
export async function attackShares(ratings: Dataset, victims: number, seed: number) {
  const random = uniform(seed);
  const train = splitByUser(ratings, seed).train;
  const { items } = await lastOf(
    trainFederated(train, { ...DEFAULT_TRAINING, settings: SECURE_SETTINGS, seed, rounds: 3 }),
  );
  const maker = new UploadMaker(items, SECURE_SETTINGS);
  const terms = termsFor(train.itemCount, 512);
  const rows = Uint32Array.from({ length: train.itemCount }, (_, row) => row);
  const tallies = Array.from({ length: 4 }, () => new Tally());
  const users = shuffle([...train.users], random).slice(0, victims);
  for (const [n, user] of users.entries()) {
    const dense = maker.dense(user);
    const mask = await numbersFrom(random, dense.length);
    const share = quantize(dense, terms, await numbersFrom(random, dense.length));
    subtractFrom(share, mask);
    const [own, other] = [user, users[(n + 1) % users.length]].map((one) => new Set(one.rows));
    for (const [at, seen] of [share, mask].entries())
      for (const strategy of STRATEGIES) {
        const values = readSum(seen, terms);
        const { scores } = recoverRated({ rows, values }, items.values, items.factors + 1, strategy);
        tallies[at].add(strategy, scores, own);
        tallies[at + 2].add(strategy, scores, other);
      }
  }
  const [leaderAuc, helperAuc, leaderControl, helperControl] = tallies.map(
    (tally) => tally.success().attackAuc,
  );
  return { leaderAuc, helperAuc, leaderControl, helperControl };
}

/** What the leader keeps of a sum: who took part, and the column of biases. */
interface SeenSum {
  members: number[];
  biases: Float64Array;
}

/** As devices and the two servers leave a batch, with a share of it absent; tells `seen` of each sum. */
function secureBatch(
  terms: SumTerms,
  absentShare: number,
  random: () => number,
  seen: (sum: SeenSum) => void,
) {
  const width = terms.factors + 1;
  const valueCount = terms.rowCount * width;
  const pool = Uint16Array.from({ length: 4 * valueCount }, () => random() * 65_536);
  return (sent: readonly Sent[]) => {
    const present = sent.filter(() => random() >= absentShare);
    const biases = new Float64Array(terms.rowCount);
    const gradients = present.map(({ gradient }) => {
      const draws = pool.subarray(Math.floor(random() * 3 * valueCount)).subarray(0, valueCount);
      const values = readSum(quantize(toFloat32(gradient.data, width), terms, draws), terms);
      for (let row = 0; row < terms.rowCount; row++) biases[row] += values[row * width + width - 1];
      return { ...gradient, data: { kind: "f32", values } as const };
    });
    seen({ members: present.map(({ user }) => user), biases });
    return gradients;
  };
}

/** Each column less its mean: what everybody has in common tells nothing of one. */
const centred = (sums: Matrix): Matrix => sums.clone().subRowVector(sums.mean("column"));

/** Each sum less the mean of its neighbours: as the model learns, sums drift. */
function detrended(sums: Matrix): Matrix {
  const rows = sums.to2DArray();
  const near = (n: number) => rows[Math.min(rows.length - 1, Math.max(0, n))];
  return new Matrix(
    rows.map((row, n) => row.map((value, i) => value - (near(n - 1)[i] + near(n + 1)[i]) / 2)),
  );
}

const WAYS = [centred, detrended];

/** The film columns of all sums, each sum of length 1: the first ones are ten times as long as later ones. */
function biasesOf(sums: readonly SeenSum[]): Matrix {
  return new Matrix(
    sums.map(({ biases }) => {
      const norm = Math.hypot(...biases);
      return Array.from(biases, (bias) => bias / norm);
    }),
  );
}

/** Ridge regression of the sums on who took part: members x films, the likelier rated the higher. */
function regress(sums: readonly SeenSum[], memberCount: number, way: (sums: Matrix) => Matrix): Matrix {
  const presence = Matrix.zeros(sums.length, memberCount);
  for (const [n, { members }] of sums.entries()) for (const member of members) presence.set(n, member, 1);
  const a = centred(presence);
  const inner = inverse(a.mmul(a.transpose()).add(Matrix.eye(sums.length).mul(RIDGE)));
  return a
    .transpose()
    .mmul(inner)
    .mmul(way(biasesOf(sums)))
    .mul(-1);
}

function meanAuc(scores: Matrix, users: readonly UserRatings[], of: (user: number) => number): number {
  const aucs = users.flatMap((_, user) => {
    const truth = new Set(users[of(user)].rows);
    const row = scores.getRow(user);
    return truth.size === 0
      ? []
      : auc(
          row,
          Array.from(row, (__, item) => truth.has(item)),
        );
  });
  return aucs.reduce((sum, one) => sum + one, 0) / aucs.length;
}

export interface Intersection {
  /** Members a sum. */
  members: number;
  sums: number;
  /** The same people in each sum, but for those who are absent; else a random batch of all. */
  isCohort: boolean;
}

/** The best of the regressions. A cohort is a community of its own: nobody else tells anything of it. */
export async function attackSums(ratings: Dataset, kind: Intersection, seed: number): Promise<Against> {
  const random = uniform(seed + 1);
  const all = splitByUser(ratings, seed).train;
  const users = kind.isCohort ? shuffle([...all.users], random).slice(0, kind.members) : all.users;
  const batches = Math.ceil(users.length / kind.members);
  const sums: SeenSum[] = [];
  const absent = kind.isCohort ? ABSENT_SHARE : 0;
  const terms = termsFor(all.itemCount, kind.members + 1);
  await lastOf(
    trainFederated(
      { ...all, users },
      {
        ...{ ...DEFAULT_TRAINING, settings: SECURE_SETTINGS, seed, clientsPerCommit: kind.members },
        rounds: Math.ceil(kind.sums / batches),
        between: secureBatch(terms, absent, random, (sum) => sums.push(sum)),
      },
    ),
  );
  const tried = WAYS.map((way): Against => {
    const scores = regress(sums, users.length, way);
    const other = (user: number) => (user + 1) % users.length;
    return { auc: meanAuc(scores, users, (user) => user), control: meanAuc(scores, users, other) };
  });
  return tried.reduce((best, one) => (one.auc > best.auc ? one : best));
}

/** NDCG@10 by plain sums, and by secure ones. */
export async function compareSums(ratings: Dataset, members: number, rounds: number, seed: number) {
  const split = splitByUser(ratings, seed);
  const base = { ...DEFAULT_TRAINING, seed, clientsPerCommit: members, rounds };
  const ndcgOf = async (settings: Settings, between?: ReturnType<typeof secureBatch>) => {
    const training = { ...base, settings, between };
    return federatedMetrics(split, (await lastOf(trainFederated(split.train, training))).items, training)
      .ndcg;
  };
  const terms = termsFor(split.train.itemCount, members <= 256 ? 256 : 512);
  const secure = secureBatch(terms, 0, uniform(seed + 2), () => {});
  return { plain: await ndcgOf(DEFAULT_SETTINGS), secure: await ndcgOf(SECURE_SETTINGS, secure) };
}
