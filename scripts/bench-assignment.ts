/**
 * npm run bench:assignment -- [--case NAME] [--mdgplib DIR] [--every N] [--seconds S] [--seed N] [--json]
 *
 * Runs the assignment engine on the cases peers report, each beside its reference, in CPU seconds of one core. MDGPLIB
 * files are read from DIR/RanInt, DIR/RanReal, DIR/Geo; without DIR instances of the same distributions are made. The
 * case `season` takes every N-th of the published schedules.
 */
import { parseArgs } from "node:util";
import { exact, lowRank2000, lowRank100000, mdgA, mdgplib } from "./bench/affinity-cases.ts";
import { designedAffinity, golfer, onlineRepeats } from "./bench/diversity-cases.ts";
import type { BenchOptions, BenchResult } from "./bench/result.ts";
import { season } from "./bench/season-cases.ts";
import { slots } from "./bench/slot-cases.ts";

type Case = (options: BenchOptions) => Iterable<BenchResult> | AsyncIterable<BenchResult>;

const CASES: Record<string, Case> = {
  mdgplib,
  "mdg-a": mdgA,
  "low-rank-2000": lowRank2000,
  "low-rank-100000": lowRank100000,
  exact,
  "online-repeats": onlineRepeats,
  golfer,
  "designed-affinity": designedAffinity,
  season,
  slots,
};

const { values: flags } = parseArgs({
  options: {
    case: { type: "string" },
    mdgplib: { type: "string" },
    every: { type: "string" },
    seconds: { type: "string" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const names = flags.case ? [flags.case] : Object.keys(CASES);
const unknown = names.find((name) => !(name in CASES));
if (unknown) {
  console.error(`unknown case ${unknown}; there are ${Object.keys(CASES).join(", ")}`);
  process.exit(2);
}
const options = {
  seed: Number(flags.seed),
  seconds: flags.seconds ? Number(flags.seconds) : undefined,
  mdgplib: flags.mdgplib,
  every: flags.every ? Number(flags.every) : undefined,
};

const results: BenchResult[] = [];
for (const name of names)
  for await (const line of CASES[name](options)) {
    results.push(line);
    if (!flags.json) console.log(format(line));
  }
if (flags.json) console.log(JSON.stringify(results, null, 2));

function format(line: BenchResult): string {
  const number = (value: number | null) =>
    (value === null ? "-" : String(Math.round(value * 1000) / 1000)).padStart(11);
  const verdict = line.met === null ? "" : line.met ? "met" : "MISSED";
  const cpu = `${line.cpuSeconds.toFixed(1)} s`.padStart(8);
  return `${line.case.padEnd(18)}${line.instance.padEnd(44)}${cpu}${number(line.value)}  reference${number(line.reference)}  goal${number(line.goal)}  ${verdict}`;
}
