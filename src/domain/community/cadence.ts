/**
 * A community's cadence: the local times at which its rounds are published by themselves. The next one follows from the
 * cadence and an instant alone, by the time zones of Intl, so a browser tells the same times as the server.
 */
import * as z from "zod/mini";
import { DAY_MS } from "../limits.ts";
import { schemaOf } from "../schema.ts";
import { instantAt, isTimeZone, wallClock } from "./time-zones.ts";
import { WEEKDAYS } from "./weekdays.ts";

const MINUTE_MS = 60_000;
/** Of what is counted in weeks without a date to count from: a Monday. */
const FROM_DEFAULT = "1970-01-05";

const moment = () => ({
  time: z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 09:00")),
  timeZone: z.string().check(z.refine(isTimeZone, "is no time zone such as Europe/Madrid")),
  from: z.optional(z.iso.date("must be a date such as 2026-09-07")),
});

export const cadenceSchema = /* @__PURE__ */ schemaOf(() =>
  z.discriminatedUnion("every", [
    z.strictObject({ every: z.literal("day"), ...moment() }),
    z.strictObject({
      every: z.enum(["week", "2 weeks", "3 weeks", "4 weeks", "month"]),
      weekday: z.enum(WEEKDAYS),
      ...moment(),
    }),
  ]),
);

/**
 * `weekday` at `time` on the clocks of `timeZone`, never before the date `from`. Two, three and four weeks are counted from
 * the first such weekday at or after `from`; of a month it is the first such weekday.
 */
export type Cadence = z.infer<typeof cadenceSchema>;

/** A month's are every seventh day, those past the month's first week left out. */
const STEP_DAYS: Record<Cadence["every"], number> = {
  day: 1,
  week: 7,
  "2 weeks": 14,
  "3 weeks": 21,
  "4 weeks": 28,
  month: 7,
};

/** Days since 1970-01-01, which was a Thursday, of the first day that can be one of the cadence's. */
function firstDay(cadence: Cadence): number {
  const from = Date.parse(cadence.from ?? FROM_DEFAULT) / DAY_MS;
  if (cadence.every === "day") return from;
  const days = WEEKDAYS.indexOf(cadence.weekday) - (from + 3);
  return from + (((days % 7) + 7) % 7);
}

/** The first due time of the cadence strictly after `afterMs`. */
export function dueAfter(cadence: Cadence, afterMs: number): number {
  const clock = wallClock(cadence.timeZone);
  const [hours, minutes] = cadence.time.split(":").map(Number);
  const step = STEP_DAYS[cadence.every];
  const first = firstDay(cadence);
  const today = Math.floor(clock(afterMs) / DAY_MS);
  for (let day = first + Math.max(0, Math.ceil((today - first) / step)) * step; ; day += step) {
    if (cadence.every === "month" && new Date(day * DAY_MS).getUTCDate() > 7) continue;
    const dueMs = instantAt(day * DAY_MS + (hours * 60 + minutes) * MINUTE_MS, clock);
    if (dueMs > afterMs) return dueMs;
  }
}
