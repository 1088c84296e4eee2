/** Means and spreads over seeds, as one object or as a table. */
import type { CurvePoint } from "./curve.ts";

/** A tree of measured numbers, the same shape for every seed. */
export interface Measures {
  [name: string]: number | Measures;
}

interface Run {
  models: object;
  commits: number;
  bytesUpPerUser: number;
  bytesDownPerUser: number;
  seconds: number;
}

export interface Summary {
  models: Measures;
  /** Standard deviations over seeds, shaped like `models`. */
  spread: Measures;
  commits: number;
  bytesUpPerUser: number;
  bytesDownPerUser: number;
  seconds: number;
  seeds: number[];
}

export function summary(runs: Run[], seeds: number[]): Summary {
  const models = runs.map((run) => run.models as Measures);
  return {
    models: combined(models, mean),
    spread: combined(models, standardDeviation),
    commits: mean(runs.map((run) => run.commits)),
    bytesUpPerUser: Math.round(mean(runs.map((run) => run.bytesUpPerUser))),
    bytesDownPerUser: Math.round(mean(runs.map((run) => run.bytesDownPerUser))),
    seconds: mean(runs.map((run) => run.seconds)),
    seeds,
  };
}

function combined(trees: Measures[], combine: (values: number[]) => number): Measures {
  const result: Measures = {};
  for (const name of Object.keys(trees[0])) {
    const children = trees.map((tree) => tree[name]);
    result[name] =
      typeof children[0] === "number"
        ? combine(children as number[])
        : combined(children as Measures[], combine);
  }
  return result;
}

function mean(values: number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function standardDeviation(values: number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** Names of nested measures joined by a dot, in order. */
function flat(measures: Measures, prefix = ""): [string, number][] {
  return Object.entries(measures).flatMap(([name, value]): [string, number][] =>
    typeof value === "number" ? [[prefix + name, value]] : flat(value, `${prefix + name}.`),
  );
}

export function printTable(result: Summary): void {
  const names = Object.keys(result.models);
  const columns = names.map((name) => new Map(flat(result.models[name] as Measures)));
  const spreads = names.map((name) => new Map(flat(result.spread[name] as Measures)));
  console.log("".padEnd(28) + names.map((name) => name.padStart(16)).join(""));
  for (const measure of columns[0].keys()) {
    const cells = columns.map(
      (column, n) => `${column.get(measure)!.toFixed(4)} ±${spreads[n].get(measure)!.toFixed(4)}`,
    );
    console.log(measure.padEnd(28) + cells.map((cell) => cell.padStart(16)).join(""));
  }
  console.log(
    `federated: ${Math.round(result.commits)} commits; a user ${kilobytes(result.bytesUpPerUser)} up, ` +
      `${kilobytes(result.bytesDownPerUser)} down; ${result.seconds.toFixed(1)} s a run; seeds ${result.seeds.join(", ")}`,
  );
}

export function printCurves(
  full: number,
  rows: { name: string; points: CurvePoint[]; at99?: CurvePoint }[],
  seeds: readonly number[],
): void {
  const meaning = `the best of the last 20 rounds of the first way; means of seeds ${seeds.join(", ")}`;
  console.log(`full NDCG@10 ${full.toFixed(4)}: ${meaning}`);
  const dense = rows[0].at99?.bytesPerUser;
  for (const { name, points, at99 } of rows) {
    const reached = at99
      ? `99% in round ${at99.rounds} for ${kilobytes(at99.bytesPerUser)} (${((100 * at99.bytesPerUser) / (dense ?? 1)).toFixed(1)}%)`
      : "99% not reached";
    console.log(`${name.padEnd(36)} ${reached}`);
    const shown = points.filter((point) => point.rounds % Math.ceil(points.length / 10) === 0);
    console.log(shown.map((point) => `  ${kilobytes(point.bytesPerUser)} ${point.ndcg.toFixed(4)}`).join(""));
  }
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
