import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { WRITE_RESERVE_MS } from "../../../src/domain/limits.ts";
import { stopInTime } from "../../../src/handlers/steps/time-limit.ts";

let remainingMs: number;
let lines: unknown[];
const clock = { functionName: "assign-groups", getRemainingTimeInMillis: () => remainingMs };

beforeEach(() => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "INFO";
  lines = [];
  jest.spyOn(console, "info").mockImplementation((line) => void lines.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
});

test("a search is stopped while there is time left to write", () => {
  remainingMs = 29_000;
  const shouldStop = stopInTime(clock, {});
  expect(shouldStop()).toBe(false);
  remainingMs = WRITE_RESERVE_MS + 1;
  expect(shouldStop()).toBe(false);
  remainingMs = WRITE_RESERVE_MS;
  expect(shouldStop()).toBe(true);
});

test("with a timeout hardly longer than the reserve, half of it is for the search", () => {
  remainingMs = 4_000;
  const shouldStop = stopInTime(clock, {});
  expect(shouldStop()).toBe(false);
  remainingMs = 2_000;
  expect(shouldStop()).toBe(true);
});

test("a long search says every two seconds that it goes on, with nothing of a member", () => {
  remainingMs = 29_000;
  const shouldStop = stopInTime(clock, { community: "chess", round: 3, people: 17 });
  for (; remainingMs > 24_000; remainingMs -= 100) shouldStop();
  expect(lines).toEqual([
    expect.objectContaining({ event: "heartbeat", community: "chess", elapsedMs: 2000, remainingMs: 27_000 }),
    expect.objectContaining({ event: "heartbeat", people: 17, elapsedMs: 4000, remainingMs: 25_000 }),
  ]);
});
