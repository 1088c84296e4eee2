/**
 * What learning costs a device, and what a whole federated run costs, beside the same arithmetic in numpy where python3 has
 * it. All is CPU time of one core, so that a busy machine tells the same.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LocalModel, readModelAnswer } from "../../src/client/local-model.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { itemGradients, solveUserFactors } from "../../src/domain/learning/factorization.ts";
import type { Ratings } from "../../src/domain/learning/weights.ts";
import { encodeValues } from "../../src/domain/messages/value-encoding.ts";
import { normal, uniform } from "../../src/domain/random.ts";
import { type Dataset, parseRatings, RatingIndex, userRatings } from "../evaluate/dataset.ts";
import { DEFAULT_TRAINING, lastOf, trainFederated } from "../evaluate/federated.ts";

const ROWS = 10_000;
const FACTORS = 32;
const RATINGS = 100;
const SOLVES = 200;

export interface ClientFigures {
  syncMs: number;
  mergeMs: number;
  solveMs: number;
  gradientMs: number;
  run: { clients: number; items: number; rounds: number; cpuSeconds: number; clockSeconds: number };
  /** Null where this machine's python3 has no numpy, or there is none. */
  numpy: { solveMs: number; runSeconds: number } | null;
}

/** `ratingsFile` has the form of MovieLens; without one the run is on generated ratings of MovieLens 100k's shape. */
export async function measureClient(seed: number, ratingsFile?: string): Promise<ClientFigures> {
  const dataset = ratingsFile
    ? new RatingIndex().dataset(parseRatings(readFileSync(ratingsFile, "utf8"), "movielens"))
    : generatedRatings(seed);
  return { ...measureDevice(seed), run: await measureRun(dataset, seed), numpy: measureNumpy(dataset) };
}

function cpuMs(work: () => void, repeats: number): number {
  work();
  const before = process.cpuUsage();
  for (let n = 0; n < repeats; n++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / repeats;
}

function modelAnswer(rows: number[], modelVersion: number, seed: number): string {
  const next = normal(seed + modelVersion);
  const values = Float32Array.from({ length: rows.length * (FACTORS + 1) }, () => next() / 10);
  return JSON.stringify({
    modelVersion,
    factors: FACTORS,
    rowCount: ROWS,
    items: rows.map((row) => ({ itemId: `item-${row}`, row })),
    ...encodeValues(values, FACTORS + 1, "i8"),
    settings: { alpha: 1, regularization: 10 },
  });
}

function measureDevice(seed: number): Pick<ClientFigures, "syncMs" | "mergeMs" | "solveMs" | "gradientMs"> {
  const everyRow = Array.from({ length: ROWS }, (_, row) => row);
  const whole = modelAnswer(everyRow, 1, seed);
  const tenth = everyRow.filter((row) => row % 10 === 0);
  const delta = modelAnswer(tenth, 2, seed);
  const model = new LocalModel(readModelAnswer(JSON.parse(whole)));
  const rated = everyRow.filter((row) => row % (ROWS / RATINGS) === 3);
  const ratings: Ratings = { rows: Uint32Array.from(rated), values: new Float32Array(RATINGS).fill(1) };
  const solve = () => solveUserFactors(model.items, ratings, model.rule);
  const userFactors = solve();
  const rows = Uint32Array.from(everyRow);
  return {
    syncMs: cpuMs(() => new LocalModel(readModelAnswer(JSON.parse(whole))), 5),
    mergeMs: cpuMs(() => model.merge(readModelAnswer(JSON.parse(delta))), 20),
    solveMs: cpuMs(solve, SOLVES),
    gradientMs: cpuMs(() => itemGradients(model.items, ratings, model.rule, userFactors, rows), 50),
  };
}

/** 943 users with some 80 of 1,682 items each. */
function generatedRatings(seed: number): Dataset {
  const next = uniform(seed);
  const users = Array.from({ length: 943 }, () => {
    const rated = Array.from({ length: 85 }, () => Math.floor(1682 * next() ** 2));
    return userRatings(new Map(rated.map((row) => [row, 1])));
  });
  return { users, itemCount: 1682 };
}

async function measureRun(dataset: Dataset, seed: number): Promise<ClientFigures["run"]> {
  const before = process.cpuUsage();
  const started = performance.now();
  await lastOf(trainFederated(dataset, { ...DEFAULT_TRAINING, settings: DEFAULT_SETTINGS, seed }));
  const { user, system } = process.cpuUsage(before);
  return {
    clients: dataset.users.length,
    items: dataset.itemCount,
    rounds: DEFAULT_TRAINING.rounds,
    cpuSeconds: (user + system) / 1e6,
    clockSeconds: (performance.now() - started) / 1000,
  };
}

function measureNumpy({ users, itemCount }: Dataset): ClientFigures["numpy"] {
  const { factors } = DEFAULT_SETTINGS;
  const { rounds } = DEFAULT_TRAINING;
  const rated = users.map(({ rows }) => Array.from(rows));
  const solveMs = python("numpy-solve.py", [ROWS, FACTORS, RATINGS, SOLVES]);
  if (solveMs === null) return null;
  const runSeconds = python("numpy-federated.py", [], { users: rated, itemCount, factors, rounds });
  return runSeconds === null ? null : { solveMs, runSeconds };
}

/** What a script of this folder prints; one thread, as a device's. */
function python(script: string, args: number[], input?: object): number | null {
  const env = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  const { status, stdout } = spawnSync("python3", [join(import.meta.dirname, script), ...args.map(String)], {
    encoding: "utf8",
    env,
    input: input && JSON.stringify(input),
  });
  return status === 0 ? Number(stdout) : null;
}
