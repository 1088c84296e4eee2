/**
 * One seed: a fresh community, operations and faults in an order of the seed's, then a drain without faults, then the
 * invariants. After TigerBeetle's simulator and the one-hot tests of Janus.
 */
import { emptyBucket } from "./bucket.ts";
import { restartClock } from "./clock.ts";
import { drain } from "./drain.ts";
import { checkInvariants } from "./invariants.ts";
import { dropInstances } from "./lambdas.ts";
import { OPERATIONS, Operations } from "./operations.ts";
import { createScene, foundCommunity, type Scene } from "./scene.ts";

const OPERATIONS_MIN = 20;
const OPERATIONS_MAX = 36;
const BUSY_MAX = 5;

export interface SeedResult {
  violation: Error | null;
  trace: string[];
  gradients: number;
  commits: number;
}

async function operate(scene: Scene): Promise<void> {
  const { random, lambdas } = scene;
  const operations = new Operations(scene);
  const count = random.whole(OPERATIONS_MIN, OPERATIONS_MAX);
  for (let n = 0; n < count; n++) {
    while (lambdas.busyCount >= BUSY_MAX) await lambdas.step();
    await operations.run(random.weighted(OPERATIONS));
    const pace = random.pick([0.5, 0.85, 0.97]);
    while (lambdas.busyCount > 0 && random.isHit(pace)) await lambdas.step();
  }
}

/** Answers how many commits there were. */
async function check({ community, clients, lambdas, ledger, queue }: Scene): Promise<number> {
  await clients.read(null);
  await clients.follow(null);
  await lambdas.finishAll();
  await clients.askEveryStatus();
  await clients.checkCounts();
  return checkInvariants(ledger, community, queue.deadLetters);
}

/** Runs a seed; its violation, if there is one, and what happened, line by line. */
export async function simulateSeed(seed: number): Promise<SeedResult> {
  restartClock();
  emptyBucket();
  const scene = createScene(seed);
  let commits = 0;
  let violation: Error | null = null;
  try {
    await foundCommunity(scene, seed);
    await operate(scene);
    await drain(scene);
    commits = await check(scene);
  } catch (error) {
    violation = error as Error;
    dropInstances();
  }
  return { violation, trace: scene.lambdas.trace, gradients: scene.ledger.promised.size, commits };
}
