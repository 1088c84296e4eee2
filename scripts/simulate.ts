/**
 * `npm run simulate`: campaigns against the exactly-once promise. Each tells violations, and then exits 1.
 * --seeds N: seeded runs. With --seed S it begins at S, and runs that one alone unless --seeds says more.
 * --memberships: joins, leaves, returns, blocks and bans instead of gradients.
 * --secure: secure sums, with the helper's stack beside the leader's.
 * --kill N: kill -9 of the local system under load, N times.
 * --calls: a fault at every AWS call of every handler; --handler NAME of one alone.
 * --day: eight hours of the traffic of 10,000 members in ten minutes; --minutes M of them, --members N.
 */
import { parseArgs } from "node:util";
import { runCalls } from "./simulate/calls/campaign.ts";
import { runDay } from "./simulate/day.ts";
import { runKills } from "./simulate/kill.ts";
import { runSeeds } from "./simulate/seeds.ts";

const SEEDS_DEFAULT = 200;

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} ${text} is no whole number`);
  return value;
}

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
    memberships: { type: "boolean", default: false },
    secure: { type: "boolean", default: false },
    kill: { type: "string" },
    calls: { type: "boolean", default: false },
    handler: { type: "string" },
    day: { type: "boolean", default: false },
    minutes: { type: "string", default: "10" },
    members: { type: "string", default: "10000" },
  },
});

const first = wholeNumber("seed", values.seed ?? "1");

function run(): Promise<boolean> {
  if (values.kill !== undefined) return runKills(wholeNumber("kill", values.kill), first);
  if (values.calls) return runCalls(values.handler);
  if (values.day) {
    const [members, minutes] = [values.members, values.minutes].map(Number);
    return runDay({ members, minutes, seed: first });
  }
  const seedsDefault = values.seed === undefined ? String(SEEDS_DEFAULT) : "1";
  const seeds = wholeNumber("seeds", values.seeds ?? seedsDefault);
  const campaign = values.secure ? "secure" : values.memberships ? "memberships" : "gradients";
  return runSeeds({ first, seeds, isTraced: values.trace, campaign });
}

// A handler that was killed may still hold a timer of up to half a minute.
process.exit((await run()) ? 0 : 1);
