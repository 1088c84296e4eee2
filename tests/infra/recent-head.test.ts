import { afterEach, expect, jest, test } from "@jest/globals";
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { type Head, recentHead, rememberHead } from "../../src/infra/head-store.ts";

afterEach(() => {
  jest.useRealTimers();
});

test("a head in memory serves for five seconds, and the latest one that was read", () => {
  jest.useFakeTimers();
  const head = { community: "book", rowCount: 3, modelVersion: 8, settings: DEFAULT_SETTINGS } as Head;
  expect(recentHead("book")).toBeUndefined();
  rememberHead(head);
  rememberHead({ ...head, modelVersion: 9 });
  jest.advanceTimersByTime(4_999);
  expect(recentHead("book")?.modelVersion).toBe(9);
  expect(recentHead("clubs")).toBeUndefined();
  jest.advanceTimersByTime(1);
  expect(recentHead("book")).toBeUndefined();
});
