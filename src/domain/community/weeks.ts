/** Weeks from Monday to Monday, UTC: figures are told by them. */
import { DAY_MS } from "../limits.ts";

export const WEEK_MS = 7 * DAY_MS;
/** Monday, 5 January 1970. */
export const FIRST_MONDAY_MS = 4 * DAY_MS;

export function weekStartMs(timeMs: number): number {
  return FIRST_MONDAY_MS + Math.floor((timeMs - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS;
}
