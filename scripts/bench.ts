/**
 * `npm run bench -- [--only submit|consumer|cost|bundles|client|large|sync|recommendations|console|secure]
 * [--seconds N] [--seed N] [--ratings u.data] [--json]`: the system's figures beside references measured in
 * the same run, and whether its goals are met. Timings on a machine that others use are theirs too: the load
 * is printed, and CPU time stands beside what the clock says.
 */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { measureBundles } from "./bench/bundles.ts";
import { amount, type Section, write } from "./bench/report.ts";
import {
  bundlesSection,
  clientSection,
  consoleSection,
  consumerSection,
  largeSection,
  recommendationsSection,
  submitSection,
  syncSection,
} from "./bench/sections.ts";

const MEASUREMENTS = [
  "consumer",
  "submit",
  "cost",
  "bundles",
  "client",
  "large",
  "sync",
  "recommendations",
  "console",
  "secure",
] as const;
type Measurement = (typeof MEASUREMENTS)[number];

interface Options {
  only: readonly Measurement[];
  seconds: number;
  seed: number;
  /** For the federated run; generated without. */
  ratings?: string;
  json: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      seconds: { type: "string", default: "10" },
      seed: { type: "string", default: "1" },
      ratings: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const only = MEASUREMENTS.filter((name) => values.only === undefined || values.only === name);
  if (only.length === 0) throw new Error(`--only ${values.only}: choose of ${MEASUREMENTS.join(", ")}`);
  const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
  if (!(seconds > 0)) throw new Error(`--seconds ${values.seconds} is no time`);
  if (!Number.isInteger(seed)) throw new Error(`--seed ${values.seed} is no whole number`);
  return { only, seconds, seed, ratings: values.ratings, json: values.json };
}

function describeMachine(seed: number) {
  const versionOf = (file: string) =>
    JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")).version as string;
  return {
    cores: availableParallelism(),
    cpu: cpus()[0].model,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0],
    node: process.version,
    tertulia: versionOf("../package.json"),
    sdk: versionOf("../node_modules/@aws-sdk/client-dynamodb/package.json"),
    dynoxide: versionOf("../node_modules/@dynoxide/linux-x64/package.json"),
    fauxqs: versionOf("../node_modules/fauxqs/package.json"),
    seed,
  };
}

/** The measurements import the AWS clients, so they are imported one by one, each when its turn has come. */
async function measure(
  name: Measurement,
  { seconds, seed, ratings }: Options,
): Promise<{ figures: object; section: Section }> {
  if (name === "consumer") {
    const { measureConsumer } = await import("./bench/consumer.ts");
    const figures = await measureConsumer(seed);
    return { figures, section: consumerSection(figures) };
  }
  if (name === "submit") {
    const { measureSubmit } = await import("./bench/submit.ts");
    const figures = await measureSubmit(seconds, seed);
    return { figures, section: submitSection(figures, availableParallelism()) };
  }
  if (name === "cost") {
    const { measureCost } = await import("./bench/cost.ts");
    const { costJson, costSection } = await import("./bench/cost-section.ts");
    const costs = await measureCost(seed);
    return { figures: costJson(costs), section: costSection(costs) };
  }
  if (name === "client") {
    const { measureClient } = await import("./bench/client.ts");
    const figures = await measureClient(seed, ratings);
    return { figures, section: clientSection(figures) };
  }
  if (name === "sync") {
    const { measureSync } = await import("./bench/sync.ts");
    const figures = await measureSync(seed);
    return { figures, section: syncSection(figures) };
  }
  if (name === "large") {
    const { measureLarge } = await import("./bench/large.ts");
    const figures = await measureLarge(seed);
    return { figures, section: largeSection(figures) };
  }
  if (name === "recommendations") {
    const { measureRecommendations } = await import("./bench/recommendations.ts");
    const figures = await measureRecommendations(seed);
    return { figures, section: recommendationsSection(figures) };
  }
  if (name === "console") {
    const { measureConsole } = await import("./bench/console.ts");
    const figures = await measureConsole();
    return { figures, section: consoleSection(figures) };
  }
  if (name === "secure") {
    const { measureSecure, secureSection } = await import("./bench/secure.ts");
    const figures = await measureSecure(seed);
    return { figures, section: secureSection(figures) };
  }
  const figures = await measureBundles();
  return { figures, section: bundlesSection(figures) };
}

const options = readOptions();
process.env.AWS_LAMBDA_LOG_LEVEL = "WARN"; // what the handlers tell would stand between the figures
const machine = describeMachine(options.seed);
const out = (text: string) => process.stdout.write(`${text}\n`);
if (!options.json) {
  const { cores, cpu, memoryGb, load, node, tertulia, sdk, dynoxide, fauxqs, seed } = machine;
  out(`${cores} cores ${cpu}, ${memoryGb} GB, load ${amount(load, 1)} before the start`);
  out(
    `Node ${node}, tertulia ${tertulia}, AWS SDK ${sdk}, dynoxide ${dynoxide}, fauxqs ${fauxqs}, seed ${seed}\n`,
  );
}
const results: Record<string, { figures: object; goals: readonly object[] }> = {};
for (const name of options.only) {
  const { figures, section } = await measure(name, options);
  results[name] = { figures, goals: section.goals };
  if (!options.json) out(write(section));
}
// The months of `--only cost` stand on top, for whoever watches them.
const { cost, ...others } = results;
const top = options.only.length === 1 && cost ? { ...cost.figures, goals: cost.goals } : { cost, ...others };
if (options.json) out(JSON.stringify({ ...top, machine }, null, 2));
