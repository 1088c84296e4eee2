import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readScheduleExpression } from "../../../scripts/local/mappings/schedule-expression.ts";
import { behavior, reset, ticks } from "../../fixtures/local/handlers.ts";
import { ManualClock } from "../manual-clock.ts";
import { startTinySystem, type TinySystem } from "../tiny-system.ts";

const startMs = Date.parse("2026-03-01T11:58:30.250Z");
const minutes = (count: number) => startMs + count * 60_000;

let system: TinySystem | undefined;
let clock: ManualClock;

async function start(schedule: string): Promise<TinySystem> {
  clock = new ManualClock(startMs);
  system = await startTinySystem({ params: { schedule }, scheduleClock: clock });
  return system;
}

beforeEach(reset);
afterEach(async () => {
  await system?.stop();
  system = undefined;
});

const times = () => ticks.map(({ time }) => time.slice(11));

test("a firing arrives in the shape of the scheduler's event", async () => {
  await start("cron(0/5 * * * ? *)");
  await clock.moveTo(minutes(3));
  expect(ticks).toEqual([
    {
      version: "0",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      "detail-type": "Scheduled Event",
      source: "aws.scheduler",
      account: "000000000000",
      time: "2026-03-01T12:00:00Z",
      region: "eu-west-1",
      resources: ["arn:aws:scheduler:eu-west-1:000000000000:schedule/default/tick"],
      detail: "{}",
    },
  ]);
});

test("a rate counts from the start, a cron from the hour", async () => {
  await start("rate(5 minutes)");
  await clock.moveTo(minutes(10.1));
  expect(times()).toEqual(["12:03:30Z", "12:08:30Z"]);
  await system!.stop();
  reset();
  await start("cron(0/5 * * * ? *)");
  await clock.moveTo(minutes(10.1));
  expect(times()).toEqual(["12:00:00Z", "12:05:00Z"]);
});

test("a firing does not wait for the one before", async () => {
  await start("rate(1 minute)");
  const release = Promise.withResolvers<void>();
  behavior.tick = () => release.promise;
  await clock.moveTo(minutes(2.1));
  expect(ticks).toHaveLength(2);
  release.resolve();
});

test("a firing that fails is tried twice more, after one minute and two", async () => {
  await start("rate(1 hour)");
  behavior.tick = () => {
    throw new Error("not now");
  };
  await clock.moveTo(minutes(59));
  expect(ticks).toHaveLength(0);
  await clock.moveTo(minutes(60.5));
  expect(ticks).toHaveLength(1);
  await clock.moveTo(minutes(61.5));
  expect(ticks).toHaveLength(2);
  await clock.moveTo(minutes(119));
  expect(ticks).toHaveLength(3);
  expect(new Set(ticks.map(({ id }) => id)).size).toBe(1);
  expect(system!.lines.join()).toContain("not now");
});

test("a stop waits for what runs, and nothing fires after it", async () => {
  const { stop } = await start("rate(1 minute)");
  const release = Promise.withResolvers<void>();
  behavior.tick = () => release.promise;
  await clock.moveTo(minutes(1.1));
  let isStopped = false;
  const stopping = stop().then(() => {
    isStopped = true;
  });
  await new Promise((next) => setTimeout(next, 50));
  expect(isStopped).toBe(false);
  release.resolve();
  await stopping;
  system = undefined;
  await clock.moveTo(minutes(5));
  expect(ticks).toHaveLength(1);
});

describe("expressions", () => {
  const firing = (text: string, after: string) => {
    const firings = readScheduleExpression(text)!;
    return new Date(firings(Date.parse(`2026-03-01T${after}Z`), startMs)).toISOString().slice(8, 19);
  };

  test.each([
    ["rate(1 minute)", "11:58:31", "01T11:59:30"],
    ["rate(2 hours)", "11:58:31", "01T13:58:30"],
    ["rate(1 day)", "11:58:31", "02T11:58:30"],
    ["cron(* * * * ? *)", "11:59:00", "01T12:00:00"],
    ["cron(*/20 * * * ? *)", "11:41:00", "01T12:00:00"],
    ["cron(7/20 * * * ? *)", "11:28:00", "01T11:47:00"],
    ["cron(15,45 * * * ? *)", "11:46:00", "01T12:15:00"],
    ["cron(30 * * * ? *)", "23:30:00", "02T00:30:00"],
  ])("%s after %s is at %s", (text, after, expected) => {
    expect(firing(text, after)).toBe(expected);
  });

  test.each([
    "rate(0 minutes)",
    "rate(5 weeks)",
    "cron(60 * * * ? *)",
    "cron(0/0 * * * ? *)",
    "cron(0 9 ? * MON *)",
    "at(2026-03-01T09:00:00)",
    "",
  ])("%s is not known", (text) => {
    expect(readScheduleExpression(text)).toBeUndefined();
  });
});
