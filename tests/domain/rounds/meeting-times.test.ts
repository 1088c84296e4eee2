import { describe, expect, test } from "@jest/globals";
import { haveSlot, sharesSlot } from "../../../src/domain/assignment/pairs/common-slots.ts";
import { availabilitySchema } from "../../../src/domain/community/availability.ts";
import type { Availability } from "../../../src/domain/community/hours.ts";
import { parse } from "../../../src/domain/messages/messages.ts";
import {
  bestTimes,
  clocksOf,
  slotTimeMs,
  startSlots,
  weekStartAfter,
} from "../../../src/domain/rounds/meeting-times.ts";

const at = (timeZone: string, ...periods: string[]): { availability: Availability } => {
  const weekly = periods.map((period) => {
    const [day, from, to] = period.split(" ");
    return { day: day as "monday", from, to };
  });
  return { availability: { timeZone, weekly } };
};

/** The best times of all of the people as one group, in the week after an instant. */
function timesOf(people: { availability?: Availability }[], after: string, minutes = 60): string[] {
  const weekStartMs = weekStartAfter(Date.parse(after));
  const clocks = clocksOf(people, weekStartMs);
  const slots = startSlots(people, clocks, minutes);
  const times = bestTimes([...people.keys()], people, slots, clocks, minutes);
  return times.map((slot) => new Date(slotTimeMs(weekStartMs, slot)).toISOString().replace(":00.000Z", "Z"));
}

describe("an hour is the same hour on the member's clock", () => {
  const evening = at("Europe/Madrid", "monday 18:00 19:00");
  test.each([
    ["in winter", "2026-03-20T12:00:00Z", ["2026-03-23T17:00Z"]],
    ["in summer, after a week in which clocks change", "2026-03-27T12:00:00Z", ["2026-03-30T16:00Z"]],
    ["in winter again", "2026-10-24T12:00:00Z", ["2026-10-26T17:00Z"]],
  ])("%s", (_, after, expected) => {
    expect(timesOf([evening], after)).toEqual(expected);
  });

  test("and on the day itself on which the clocks change", () => {
    const night = at("Europe/Madrid", "sunday 01:00 04:00");
    expect(timesOf([night], "2026-03-27T12:00:00Z", 120)).toEqual(["2026-03-29T00:00Z"]);
    expect(timesOf([night], "2026-10-23T12:00:00Z", 240)).toEqual(["2026-10-24T23:00Z"]);
  });

  test("also where it begins the evening before in UTC, at the week's end", () => {
    const early = at("Asia/Tokyo", "saturday 08:00 10:00");
    expect(timesOf([early], "2026-11-20T12:00:00Z", 120)).toEqual(["2026-11-27T23:00Z"]);
  });
});

test("two whose zones change clocks in different weeks share an hour in the one week and not in the other", () => {
  const people = [at("Europe/London", "monday 18:00 19:00"), at("America/New_York", "monday 13:00 14:00")];
  expect(timesOf(people, "2026-03-01T12:00:00Z")).toEqual(["2026-03-02T18:00Z"]);
  expect(timesOf(people, "2026-03-08T12:00:00Z")).toEqual([]);
});

test("the best time is nearest to the middle of everybody's day, and who has it worst counts first", () => {
  const always = ["monday", "tuesday"].map((day) => `${day} 00:00 24:00`);
  const people = [at("Europe/Madrid", ...always), at("America/New_York", ...always)];
  const [best, second] = timesOf(people, "2026-11-21T12:00:00Z");
  expect([best, second]).toEqual(["2026-11-23T16:30Z", "2026-11-24T16:30Z"]); // 17:30 in Madrid, 11:30 in New York
  expect(timesOf([at("Europe/Madrid", ...always)], "2026-11-21T12:00:00Z")[0]).toBe("2026-11-23T13:30Z");
});

test("who has said nothing can always, and a group of nobody who has has no best time", () => {
  const people = [{}, at("UTC", "friday 10:00 11:15"), {}];
  expect(timesOf(people, "2026-11-21T12:00:00Z")).toEqual(["2026-11-27T10:15Z"]);
  expect(timesOf([{}, {}], "2026-11-21T12:00:00Z")).toEqual([]);
});

test("three may have a time by twos and none together", () => {
  const people = [
    at("UTC", "monday 10:00 11:00", "tuesday 10:00 11:00"),
    at("UTC", "tuesday 10:00 11:00", "friday 10:00 11:00"),
    at("UTC", "friday 10:00 11:00", "monday 10:00 11:00"),
  ];
  const slots = startSlots(people, clocksOf(people, 0), 60);
  expect([sharesSlot(slots, 0, 1), sharesSlot(slots, 1, 2), sharesSlot(slots, 0, 2)]).toEqual([
    true,
    true,
    true,
  ]);
  expect(haveSlot(slots, [0, 1, 2])).toBe(false);
});

test.each([
  [{ timeZone: "Mars/Olympus", weekly: [{ day: "monday", from: "10:00", to: "11:00" }] }, "#/timeZone"],
  [{ timeZone: "UTC", weekly: [] }, "#/weekly"],
  [{ timeZone: "UTC", weekly: [{ day: "monday", from: "10:10", to: "11:00" }] }, "#/weekly/0/from"],
  [{ timeZone: "UTC", weekly: [{ day: "monday", from: "22:00", to: "02:00" }] }, "#/weekly/0"],
])("hours that are none are named: %#", (body, pointer) => {
  expect(parse(availabilitySchema, body)).toMatchObject({ ok: false, errors: [{ pointer }] });
});
