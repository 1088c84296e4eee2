/**
 * `npm run simulate -- --calls`: a fault at every AWS call of every handler. Each handler does a
 * representative run; then the same run is done again for each of its calls and each fault, is repeated as
 * its caller would, and all drains. What the stores hold in the end, and what the caller is told, must be
 * what it is without the fault.
 */
import { fileURLToPath } from "node:url";
import type { APIGatewayProxyStructuredResultV2, SQSBatchResponse } from "aws-lambda";
import { dynamodb } from "../../../src/infra/aws.ts";
import { emptyBucket } from "../../../tests/simulation/bucket.ts";
import { advanceClock, restartClock } from "../../../tests/simulation/clock.ts";
import type { Fault, FaultKind } from "../../../tests/simulation/faults.ts";
import { Violation } from "../../../tests/simulation/ledger.ts";
import { readTemplate } from "../../local/template/template.ts";
import { startSimulatedStores } from "../simulated-stores.ts";
import type { Occasion, Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { differences, hide, readState, type State } from "./state.ts";
import { LoadedInstance, type Requests, World } from "./world.ts";

/** These ask AWS for nothing. */
const WITHOUT_CALLS = ["get-health", "get-openapi", "get-console"];
const TEMPLATE = fileURLToPath(new URL("../../../serverless.yml", import.meta.url));
const REPEATS_MAX = 3;
const LASTING = 1000;
/** More than the smallest training has sums. */
const IMPORT_TICKS = 40;
/** A sum that a lasting fault keeps from its commit is told of, and what was told stays. */
const TOLD_OF_LASTING = "notices notice sum.stalled";
/** Of a stored value. */
const TOLD_LENGTH = 80;
const SECONDS_MS = 1000;
const DAY_MS = 86_400 * SECONDS_MS;

interface Ended {
  commands: string[];
  /** What the caller was told first and last; null for what answers nobody. */
  answers: { first: Answer | null; last: Answer | null };
  state: State;
}

interface Answer {
  status: number;
  body: string;
}

let worlds = 0;
let warm: LoadedInstance;

function answerOf({ outcome, isDead }: Requests): Answer {
  if (isDead || outcome instanceof Error) return { status: 504, body: "" };
  const { statusCode = 0, body = "" } = outcome as APIGatewayProxyStructuredResultV2;
  return { status: statusCode, body };
}

/** The caller's part: a call is made again until it is answered, messages come back, a tick comes anyway. */
async function repeat(
  world: World,
  { handler }: Scenario,
  occasion: Occasion,
  first: Requests,
  instance: LoadedInstance,
): Promise<Answer | null> {
  if ("received" in occasion) {
    if (!first.isDead) world.settle(occasion.queue, occasion.received, first.outcome);
    await world.deliver(occasion.queue, handler, instance);
    return null;
  }
  if (!("call" in occasion)) {
    // The stream, the signals' queue and Lambda deliver again what has failed.
    const { batchItemFailures = [] } = (first.outcome ?? {}) as Partial<SQSBatchResponse>;
    const isFailed = first.isDead || first.outcome instanceof Error || batchItemFailures.length > 0;
    if (isFailed) await world.free(handler, occasion.event, instance);
    return null;
  }
  let answer = answerOf(first);
  for (let times = 0; answer.status >= 500; times++) {
    if (times === REPEATS_MAX) throw new Violation(`is still answered ${answer.status} ${answer.body}`);
    const outcome = await world.free(handler, world.apiEvent(occasion.call), instance);
    answer = answerOf({ commands: [], outcome, isDead: false });
  }
  return answer;
}

/** Time goes by without faults: queues, ticks and sweeps, until nothing is left to do. */
async function drain(world: World): Promise<void> {
  await world.drainQueues();
  for (const waitMs of [0, 10 * SECONDS_MS, 120 * SECONDS_MS]) {
    advanceClock(waitMs);
    await world.tick("commit-sums");
    await world.tick("publish-due-rounds");
    await world.tick("delete-community");
    await world.free("assign-groups", world.streamEvent());
    await world.drainQueues();
  }
  // One step a tick, a lease that is over after five minutes.
  for (let ticks = 0; world.hasImports && ticks < IMPORT_TICKS; ticks++) {
    advanceClock(60 * SECONDS_MS);
    await world.tick("run-imports");
  }
  for (let sweeps = 0; sweeps < 3; sweeps++) {
    advanceClock(DAY_MS + SECONDS_MS);
    await world.tick("sweep-objects");
  }
}

async function run(scenario: Scenario, fault: Fault | null): Promise<Ended> {
  restartClock();
  emptyBucket();
  const world = new World(worlds++, warm);
  if (!scenario.isFirst) await world.found(dynamodb, scenario.settings ?? {});
  await scenario.prepare?.(world);
  const occasion = await scenario.occasion(world);
  const event = "call" in occasion ? world.apiEvent(occasion.call) : occasion.event;
  // A cold one: it reads the secret too, and has nothing in memory.
  const instance = new LoadedInstance();
  const requests = await world.stepwise(instance, scenario.handler, event, fault);
  const first = "call" in occasion ? answerOf(requests) : null;
  // Where it lives it serves on, with what it keeps in memory.
  const next = requests.isDead ? warm : instance;
  const last = await repeat(world, scenario, occasion, requests, next);
  await drain(world);
  const state = await readState(dynamodb, world.community);
  await hide(dynamodb, world.community);
  return { commands: requests.commands, answers: { first, last }, state };
}

function kindsFor(command: string): { kind: FaultKind; times: number }[] {
  const kinds: FaultKind[] = ["crash-before", "crash-after", "response-lost", "throttled"];
  if (!command.startsWith("S3")) kinds.push("response-lost-once");
  if (/Transact|Update|Put|Delete/.test(command) && !command.startsWith("S3")) kinds.push("conflict");
  if (command.startsWith("Transact")) kinds.push("in-progress");
  if (command === "S3 GET") kinds.push("unsent"); // the body breaks off, each time that the client asks
  const once = kinds.map((kind) => ({ kind, times: 1 }));
  return [...once, { kind: "throttled", times: LASTING }];
}

/** Each call of a run, and each fault of it. */
function faultsOf(commands: readonly string[]): Fault[] {
  const counts = new Map<string, number>();
  return commands.flatMap((short) => {
    const command = short.startsWith("S3") ? short : `${short}Command`;
    const from = counts.get(short) ?? 0;
    counts.set(short, from + 1);
    return kindsFor(short).map(({ kind, times }) => ({ kind, command, from, times }));
  });
}

function check(scenario: Scenario, ended: Ended, expected: Ended, noise: ReadonlySet<string>): void {
  const { first, last } = ended.answers;
  const wanted = expected.answers.last;
  if (first && first.status < 500 && first.status !== wanted!.status)
    throw new Violation(`the fault was answered ${first.status} ${first.body}, not ${wanted!.status}`);
  if (last && last.status >= 400 && last.status !== scenario.answerAgain)
    throw new Violation(`was answered ${last.status} ${last.body}`);
  if (scenario.isRepeated) return;
  const [different, ...others] = differences(ended.state, expected.state, noise);
  if (different === undefined) return;
  const [is, was] = [ended.state.get(different), expected.state.get(different)];
  const told = (value: string | undefined) => value?.slice(0, TOLD_LENGTH);
  throw new Violation(`${different} is ${told(is)}, not ${told(was)}; ${others.length} more`);
}

async function runScenario(scenario: Scenario, totals: { runs: number; found: number }): Promise<void> {
  const name = `${scenario.handler}, ${scenario.what}`;
  const expected = await run(scenario, null);
  const again = await run(scenario, null);
  if ((expected.answers.last?.status ?? 200) >= 300)
    throw new Error(`${name}: ${expected.answers.last?.body}`);
  const noise = new Set(differences(again.state, expected.state, new Set()));
  const faults = faultsOf(expected.commands);
  let found = 0;
  for (const fault of faults) {
    const { kind, command, from, times } = fault;
    try {
      const explained = times === LASTING ? new Set([...noise, TOLD_OF_LASTING]) : noise;
      check(scenario, await run(scenario, fault), expected, explained);
    } catch (error) {
      found++;
      const how = `${kind}${times > 1 ? ", lasting," : ""} at ${command} ${from + 1}`;
      const reason = error instanceof Violation ? error.message : String((error as Error).stack);
      console.log(`${name}: ${how}: ${reason}`);
      warm = new LoadedInstance();
    }
  }
  totals.runs += faults.length;
  totals.found += found;
  console.log(`${name}: ${expected.commands.length} calls, ${faults.length} faults, ${found} violations`);
}

function checkComplete(): void {
  const missing = Object.keys(readTemplate(TEMPLATE, {}).functions).filter(
    (name) => !WITHOUT_CALLS.includes(name) && !SCENARIOS.some(({ handler }) => handler === name),
  );
  if (missing.length > 0) throw new Error(`no scenario runs ${missing.join(", ")}`);
}

/** Runs the scenarios of one handler, or of all. Answers whether nothing was violated. */
export async function runCalls(only: string | undefined): Promise<boolean> {
  checkComplete();
  const startedMs = performance.now();
  const stores = await startSimulatedStores();
  warm = new LoadedInstance();
  const scenarios = SCENARIOS.filter(({ handler }) => only === undefined || handler === only);
  const totals = { runs: 0, found: 0 };
  for (const scenario of scenarios) await runScenario(scenario, totals);
  await stores.stop();
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.log(
    `${scenarios.length} runs of handlers, ${totals.runs} faults, ${totals.found} violations, ${seconds} s`,
  );
  return totals.found === 0;
}
