/**
 * `npm run simulate -- --seeds N --seed S`: the seeded simulation of the exactly-once promise on the embedded stores. With
 * --seed S it begins at seed S, and runs that one alone unless --seeds says more. A failure prints its seed and exits 1.
 * --memberships: joins, leaves, returns, blocks and bans instead of gradients.
 */
import { parseArgs } from "node:util";
import { s3 } from "../src/infra/aws.ts";
import { installClock } from "../tests/simulation/clock.ts";
import { interceptS3 } from "../tests/simulation/instances.ts";
import { simulateMemberships } from "../tests/simulation/simulate-memberships.ts";
import { simulateSeed } from "../tests/simulation/simulate-seed.ts";
import { startTables } from "../tests/stores.ts";

const SEEDS_DEFAULT = 200;

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} ${text} is no whole number`);
  return value;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string" },
      seed: { type: "string" },
      trace: { type: "boolean", default: false },
      memberships: { type: "boolean", default: false },
    },
  });
  const first = wholeNumber("seed", values.seed ?? "1");
  const seeds = wholeNumber(
    "seeds",
    values.seeds ?? (values.seed === undefined ? String(SEEDS_DEFAULT) : "1"),
  );
  return { first, seeds, isTraced: values.trace, isOfMemberships: values.memberships };
}

const { first, seeds, isTraced, isOfMemberships } = readOptions();
const simulate = isOfMemberships ? simulateMemberships : simulateSeed;
const startedMs = performance.now();
const stores = await startTables();
process.env.GRADIENTS_QUEUE = "simulated";
process.env.SIGNALS_QUEUE = "simulated";
process.env.OBJECTS_BUCKET = "simulated";
process.env.AWS_LAMBDA_LOG_LEVEL = "FATAL";
console.error = () => {}; // handlers tell of the faults that they met
installClock();
interceptS3(s3);
const total = { gradients: 0, commits: 0, requests: 0, failures: 0 };
for (let seed = first; seed < first + seeds; seed++) {
  const { violation, trace, gradients, commits } = await simulate(seed);
  total.gradients += gradients;
  total.commits += commits;
  total.requests += trace.length;
  if (isTraced) for (const line of trace) console.log(line);
  if (!violation) continue;
  total.failures++;
  console.log(`seed ${seed}: ${violation.message}`);
  console.log(`again: npm run simulate -- ${isOfMemberships ? "--memberships " : ""}--seed ${seed} --trace`);
}
await stores.stop();
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
console.log(
  `${seeds} seeds, ${total.failures} failed; ${total.gradients} gradients, ${total.commits} commits, ${seconds} s`,
);
process.exitCode = total.failures > 0 ? 1 : 0;
