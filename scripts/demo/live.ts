/**
 * `npm start -- --demo`: Newcomb's students as simulated devices, week after week, for the console to show.
 */
import type { LocalSystem } from "../local/system.ts";
import { House, type HousePlan } from "./house.ts";
import { ratingOfRank, readWeeks, STUDENTS } from "./newcomb.ts";

/** A batch is full, and need not wait, as soon as every student has contributed. */
export const LIVE_PARAMS = { gradientBatchSize: STUDENTS };

/** The same people twice: what it costs not to share a taste is seen by looking at both. */
const PLANS: HousePlan[] = [
  { community: "students", settings: { assignmentIntervalSeconds: 0 }, shareNoise: 0 },
  { community: "students-not-sharing", settings: { assignmentIntervalSeconds: 0 }, shareNoise: null },
];
const EVERYBODY = Array.from({ length: STUDENTS }, (_, i) => i);

/** Lives all weeks but the last, whose ranks make the draft; answers where in the console to look. */
export async function fillLive(system: LocalSystem, log: (line: string) => void): Promise<string> {
  const weeks = readWeeks();
  const houses = await Promise.all(PLANS.map((plan) => House.found(system, plan, STUDENTS)));
  for (const [at, { ranks }] of weeks.entries()) {
    const told = ranks.map((row) => row.map(ratingOfRank));
    await Promise.all(houses.map((house) => house.live(told, [EVERYBODY, EVERYBODY])));
    log(`week ${at + 1} of ${weeks.length}`);
  }
  await system.drain();
  return `${system.url}/#/c/${PLANS[0].community}/story`;
}
