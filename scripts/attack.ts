/**
 * npm run attack: plays the server that sees one upload and recovers what its sender rated, under each defence, and prints how
 * well that works beside what the defence costs in recommendations. The privacy section of the README rests on this table.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { DEFAULT_SETTINGS } from "../src/domain/community/settings.ts";
import type { ItemSet } from "../src/domain/learning/item-set.ts";
import { epsilonOf, privacyLossPerUpload } from "../src/domain/learning/privacy.ts";
import { uniform } from "../src/domain/random.ts";
import { type Defence, defences, UploadMaker } from "./attack/defences.ts";
import { recoverRated, STRATEGIES, type Strategy } from "./attack/recover.ts";
import { type Format, parseRatings, RatingIndex, type UserRatings } from "./evaluate/dataset.ts";
import { DEFAULT_TRAINING, lastOf, type Training, trainFederated } from "./evaluate/federated.ts";
import { auc } from "./evaluate/people.ts";
import { federatedMetrics } from "./evaluate/ranking.ts";
import { shuffle, splitByUser } from "./evaluate/split.ts";

const { values: options } = parseArgs({
  options: {
    ratings: { type: "string" },
    format: { type: "string", default: "movielens" },
    seed: { type: "string", default: "1" },
    users: { type: "string", default: "200" },
    rounds: { type: "string", default: "15" },
    json: { type: "boolean", default: false },
  },
});

const DELTA = 1e-5;

interface Line {
  defence: string;
  attackAuc: number;
  exactRecovery: number;
  ndcg: number;
  /** After one upload, and after as many as there were rounds; null where nothing is promised. */
  epsilonOfOne: number | null;
  epsilonOfAll: number | null;
}

async function main(): Promise<void> {
  if (!options.ratings) throw new Error("--ratings FILE is needed");
  const lines = parseRatings(readFileSync(options.ratings, "utf8"), options.format as Format);
  const seed = Number(options.seed);
  const split = splitByUser(new RatingIndex().dataset(lines), seed);
  const clientsPerCommit = Math.ceil(split.train.users.length / 4);
  const settings = DEFAULT_SETTINGS;
  const base = { ...DEFAULT_TRAINING, settings, seed, clientsPerCommit, rounds: Number(options.rounds) };
  const ndcgOf = async (changes: Partial<Training>) => {
    const training = { ...base, ...changes };
    const { items } = await lastOf(trainFederated(split.train, training));
    return { items, ndcg: federatedMetrics(split, items, training).ndcg };
  };
  const reference = await ndcgOf({});
  const maker = new UploadMaker(reference.items, settings);
  const random = uniform(seed + 1);
  const users = shuffle([...split.train.users], random);
  const norms = users.map((ratings) => Math.hypot(...maker.dense(ratings))).sort((a, b) => a - b);
  const table: Line[] = [];
  for (const defence of defences(norms[Math.floor(norms.length / 2)])) {
    const isPlain = defence.rowsAim === null && defence.privacy === null;
    const { ndcg } = isPlain
      ? reference
      : await ndcgOf({ rowsAim: defence.rowsAim, privacy: defence.privacy });
    table.push({
      ...attack(defence, users, maker, reference.items, random),
      ndcg,
      ...epsilons(defence, base.rounds),
    });
    if (!options.json) print(table[table.length - 1], table.length === 1);
  }
  if (options.json) console.log(JSON.stringify({ seed, users: Number(options.users), delta: DELTA, table }));
}

/** The stronger of the strategies, against one member of each group. */
function attack(
  defence: Defence,
  users: readonly UserRatings[],
  maker: UploadMaker,
  items: ItemSet,
  random: () => number,
): Pick<Line, "defence" | "attackAuc" | "exactRecovery"> {
  const victims = users.slice(0, Number(options.users));
  const found = new Map(STRATEGIES.map((strategy) => [strategy, { auc: 0, exact: 0 }]));
  victims.forEach((victim, n) => {
    const others = Array.from({ length: defence.summed - 1 }, (_, m) => users[(n + m + 1) % users.length]);
    const upload = maker.upload([victim, ...others], defence, random);
    for (const strategy of STRATEGIES) score(found.get(strategy)!, upload, victim, items, strategy);
  });
  const results = [...found.values()];
  return {
    defence: defence.name,
    attackAuc: Math.max(...results.map((result) => result.auc)) / victims.length,
    exactRecovery: Math.max(...results.map((result) => result.exact)) / victims.length,
  };
}

function score(
  total: { auc: number; exact: number },
  upload: ReturnType<UploadMaker["upload"]>,
  victim: UserRatings,
  items: ItemSet,
  strategy: Strategy,
): void {
  const { scores, rated } = recoverRated(upload, items.values, DEFAULT_SETTINGS.factors + 1, strategy);
  const truth = new Set(victim.rows);
  total.auc += auc(
    Array.from(scores),
    Array.from(scores, (_, row) => truth.has(row)),
  );
  if (rated.size === truth.size && rated.isSubsetOf(truth)) total.exact++;
}

function epsilons({ privacy }: Defence, uploads: number): Pick<Line, "epsilonOfOne" | "epsilonOfAll"> {
  if (!privacy || privacy.noiseMultiplier === 0) return { epsilonOfOne: null, epsilonOfAll: null };
  const rho = privacyLossPerUpload(privacy);
  return { epsilonOfOne: epsilonOf(rho, DELTA), epsilonOfAll: epsilonOf(uploads * rho, DELTA) };
}

function print(line: Line, isFirst: boolean): void {
  const shown = (value: number | null) => (value === null ? "none" : value.toPrecision(3));
  if (isFirst) {
    const heads = ["attack AUC", "exact sets", "NDCG@10", "epsilon 1", `epsilon ${options.rounds}`];
    console.log("defence".padEnd(24) + heads.map((head) => head.padStart(12)).join(""));
  }
  const cells = [
    line.attackAuc.toFixed(3),
    `${(100 * line.exactRecovery).toFixed(1)}%`,
    line.ndcg.toFixed(4),
  ];
  cells.push(shown(line.epsilonOfOne), shown(line.epsilonOfAll));
  console.log(line.defence.padEnd(24) + cells.map((cell) => cell.padStart(12)).join(""));
}

await main();
