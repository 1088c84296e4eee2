/** Wall clocks of IANA time zones, by Intl, so that a browser tells the same times as the server. */
import { DAY_MS } from "../limits.ts";

const SECOND_MS = 1000;

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * The wall clock of a zone at an instant, as the milliseconds at which UTC's would show
 * the same; whole seconds.
 */
export type WallClock = (ms: number) => number;

export function wallClock(timeZone: string): WallClock {
  const numeric = "numeric";
  const format = new Intl.DateTimeFormat("en-US", {
    ...{ timeZone, calendar: "gregory", numberingSystem: "latn", hourCycle: "h23" },
    ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
  });
  return (ms) => {
    const parts = format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]);
    const { year, month, day, hour, minute, second } = Object.fromEntries(parts);
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

/**
 * The first instant at which the clock shows `wallMs`; where it leaps over that, the
 * instant at which it leaps.
 */
export function instantAt(wallMs: number, clock: WallClock): number {
  const offsetAt = (ms: number) => clock(ms) - ms;
  const [before, after] = [offsetAt(wallMs - DAY_MS), offsetAt(wallMs + DAY_MS)];
  const byOffsetBefore = wallMs - before;
  if (offsetAt(byOffsetBefore) === before) return byOffsetBefore;
  const byOffsetAfter = wallMs - after;
  if (offsetAt(byOffsetAfter) === after) return byOffsetAfter;
  let [low, high] = [byOffsetAfter, byOffsetBefore];
  while (high - low > SECOND_MS) {
    const middle = low + Math.floor((high - low) / (2 * SECOND_MS)) * SECOND_MS;
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}
