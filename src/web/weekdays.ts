/** The days of the week as the API names them, and in the reader's language. */
export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;

const format = new Intl.DateTimeFormat(undefined, { weekday: "long", timeZone: "UTC" });

export function weekdayText(day: (typeof WEEKDAYS)[number]): string {
  return format.format(new Date(Date.UTC(1970, 0, 5 + WEEKDAYS.indexOf(day)))); // a Monday
}
