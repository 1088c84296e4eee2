/** The hours at which a member can meet, as a type alone, for those who do not parse them. */
import type { Weekday } from "./weekdays.ts";

/** Who can meet at these hours, by the clocks of `timeZone`; who has said nothing can always. */
export interface Availability {
  /** IANA */
  timeZone: string;
  /** `HH:MM`, in quarters of an hour. */
  weekly: { day: Weekday; from: string; to: string }[];
}
