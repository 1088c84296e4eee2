/**
 * npm run evaluate: how well federated learning recommends beside a server that sees every rating, on a file of ratings.
 * Prints a table, or with --json one object.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as z from "zod/mini";
import { DEFAULT_SETTINGS, settingsSchema } from "../src/domain/community/settings.ts";
import { learningCurve, meanCurve, reaches, WAYS } from "./evaluate/curve.ts";
import { type Dataset, type Format, parseRatings, RatingIndex, userRatings } from "./evaluate/dataset.ts";
import {
  apiTraining,
  DEFAULT_TRAINING,
  STALE,
  type Trainer,
  type Training,
  trainFederated,
} from "./evaluate/federated.ts";
import { splitByDyad } from "./evaluate/people.ts";
import { evaluatePeople } from "./evaluate/people-run.ts";
import { evaluateRanking } from "./evaluate/ranking.ts";
import { printCurves, printTable, summary } from "./evaluate/report.ts";
import { type Split, splitByUser } from "./evaluate/split.ts";

/** Groups and imports are evaluated by flags of their own. */
const isAboutGroups = process.argv.includes("--groups");
const isAboutImports = process.argv.includes("--import");

const { values: options } = parseArgs({
  args: isAboutGroups || isAboutImports ? [] : process.argv.slice(2),
  allowNegative: true,
  options: {
    ratings: { type: "string" },
    format: { type: "string", default: "movielens" },
    test: { type: "string" },
    people: { type: "boolean", default: false },
    via: { type: "string", default: "domain" },
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "5" },
    rounds: { type: "string" },
    clients: { type: "string" },
    rows: { type: "string" },
    stale: { type: "boolean" },
    encoding: { type: "string", default: "i8" },
    settings: { type: "string", default: "{}" },
    curve: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

function wholeNumber(name: "seed" | "seeds" | "rounds" | "clients" | "rows"): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`--${name} must be a whole number, got ${text}`);
  return Number(text);
}

function oneOf<T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (!found) throw new Error(`--${name} must be one of ${known.join(", ")}, got ${text}`);
  return found;
}

function readTraining(seed: number, users: number): Training {
  const usual = options.via === "api" ? apiTraining(users) : DEFAULT_TRAINING;
  const own = z.partial(settingsSchema).parse(JSON.parse(options.settings));
  const people = options.people;
  return {
    ...usual,
    settings: { ...DEFAULT_SETTINGS, ...own },
    seed,
    people,
    rounds: wholeNumber("rounds") ?? usual.rounds,
    clientsPerCommit: wholeNumber("clients") ?? usual.clientsPerCommit,
    rowsAim: wholeNumber("rows") ?? null,
    ...(options.stale === undefined ? {} : options.stale ? STALE : { staleShare: 0, staleCommits: 0 }),
    encoding: oneOf("encoding", options.encoding, ["i8", "f32"] as const),
  };
}

/** Datasets over one numbering, so that a test file names the same users and items as the ratings. */
function readDatasets(): { ratings: Dataset; test: Dataset | undefined } {
  if (!options.ratings) throw new Error("--ratings FILE is needed");
  const format: Format = oneOf("format", options.people ? "csv" : options.format, [
    "movielens",
    "csv",
    "pairs",
  ]);
  const lines = parseRatings(readFileSync(options.ratings, "utf8"), format);
  const testLines = options.test ? parseRatings(readFileSync(options.test, "utf8"), format) : undefined;
  const index = new RatingIndex(options.people);
  index.add([...lines, ...(testLines ?? [])]);
  return { ratings: index.dataset(lines), test: testLines && index.dataset(testLines) };
}

function givenSplit(ratings: Dataset, test: Dataset): Split {
  const liked = ratings.users.map(({ rows }) => userRatings(new Map(Array.from(rows, (row) => [row, 1]))));
  return { train: { users: liked, itemCount: ratings.itemCount }, test: test.users.map(({ rows }) => rows) };
}

async function trainerOf(via: string): Promise<Trainer> {
  if (oneOf("via", via, ["domain", "api"] as const) === "domain") return trainFederated;
  return (await import("./evaluate/federated-api.ts")).trainThroughApi;
}

async function main(): Promise<void> {
  const { ratings, test } = readDatasets();
  const seed = wholeNumber("seed") ?? 1;
  const seeds = Array.from({ length: wholeNumber("seeds") ?? 5 }, (_, n) => seed + n);
  const trainer = await trainerOf(options.via);
  const trainingOf = (one: number) => readTraining(one, ratings.users.length);
  if (options.curve) {
    const curves = Object.entries(WAYS).map(([name, way]) => {
      const curveOf = (one: number) => learningCurve(splitByUser(ratings, one), way, trainingOf(one));
      return { name, points: meanCurve(seeds.map(curveOf)) };
    });
    const full = Math.max(...curves[0].points.slice(-20).map((point) => point.ndcg));
    const rows = curves.map(({ name, points }) => ({ name, points, at99: reaches(points, 0.99 * full) }));
    if (options.json) console.log(JSON.stringify({ fullNdcg: full, curves: rows, seeds }));
    else printCurves(full, rows, seeds);
    return;
  }
  if (options.people) {
    // Whatever is not a yes is a no: an answer of its own, unlike silence.
    const users = ratings.users.map(({ rows, values }) => ({
      rows,
      values: values.map((v) => (v > 0 ? 1 : -1)),
    }));
    const runs = [];
    for (const one of seeds) {
      runs.push(await evaluatePeople(splitByDyad({ ...ratings, users }, one), trainingOf(one), trainer));
    }
    report(summary(runs, seeds));
    return;
  }
  const runs = [];
  for (const one of seeds) {
    const split = test ? givenSplit(ratings, test) : splitByUser(ratings, one);
    runs.push(await evaluateRanking(split, trainingOf(one), trainer));
  }
  report(summary(runs, seeds));
}

function report(result: ReturnType<typeof summary>): void {
  if (options.json) console.log(JSON.stringify(result));
  else printTable(result);
}

if (isAboutGroups) await (await import("./evaluate/groups/command.ts")).evaluateGroups();
else if (isAboutImports) await (await import("./evaluate/import-run.ts")).evaluateImports();
else await main();
