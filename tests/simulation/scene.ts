/** What one seed runs on: a community, its clients, a queue, the Lambdas, and what was promised to whom. */
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { createHead } from "../../src/infra/head-store.ts";
import { headOf } from "../fixtures/head.ts";
import { Clients } from "./clients.ts";
import { advanceClock, clockMs } from "./clock.ts";
import { Lambdas } from "./lambdas.ts";
import { Ledger } from "./ledger.ts";
import { SimulatedQueue } from "./queue.ts";
import { RandomSource } from "./random-source.ts";
import { SENDERS } from "./workload.ts";

export const SECOND_MS = 1000;
export const HOUR_MS = 3600 * SECOND_MS;
export const DAY_MS = 24 * HOUR_MS;
/** What EventBridge Scheduler wakes a worker with. */
export const SCHEDULED_EVENT = { "detail-type": "Scheduled Event", detail: "{}" };

export interface Scene {
  community: string;
  random: RandomSource;
  queue: SimulatedQueue;
  lambdas: Lambdas;
  ledger: Ledger;
  clients: Clients;
}

let scenes = 0;

export function createScene(seed: number): Scene {
  scenes++;
  const community = `seed-${seed}-${scenes}`;
  const random = new RandomSource(seed);
  const queue = new SimulatedQueue(random);
  const lambdas = new Lambdas(random, queue);
  const factors = random.pick([2, 3]);
  const ledger = new Ledger(factors + 1, random.pick([1, 2, 4, 50]));
  const clients = new Clients(community, random, lambdas, ledger);
  return { community, random, queue, lambdas, ledger, clients };
}

/**
 * A community whose rows fill one to five matrix blocks, four of its members real ones, and a first look at
 * its model.
 */
export async function foundCommunity(scene: Scene, seed: number): Promise<void> {
  const { community, random, ledger, clients, lambdas } = scene;
  const factors = ledger.width - 1;
  const rowCount = random.whole(2, 10);
  ledger.memberCount = rowCount;
  const counts = { rosterVersion: rowCount, rowCount, memberCount: rowCount, itemCount: rowCount };
  const head = headOf(community, {
    ...{ ...counts, seed, createdAtMs: clockMs() },
    settings: {
      ...DEFAULT_SETTINGS,
      factors,
      optimizer: "sgd",
      learningRate: 1,
      regularization: 0,
      aggregation: "sum",
      clipNorm: null,
      stalenessVersionsMax: ledger.stalenessVersionsMax,
      gradientsPerHourMax: null,
      sumMembersMin: random.pick([1, 1, 2, 3]),
      sumSecondsMin: random.pick([0, 5]),
      sumHoursMax: random.pick([1, 24]),
      gradientsPerSumMax: random.pick([null, 1, 2]),
    },
  });
  await createHead(head);
  for (const user of [...SENDERS, "ben"]) await clients.join(user, null);
  await lambdas.finishAll();
  await clients.read(null);
  await lambdas.finishAll();
}

/** An invocation ends within minutes: none is under way while hours pass. */
export async function passDays({ lambdas }: Scene, days: number): Promise<void> {
  await lambdas.finishAll();
  advanceClock(days * DAY_MS + HOUR_MS);
}
