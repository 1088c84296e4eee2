/** Groups that must share an hour: people of five time zones, beside the same people without. */
import { assignGroups } from "../../src/domain/assignment/assign-groups.ts";
import { pairAffinity } from "../../src/domain/assignment/pairs/affinity.ts";
import type { AssignmentProblem } from "../../src/domain/assignment/problem.ts";
import { measureQuality } from "../../src/domain/assignment/quality.ts";
import type { Availability } from "../../src/domain/community/hours.ts";
import { uniform } from "../../src/domain/random.ts";
import { clocksOf, startSlots } from "../../src/domain/rounds/meeting-times.ts";
import { cpuSeconds } from "./budget.ts";
import { generateLowRank } from "./instances.ts";
import { type BenchOptions, type BenchResult, result } from "./result.ts";

const SIZE = 2000;
const ZONES = ["America/Los_Angeles", "America/Sao_Paulo", "Europe/Madrid", "Asia/Kolkata", "Asia/Tokyo"];
const WORKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday"] as const;
const WEEKEND = ["saturday", "sunday"] as const;
const MEETING_MINUTES = 60;
/** A draft's budget: see compose-draft.ts. */
const EVALUATIONS = 20_000_000;
/** A Monday in a week in which no clocks change. */
const WEEK_START_MS = Date.parse("2026-11-16T00:00:00Z");

const clock = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;

/** Two evenings from 18:00, one lunch hour, and some hours of one day of the weekend. */
function availability(next: () => number): Availability {
  const one = <Value>(values: readonly Value[]): Value => values[Math.floor(next() * values.length)];
  const evening = () => ({ day: one(WORKDAYS), from: "18:00", to: clock(20 + Math.floor(next() * 4)) });
  const first = 8 + Math.floor(next() * 8);
  const weekend = { day: one(WEEKEND), from: clock(first), to: clock(first + 4) };
  const lunch = { day: one(WORKDAYS), from: "12:00", to: "14:00" };
  return { timeZone: one(ZONES), weekly: [evening(), evening(), lunch, weekend] };
}

/** The score with the hard wish, beside the score without; and how many groups were left without an hour. */
export function* slots({ seed }: BenchOptions): Generator<BenchResult> {
  const next = uniform(seed);
  const people = Array.from({ length: SIZE }, () => ({ availability: availability(next) }));
  const lowRank = generateLowRank(SIZE, 8);
  const value = pairAffinity(lowRank);
  const values = Float32Array.from({ length: SIZE * SIZE }, (_, at) =>
    at % (SIZE + 1) === 0 ? 0 : value(Math.floor(at / SIZE), at % SIZE),
  );
  const problem: AssignmentProblem = { affinity: { kind: "dense", size: SIZE, values }, groupSize: 4 };
  const started = cpuSeconds();
  const free = assignGroups(problem, { seed, evaluationsMax: EVALUATIONS });
  const between = cpuSeconds();
  const own = startSlots(people, clocksOf(people, WEEK_START_MS), MEETING_MINUTES);
  const bound = assignGroups({ ...problem, slots: own }, { seed, evaluationsMax: EVALUATIONS });
  const ended = cpuSeconds();
  const line = { case: "slots", seed, reference: null, goal: null };
  const n = `n=${SIZE} g=4, ${ZONES.length} zones`;
  yield result({ ...line, instance: `${n}, without`, cpuSeconds: between - started, value: free.score });
  const reference = free.score;
  yield result({
    ...line,
    instance: `${n}, one hour`,
    cpuSeconds: ended - between,
    value: bound.score,
    reference,
  });
  const bare = measureQuality({ ...problem, slots: own }, free.groupOf).unmet.slots.length;
  const told = { cpuSeconds: 0, value: bound.unmet.slots.length, reference: bare, goal: 0 };
  yield result({ ...line, ...told, instance: `${n}, groups without an hour` }, "lower");
}
