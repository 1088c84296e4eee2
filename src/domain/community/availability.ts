/** When members can meet: hours of the week, on their own clocks. */
import * as z from "zod/mini";
import { AVAILABILITY_PERIODS_MAX } from "../limits.ts";
import { schemaOf } from "../schema.ts";
import { isTimeZone } from "./time-zones.ts";
import { WEEKDAYS } from "./weekdays.ts";

const quarter = () =>
  z
    .string()
    .check(z.regex(/^(([01]\d|2[0-3]):(00|15|30|45)|24:00)$/, "must be a quarter of an hour such as 18:15"));
const period = () =>
  z
    .strictObject({ day: z.enum(WEEKDAYS), from: quarter(), to: quarter() })
    .check(z.refine(({ from, to }) => from < to, "must end after it begins, on the same day"));

export const availabilitySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    timeZone: z
      .string()
      .check(z.maxLength(64), z.refine(isTimeZone, "is no time zone such as Europe/Madrid")),
    weekly: z.array(period()).check(z.minLength(1), z.maxLength(AVAILABILITY_PERIODS_MAX)),
  }),
);
