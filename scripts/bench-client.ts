/**
 * npm run bench:client -- [--ratings u.data] [--json]
 *
 * What learning costs a device, and what a whole federated run costs: CPU time of one core, so that a busy machine tells the same.
 * Without a file the run is on generated ratings of MovieLens 100k's shape, which cost the same.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LocalModel, readModelAnswer } from "../src/client/local-model.ts";
import { itemGradients, type Ratings, solveUserFactors } from "../src/domain/factorization.ts";
import { normal, uniform } from "../src/domain/random.ts";
import { DEFAULT_SETTINGS } from "../src/domain/settings.ts";
import { encodeValues } from "../src/domain/value-encoding.ts";
import { type Dataset, parseRatings, RatingIndex, userRatings } from "./evaluate/dataset.ts";
import { DEFAULT_TRAINING, lastOf, trainFederated } from "./evaluate/federated.ts";

const { values: options } = parseArgs({
  options: { ratings: { type: "string" }, json: { type: "boolean", default: false } },
});

const ROWS = 10_000;
const FACTORS = 32;
const RATINGS = 100;
const REPEATS = 50;

interface Line {
  case: string;
  value: number;
  unit: "ms" | "s";
  goal: number | null;
  /** The same arithmetic in numpy, where this machine has it. */
  numpy: number | null;
}

function cpuMs(run: () => void, repeats = REPEATS): number {
  run();
  const before = process.cpuUsage();
  for (let n = 0; n < repeats; n++) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / repeats;
}

function modelAnswer(rows: number[], modelVersion: number) {
  const values = Float32Array.from({ length: rows.length * (FACTORS + 1) }, normal(modelVersion + 1));
  return {
    modelVersion,
    factors: FACTORS,
    rowCount: ROWS,
    items: rows.map((row) => ({ itemId: `item-${row}`, row })),
    ...encodeValues(
      values.map((value) => value / 10),
      FACTORS + 1,
      "i8",
    ),
    settings: { alpha: 1, regularization: 10 },
  };
}

function deviceLines(): Line[] {
  const everyRow = Array.from({ length: ROWS }, (_, row) => row);
  const whole = JSON.stringify(modelAnswer(everyRow, 1));
  const delta = JSON.stringify(
    modelAnswer(
      everyRow.filter((row) => row % 10 === 0),
      2,
    ),
  );
  const model = new LocalModel(readModelAnswer(JSON.parse(whole)));
  const rated = everyRow.filter((row) => row % (ROWS / RATINGS) === 3);
  const ratings: Ratings = { rows: Uint32Array.from(rated), values: new Float32Array(RATINGS).fill(1) };
  const solve = () => solveUserFactors(model.items, ratings, model.rule, model.gram);
  const userFactors = solve();
  const rows = Uint32Array.from(everyRow);
  const line = (name: string, value: number, goal: number | null = null): Line => {
    return { case: name, value, unit: "ms", goal, numpy: null };
  };
  return [
    line(
      "sync: the whole model, 10,000 x 33 in int8",
      cpuMs(() => new LocalModel(readModelAnswer(JSON.parse(whole))), 5),
    ),
    line(
      "sync: 1,000 changed rows",
      cpuMs(() => model.merge(readModelAnswer(JSON.parse(delta))), 20),
    ),
    { ...line("train: one solve, 100 ratings", cpuMs(solve), 20), numpy: numpyMs() },
    line(
      "contribute: the dense gradient",
      cpuMs(() => itemGradients(model.items, ratings, model.rule, userFactors, rows)),
    ),
  ];
}

function numpyMs(): number | null {
  const script = join(import.meta.dirname, "bench/numpy-solve.py");
  const args = [script, ROWS, FACTORS, RATINGS, REPEATS].map(String);
  const { status, stdout } = spawnSync("python3", args, { encoding: "utf8" });
  return status === 0 ? Number(stdout) : null;
}

/** 943 users with 80 of 1,682 items each. */
function generatedRatings(): Dataset {
  const next = uniform(1);
  const users = Array.from({ length: 943 }, () => {
    const rated = Array.from({ length: 85 }, () => Math.floor(1682 * next() ** 2));
    return userRatings(new Map(rated.map((row) => [row, 1])));
  });
  return { users, itemCount: 1682 };
}

async function runLine(): Promise<Line> {
  const dataset = options.ratings
    ? new RatingIndex().dataset(parseRatings(readFileSync(options.ratings, "utf8"), "movielens"))
    : generatedRatings();
  const before = process.cpuUsage();
  await lastOf(trainFederated(dataset, { ...DEFAULT_TRAINING, settings: DEFAULT_SETTINGS, seed: 1 }));
  const { user, system } = process.cpuUsage(before);
  const name = `federated run: ${dataset.users.length} clients, ${DEFAULT_TRAINING.rounds} rounds`;
  return { case: name, value: (user + system) / 1e6, unit: "s", goal: 60, numpy: null };
}

const lines = [...deviceLines(), await runLine()];
if (options.json) console.log(JSON.stringify(lines));
else {
  for (const { case: name, value, unit, goal, numpy } of lines) {
    const beside = [
      goal === null ? "" : `goal ${goal} ${unit}`,
      numpy === null ? "" : `numpy ${numpy.toFixed(2)} ms`,
    ];
    console.log(
      `${name.padEnd(46)} ${value.toFixed(2).padStart(8)} ${unit}  ${beside.filter(Boolean).join(", ")}`,
    );
  }
}
