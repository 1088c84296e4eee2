/**
 * When groups can meet: the hours of their members as slots of one week in UTC, so that clocks may change
 * within it, and the best of those that a group has in common.
 */
import type { Slots } from "../assignment/problem.ts";
import type { Availability } from "../community/hours.ts";
import { wallClock } from "../community/time-zones.ts";
import { WEEKDAYS } from "../community/weekdays.ts";
import { FIRST_MONDAY_MS, WEEK_MS } from "../community/weeks.ts";
import { DAY_MS, MEETING_MINUTES_MAX } from "../limits.ts";

const SLOT_MINUTES = 15;
const SLOT_MS = SLOT_MINUTES * 60_000;
const SLOTS_PER_DAY = 96;
const SLOTS_PER_WEEK = 7 * SLOTS_PER_DAY;
/** A week, and the longest meeting more, so that no period is cut where the week ends. */
export const SLOT_COUNT = SLOTS_PER_WEEK + MEETING_MINUTES_MAX / SLOT_MINUTES;
const WORDS = Math.ceil(SLOT_COUNT / 32);

/** The first midnight of UTC after an instant: there the week begins in which its round meets. */
export function weekStartAfter(ms: number): number {
  return (Math.floor(ms / DAY_MS) + 1) * DAY_MS;
}

export function slotTimeMs(weekStartMs: number, slot: number): number {
  return weekStartMs + slot * SLOT_MS;
}

/**
 * What clocks of a zone show at each slot of the week, in slots since a Monday's midnight. Clocks
 * change once a day at most.
 */
function localSlots(timeZone: string, weekStartMs: number): Int32Array {
  const clock = wallClock(timeZone);
  const localAt = (slot: number) => clock(slotTimeMs(weekStartMs, slot)) - FIRST_MONDAY_MS;
  const local = new Int32Array(SLOT_COUNT);
  for (let first = 0; first < SLOT_COUNT; first += SLOTS_PER_DAY) {
    const count = Math.min(SLOTS_PER_DAY, SLOT_COUNT - first);
    const start = localAt(first);
    const isEven = localAt(first + count) - start === count * SLOT_MS;
    for (let at = 0; at < count; at++) {
      const ms = isEven ? start + at * SLOT_MS : localAt(first + at);
      local[first + at] = Math.floor((((ms % WEEK_MS) + WEEK_MS) % WEEK_MS) / SLOT_MS);
    }
  }
  return local;
}

/** What a week looks like on the clocks of each zone that members live in. */
export type Clocks = ReadonlyMap<string, Int32Array>;

export function clocksOf(people: readonly { availability?: Availability }[], weekStartMs: number): Clocks {
  const zones = new Set(people.flatMap(({ availability }) => availability?.timeZone ?? []));
  return new Map([...zones].map((zone) => [zone, localSlots(zone, weekStartMs)]));
}

const minutesOf = (time: string): number => 60 * Number(time.slice(0, 2)) + Number(time.slice(3));

/** Which slots of a local week are free. */
function freeWeek({ weekly }: Availability): Uint8Array {
  const free = new Uint8Array(SLOTS_PER_WEEK);
  for (const { day, from, to } of weekly) {
    const midnight = WEEKDAYS.indexOf(day) * SLOTS_PER_DAY;
    free.fill(1, midnight + minutesOf(from) / SLOT_MINUTES, midnight + minutesOf(to) / SLOT_MINUTES);
  }
  return free;
}

/**
 * Returns the slots at which each person can begin a meeting of so many minutes, which is all of
 * it that they are free.
 */
export function startSlots(
  people: readonly { availability?: Availability }[],
  clocks: Clocks,
  meetingMinutes: number,
): Slots {
  const length = Math.ceil(meetingMinutes / SLOT_MINUTES);
  const words = new Uint32Array(people.length * WORDS);
  people.forEach(({ availability }, person) => {
    const own = words.subarray(person * WORDS, (person + 1) * WORDS);
    if (!availability) {
      own.fill(0xffffffff);
      return;
    }
    const free = freeWeek(availability);
    const local = clocks.get(availability.timeZone)!;
    for (let slot = SLOT_COUNT - 1, run = 0; slot >= 0; slot--) {
      run = free[local[slot]] ? run + 1 : 0;
      if (run >= length) own[slot >>> 5] |= 1 << (slot & 31);
    }
  });
  return { words, width: WORDS };
}

/** Suggestions that a group gets. */
export const TIMES_PER_GROUP = 3;
/** In the table of suggestions: none. */
export const NO_SLOT = 0xffff;
/** The middle of the waking day, 07:00 to 23:00. */
const MIDDAY_MINUTES = 15 * 60;
/** Suggestions are half a day apart where they can be. */
const APART_SLOTS = SLOTS_PER_DAY / 2;

/**
 * How far a meeting is from the middle of everybody's day: who has it worst counts first, then all together.
 */
function strain(slot: number, weeks: readonly Int32Array[], length: number): number {
  let [worst, all] = [0, 0];
  for (const local of weeks) {
    const minutes = (local[slot] % SLOTS_PER_DAY) * SLOT_MINUTES + (length * SLOT_MINUTES) / 2;
    const off = Math.abs(((((minutes - MIDDAY_MINUTES) % 1440) + 2160) % 1440) - 720);
    worst = Math.max(worst, off);
    all += off;
  }
  return worst * 1440 * weeks.length + all;
}

/**
 * Returns the best times of a group, best first; none where nobody in it has said when they
 * can, or no time suits all.
 */
export function bestTimes(
  group: readonly number[],
  people: readonly { availability?: Availability }[],
  { words, width }: Slots,
  clocks: Clocks,
  meetingMinutes: number,
): number[] {
  const length = Math.ceil(meetingMinutes / SLOT_MINUTES);
  const weeks = group.flatMap((person) => clocks.get(people[person].availability?.timeZone ?? "") ?? []);
  if (weeks.length === 0) return [];
  const isFree = (slot: number) =>
    group.every((person) => (words[person * width + (slot >>> 5)] >>> (slot & 31)) & 1);
  const free = Array.from({ length: SLOTS_PER_WEEK }, (_, slot) => slot).filter(isFree);
  const strains = new Map(free.map((slot) => [slot, strain(slot, weeks, length)]));
  const ranked = free.sort((a, b) => strains.get(a)! - strains.get(b)! || a - b);
  const chosen: number[] = [];
  for (const apart of [APART_SLOTS, length])
    for (const slot of ranked)
      if (chosen.length < TIMES_PER_GROUP && chosen.every((other) => Math.abs(other - slot) >= apart))
        chosen.push(slot);
  return chosen.sort((a, b) => strains.get(a)! - strains.get(b)! || a - b);
}
