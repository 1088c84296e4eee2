/**
 * `npm run ops -- COMMAND`: the runbook's steps, on the local system of `npm start` (--url, if not on port
 * 3000), or with --stage on a stack in AWS, with the credentials that the AWS SDK finds.
 * status: what waits, what was given up, what is overdue; exits 1 if anything was given up or is overdue.
 * dead-letters: the first of each queue's. redrive: sends them back; --queue NAME those of one queue.
 * restore --stage STAGE --to TIME [--keep TABLE,..] [--yes]: all tables go back to one second.
 */
import { parseArgs } from "node:util";
import { type QueueDepth, readQueueDepths } from "../src/infra/queue-depths.ts";
import { readDueCommunities } from "../src/infra/schedule-store.ts";
import { readDueSums } from "../src/infra/sum-store.ts";
import { findQueues, readDeadLetters, redrive, type StackQueue } from "./ops/queues.ts";
import { reachDeployedStack, reachLocalSystem } from "./ops/stack.ts";
import { restore } from "./restore/command.ts";

const USAGE =
  "npm run ops -- status|dead-letters|redrive|restore [--stage STAGE [--region REGION]] [--url URL]";
/** The ticks come each minute and each five; what is still due after them is overdue. */
const SUM_OVERDUE_MS = 2 * 60_000;
const ROUND_OVERDUE_MS = 10 * 60_000;

const options = {
  stage: { type: "string" },
  region: { type: "string" },
  url: { type: "string", default: "http://127.0.0.1:3000" },
  queue: { type: "string" },
  to: { type: "string", default: "" },
  keep: { type: "string", default: "" },
  yes: { type: "boolean", default: false },
} as const;

type Depths = ReadonlyMap<string, QueueDepth>;

function statusOf({ waiting, inFlight, delayed, deadLetters }: QueueDepth): string {
  const queued =
    waiting === undefined ? "" : `${waiting} waiting, ${inFlight} in flight, ${delayed} delayed, `;
  return `${queued}${deadLetters} dead letters`;
}

/** Answers whether all is well. */
async function printStatus(depths: Depths): Promise<boolean> {
  for (const [name, depth] of depths) console.log(`${name.padEnd(10)} ${statusOf(depth)}`);
  const sums = await readDueSums(Date.now() - SUM_OVERDUE_MS);
  const rounds = await readDueCommunities(Date.now() - ROUND_OVERDUE_MS);
  console.log(`sums overdue: ${sums.join(" ") || "none"}`);
  console.log(`rounds overdue: ${rounds.join(" ") || "none"}`);
  return [...depths.values()].every(({ deadLetters }) => deadLetters === 0) && !sums.length && !rounds.length;
}

async function printDeadLetters(queues: readonly StackQueue[], depths: Depths): Promise<void> {
  for (const queue of queues) {
    console.log(`${queue.name}: ${depths.get(queue.name)!.deadLetters}`);
    for (const line of await readDeadLetters(queue)) console.log(`  ${line}`);
  }
}

async function sendBack(queues: readonly StackQueue[], depths: Depths): Promise<void> {
  for (const queue of queues) {
    const { sent, left } = await redrive(queue, depths.get(queue.name)!.deadLetters);
    console.log(`${queue.name}: ${sent} sent back, ${left} unreadable ones left`);
  }
}

async function main(): Promise<boolean> {
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  const { stage, region, url, queue } = values;
  const [command] = positionals;
  if (positionals.length !== 1) throw new Error(USAGE);
  if (command === "restore") {
    if (!stage) throw new Error("restore is for a stack in AWS: name it with --stage");
    await restore({ ...values, stage });
    return true;
  }
  if (!["status", "dead-letters", "redrive"].includes(command)) throw new Error(USAGE);
  await (stage ? reachDeployedStack(stage, region) : reachLocalSystem(url));
  const all = findQueues(process.env);
  const queues = all.filter(({ name }) => queue === undefined || name === queue);
  if (queues.length === 0) throw new Error(`--queue is one of ${all.map(({ name }) => name).join(", ")}`);
  const depths = new Map((await readQueueDepths()).map((depth) => [depth.queue as string, depth]));
  if (command === "status") return printStatus(depths);
  await (command === "redrive" ? sendBack(queues, depths) : printDeadLetters(queues, depths));
  return true;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
