import { describe, expect, test } from "@jest/globals";
import { type Cadence, cadenceSchema, dueAfter } from "../../../src/domain/community/cadence.ts";

const monday: Cadence = { every: "week", weekday: "monday", time: "09:00", timeZone: "Europe/Madrid" };
const daily = (time: string, timeZone: string): Cadence => ({ every: "day", time, timeZone });

/** The first `count` due times after an instant, each after the one before. */
function dueTimes(cadence: Cadence, after: string, count: number): string[] {
  const times: string[] = [];
  for (let at = Date.parse(after); times.length < count; ) {
    at = dueAfter(cadence, at);
    times.push(new Date(at).toISOString().replace(":00.000Z", "Z"));
  }
  return times;
}

test("a week's due time is the weekday's, strictly after the instant asked about", () => {
  expect(dueTimes(monday, "2026-01-15T12:00:00Z", 2)).toEqual(["2026-01-19T08:00Z", "2026-01-26T08:00Z"]);
  expect(dueTimes(monday, "2026-01-19T07:59:59.999Z", 1)).toEqual(["2026-01-19T08:00Z"]);
  expect(dueTimes(monday, "2026-01-19T08:00:00Z", 1)).toEqual(["2026-01-26T08:00Z"]);
});

test("nine o'clock stays nine o'clock over the change to summer time and back", () => {
  expect(dueTimes(monday, "2026-03-20T00:00:00Z", 2)).toEqual(["2026-03-23T08:00Z", "2026-03-30T07:00Z"]);
  expect(dueTimes(monday, "2026-10-16T00:00:00Z", 2)).toEqual(["2026-10-19T07:00Z", "2026-10-26T08:00Z"]);
});

describe("a time that the clocks leap over is due when they leap, once", () => {
  test.each([
    [
      "Europe/Madrid",
      "02:30",
      "2026-03-28T00:00:00Z",
      ["2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z"],
    ],
    ["Europe/Madrid", "02:00", "2026-03-29T00:00:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:00Z"]],
    ["Europe/Madrid", "03:00", "2026-03-29T00:00:00Z", ["2026-03-29T01:00Z", "2026-03-30T01:00Z"]],
    ["America/New_York", "02:30", "2026-03-07T12:00:00Z", ["2026-03-08T07:00Z", "2026-03-09T06:30Z"]],
    ["Australia/Lord_Howe", "02:15", "2026-10-03T00:00:00Z", ["2026-10-03T15:30Z", "2026-10-04T15:15Z"]],
    ["America/Santiago", "00:00", "2026-09-05T12:00:00Z", ["2026-09-06T04:00Z", "2026-09-07T03:00Z"]],
  ])("%s at %s", (timeZone, time, after, expected) => {
    expect(dueTimes(daily(time, timeZone), after, expected.length)).toEqual(expected);
  });
});

describe("a time that the clocks show twice is due at the first, once", () => {
  test.each([
    ["Europe/Madrid", "02:30", "2026-10-24T12:00:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]],
    ["Europe/Madrid", "03:00", "2026-10-24T12:00:00Z", ["2026-10-25T02:00Z", "2026-10-26T02:00Z"]],
    ["America/New_York", "01:30", "2026-10-31T12:00:00Z", ["2026-11-01T05:30Z", "2026-11-02T06:30Z"]],
    ["America/Santiago", "23:30", "2026-04-04T12:00:00Z", ["2026-04-05T02:30Z", "2026-04-06T03:30Z"]],
  ])("%s at %s", (timeZone, time, after, expected) => {
    expect(dueTimes(daily(time, timeZone), after, expected.length)).toEqual(expected);
  });
});

test("between the two showings of a time it is not due again", () => {
  expect(dueTimes(daily("02:30", "Europe/Madrid"), "2026-10-25T01:00:00Z", 1)).toEqual(["2026-10-26T01:30Z"]);
});

test.each([
  ["2 weeks", 14],
  ["3 weeks", 21],
  ["4 weeks", 28],
] as const)("every %s is the same days whenever it is asked", (every, days) => {
  const cadence: Cadence = { ...monday, every, timeZone: "UTC", from: "2026-09-02" };
  const [first, second] = dueTimes(cadence, "2026-01-01T00:00:00Z", 2);
  expect(first).toBe("2026-09-07T09:00Z");
  expect((Date.parse(second) - Date.parse(first)) / 86_400_000).toBe(days);
  for (let hours = 0; hours < 24 * days; hours += 7) {
    const asked = Date.parse("2027-03-01T00:00:00Z") + hours * 3_600_000;
    expect((dueAfter(cadence, asked) - Date.parse(first)) % (days * 86_400_000)).toBe(0);
    expect(dueAfter(cadence, asked) - asked).toBeLessThanOrEqual(days * 86_400_000);
  }
});

test("every two weeks without a date to count from is the same week for everybody, and a date can take the other one", () => {
  const every = { ...monday, every: "2 weeks" } as const;
  const without = dueTimes(every, "2026-01-01T00:00:00Z", 3);
  expect(without).toEqual(["2026-01-05T08:00Z", "2026-01-19T08:00Z", "2026-02-02T08:00Z"]);
  expect(dueTimes({ ...every, from: "2026-01-12" }, "2026-01-01T00:00:00Z", 2)).toEqual([
    "2026-01-12T08:00Z",
    "2026-01-26T08:00Z",
  ]);
});

test("a month's is its first such weekday, also where the month begins or the year ends with it", () => {
  const monthly: Cadence = { ...monday, every: "month" };
  expect(dueTimes(monthly, "2026-05-20T00:00:00Z", 4)).toEqual([
    "2026-06-01T07:00Z",
    "2026-07-06T07:00Z",
    "2026-08-03T07:00Z",
    "2026-09-07T07:00Z",
  ]);
  const saturdays: Cadence = { ...monthly, weekday: "saturday" };
  expect(dueTimes(saturdays, "2026-12-31T23:59:00Z", 2)).toEqual(["2027-01-02T08:00Z", "2027-02-06T08:00Z"]);
});

test("nothing is due before the date from which it holds, which is the community's date", () => {
  const kiritimati = { ...daily("00:00", "Pacific/Kiritimati"), from: "2026-09-07" };
  expect(dueTimes(kiritimati, "2026-01-01T00:00:00Z", 2)).toEqual(["2026-09-06T10:00Z", "2026-09-07T10:00Z"]);
});

test("the day is the community's, on either side of the date line", () => {
  const at = (timeZone: string) => dueTimes({ ...monday, timeZone }, "2026-01-18T12:00:00Z", 1)[0];
  expect(at("Pacific/Kiritimati")).toBe("2026-01-18T19:00Z");
  expect(at("Pacific/Niue")).toBe("2026-01-19T20:00Z");
});

test("a clock that is no whole hours from UTC keeps its minutes, and a day left out of a calendar is made up for at once", () => {
  expect(dueTimes(daily("09:00", "Asia/Kathmandu"), "2026-01-01T00:00:00Z", 1)).toEqual([
    "2026-01-01T03:15Z",
  ]);
  const samoa = dueTimes(daily("09:00", "Pacific/Apia"), "2011-12-29T12:00:00Z", 3);
  expect(samoa).toEqual(["2011-12-29T19:00Z", "2011-12-30T10:00Z", "2011-12-30T19:00Z"]);
});

test.each([
  [{ ...monday, every: "fortnight" }, "every"],
  [{ every: "week", time: "09:00", timeZone: "UTC" }, "weekday"],
  [{ ...monday, weekday: "Monday" }, "weekday"],
  [{ ...monday, time: "9:00" }, "time"],
  [{ ...monday, time: "24:00" }, "time"],
  [{ ...monday, timeZone: "Europe/Atlantis" }, "timeZone"],
  [{ ...monday, timeZone: "" }, "timeZone"],
  [{ ...monday, from: "2026-02-30" }, "from"],
])("%j is faulty in its %s", (cadence, field) => {
  const { error } = cadenceSchema.safeParse(cadence);
  expect(error?.issues.map(({ path }) => path)).toEqual([[field]]);
});

test("a daily cadence has no weekday", () => {
  const { error } = cadenceSchema.safeParse({ ...monday, every: "day" });
  expect(error?.issues).toMatchObject([{ code: "unrecognized_keys", keys: ["weekday"] }]);
});
