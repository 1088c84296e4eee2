/** `npm run attack -- --ratings FILE`: what one upload and shared factors tell of a member's films, beside what a defence costs. */
import { noised } from "../../src/client/sharing.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { solveUserFactors } from "../../src/domain/learning/factorization.ts";
import type { ItemSet } from "../../src/domain/learning/item-set.ts";
import { epsilonOf, privacyLossPerUpload } from "../../src/domain/learning/privacy.ts";
import { weigh } from "../../src/domain/learning/weights.ts";
import { uniform } from "../../src/domain/random.ts";
import type { Dataset, UserRatings } from "../evaluate/dataset.ts";
import { DEFAULT_TRAINING, lastOf, type Training, trainFederated } from "../evaluate/federated.ts";
import { federatedMetrics } from "../evaluate/ranking.ts";
import { shuffle, splitByUser } from "../evaluate/split.ts";
import { type Defence, defences, UploadMaker } from "./defences.ts";
import { recoverRated, STRATEGIES } from "./recover.ts";
import { nameOfSharing, popularityOf, readFactors, SHARE_NOISES } from "./shared-factors.ts";
import { type Success, Tally } from "./tally.ts";

export const DELTA = 1e-5;

export interface UploadLine extends Success {
  defence: string;
  ndcg: number;
  /** After one upload, and after as many as there were rounds; null where nothing is promised. */
  epsilonOfOne: number | null;
  epsilonOfAll: number | null;
}

export interface RatingsAttack {
  seed: number;
  /** Members under attack. */
  users: number;
  rounds: number;
}

export async function* attackRatings(
  ratings: Dataset,
  { seed, users, rounds }: RatingsAttack,
): AsyncGenerator<UploadLine> {
  const split = splitByUser(ratings, seed);
  const clientsPerCommit = Math.ceil(split.train.users.length / 4);
  const settings = DEFAULT_SETTINGS;
  const base = { ...DEFAULT_TRAINING, settings, seed, clientsPerCommit, rounds };
  const ndcgOf = async (changes: Partial<Training>) => {
    const training = { ...base, ...changes };
    const { items } = await lastOf(trainFederated(split.train, training));
    return { items, ndcg: federatedMetrics(split, items, training).ndcg };
  };
  const reference = await ndcgOf({});
  const maker = new UploadMaker(reference.items, settings);
  const random = uniform(seed + 1);
  const everybody = shuffle([...split.train.users], random);
  const norms = everybody.map((one) => Math.hypot(...maker.dense(one))).sort((a, b) => a - b);
  for (const defence of defences(norms[Math.floor(norms.length / 2)])) {
    const { rowsAim, privacy } = defence;
    const { ndcg } = rowsAim === null && privacy === null ? reference : await ndcgOf({ rowsAim, privacy });
    const success = attackUploads(defence, everybody, users, maker, reference.items, random);
    yield { defence: defence.name, ...success, ndcg, ...epsilons(defence, rounds) };
  }
  // Sharing is for groups: no recommendation changes.
  const free = { ndcg: reference.ndcg, epsilonOfOne: null, epsilonOfAll: null };
  for (const noise of [null, ...SHARE_NOISES]) {
    const success = attackShared(noise, everybody.slice(0, users), reference.items, random);
    yield { defence: nameOfSharing(noise), ...success, ...free };
  }
}

/** Against one member of each group. */
function attackUploads(
  defence: Defence,
  users: readonly UserRatings[],
  victims: number,
  maker: UploadMaker,
  items: ItemSet,
  random: () => number,
): Success {
  const tally = new Tally();
  users.slice(0, victims).forEach((victim, n) => {
    const others = Array.from({ length: defence.summed - 1 }, (_, m) => users[(n + m + 1) % users.length]);
    const upload = maker.upload([victim, ...others], defence, random);
    for (const strategy of STRATEGIES) {
      const { scores, rated } = recoverRated(upload, items.values, items.factors + 1, strategy);
      tally.add(strategy, scores, new Set(victim.rows), { taken: rated });
    }
  });
  return tally.success();
}

/** Films rate nobody, so a member who does not share has no row that could tell: what is left is how popular a film is. */
function attackShared(
  noise: number | null,
  victims: readonly UserRatings[],
  items: ItemSet,
  random: () => number,
): Success {
  const tally = new Tally();
  for (const ratings of victims) {
    const truth = new Set(ratings.rows);
    if (noise === null) {
      tally.add("popularity", popularityOf(items), truth);
      continue;
    }
    const shared = noised(solveUserFactors(items, ratings, DEFAULT_SETTINGS), noise, random);
    const knowledge = { ...shared, weights: weigh(items, ratings, DEFAULT_SETTINGS) };
    const readings = readFactors(items, Float32Array.from(shared.values), knowledge);
    for (const [reading, scores] of Object.entries(readings)) tally.add(reading, scores, truth);
  }
  return tally.success();
}

function epsilons({ privacy }: Defence, uploads: number): Pick<UploadLine, "epsilonOfOne" | "epsilonOfAll"> {
  if (!privacy || privacy.noiseMultiplier === 0) return { epsilonOfOne: null, epsilonOfAll: null };
  const rho = privacyLossPerUpload(privacy);
  return { epsilonOfOne: epsilonOf(rho, DELTA), epsilonOfAll: epsilonOf(uploads * rho, DELTA) };
}
