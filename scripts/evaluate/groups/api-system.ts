/** The whole pipe: the embedded system, a community for each penalty, and every member a device of its own behind the SDK. */
import { uniform } from "../../../src/domain/random.ts";
import { House } from "../../demo/house.ts";
import { startLocalSystem } from "../../local/system.ts";
import type { System } from "./frontier.ts";
import { contributionsOf } from "./spread.ts";

/** A batch that is not full goes after this long; whoever contributes together must have posted by then. */
const WINDOW_SECONDS = { once: 5, week: 1 };
const BATCH_MAX = 1000;
/** Longer than a window: those who post together may come in two batches, and are to be in one sum. */
const SUM_SECONDS = 2;

export const throughApi: System = async ({ names, waves }, conduct, penalties) => {
  const { settings, shareNoise, spread } = conduct;
  const size = names.length;
  const random = uniform(conduct.seed);
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  const params = {
    gradientBatchSize: Math.min(BATCH_MAX, penalties.length * size),
    gradientWindowSeconds: WINDOW_SECONDS[spread],
  };
  const system = await startLocalSystem({ params });
  try {
    const plans = penalties.map((diversityPenalty, at) => {
      const own = { ...settings, diversityPenalty, gradientsPerHourMax: null, sumSecondsMin: SUM_SECONDS };
      return { community: `penalty-${at}`, settings: own, shareNoise };
    });
    const houses = await Promise.all(plans.map((plan) => House.found(system, plan, size)));
    const rounds: Int32Array[][] = penalties.map(() => []);
    for (const { told } of waves) {
      const rows = names.map((_, i) => told.subarray(i * size, (i + 1) * size));
      const senders = contributionsOf(size, conduct, random);
      const weeks = await Promise.all(houses.map((house) => house.live(rows, senders)));
      weeks.forEach(({ groupOf }, at) => {
        rounds[at].push(Int32Array.from(groupOf));
      });
    }
    return rounds;
  } finally {
    await system.stop();
  }
};
