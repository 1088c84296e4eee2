/** The end of a seed, without faults: whatever waits comes to its end, or never will. */
import { readHead } from "../../src/infra/head-store.ts";
import { readSum } from "../../src/infra/sum-store.ts";
import { advanceClock } from "./clock.ts";
import { Violation } from "./ledger.ts";
import { DAY_MS, passDays, SCHEDULED_EVENT, type Scene, SECOND_MS } from "./scene.ts";

const ROUNDS_MAX = 60;

/** Clients repeat what was not answered, and every message comes back until it is done or dead. */
export async function drain(scene: Scene): Promise<void> {
  const { lambdas, clients } = scene;
  await lambdas.finishAll();
  await clients.repeatUnanswered();
  await drainQueue(scene);
  await drainSums(scene);
  await drainGarbage(scene);
}

export async function drainQueue({ lambdas, queue }: Pick<Scene, "lambdas" | "queue">): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    for (const message of [...queue.invisible]) queue.expire(message);
    const received = queue.receive(10);
    if (received.length === 0 && queue.isEmpty) return;
    if (received.length > 0) await lambdas.consume(received, null, true);
    await lambdas.finishAll();
  }
  throw new Violation(`the queue is not empty after ${ROUNDS_MAX} rounds`);
}

/**
 * Ticks, until the sums that wait are due: after seconds, after hours, or after a week for want of members.
 */
export async function drainSums({ lambdas, community }: Pick<Scene, "lambdas" | "community">): Promise<void> {
  for (const waitMs of [0, 10 * SECOND_MS, DAY_MS, 7 * DAY_MS]) {
    advanceClock(waitMs);
    await lambdas.wake("commit-sums", SCHEDULED_EVENT, null);
    await lambdas.finishAll();
    const head = (await readHead(community))!;
    const open = await readSum(community, head.openSum);
    if (!open && head.committedSum + 1 === head.openSum) return;
  }
  throw new Violation("I1: a sum waits for ever");
}

async function drainGarbage(scene: Scene): Promise<void> {
  for (let sweeps = 0; sweeps < 3; sweeps++) {
    await passDays(scene, 1);
    await scene.lambdas.wake("sweep-objects", SCHEDULED_EVENT, null);
    await scene.lambdas.finishAll();
  }
}
