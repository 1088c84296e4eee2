import { expect, test } from "@jest/globals";
import { fittingGroups, retryDelayMs, urlFault } from "../../../src/domain/messages/notice-messages.ts";

test("the groups of a large round are cut at whole groups, so that the notice fits an event of 256 KB", () => {
  const group = (n: number) => ({
    groupId: `1-${n}`,
    members: Array.from({ length: 4 }, (_, at) => ({ userId: `user-${n}-${at}-é`, memberId: `_${n}` })),
  });
  const groups = Array.from({ length: 6_250 }, (_, n) => group(n));
  const fitting = fittingGroups(groups);
  const bytes = Buffer.byteLength(JSON.stringify(fitting));
  expect(bytes).toBeGreaterThan(199_000);
  expect(bytes).toBeLessThanOrEqual(200 * 1024);
  expect(fitting).toEqual(groups.slice(0, fitting.length));
  expect(fittingGroups(groups.slice(0, 7))).toHaveLength(7);
});

test("pauses double from a minute to two hours, and last a day in 17 attempts and more", () => {
  expect([1, 2, 3].map((failures) => retryDelayMs(failures, 0.999_999))).toEqual([60_000, 120_000, 240_000]);
  expect(retryDelayMs(1, 0)).toBe(30_000);
  let attempts = 0;
  for (let atMs = 0; atMs < 86_400_000; atMs += retryDelayMs(++attempts, 0.999))
    expect(attempts).toBeLessThan(20);
  expect(attempts).toBeGreaterThanOrEqual(17);
  expect(retryDelayMs(1_000, 0)).toBe(3_600_000);
});

test("loopback is for a developer's machine", () => {
  expect(urlFault("http://127.0.0.1:8080/x", true)).toBeNull();
  expect(urlFault("http://localhost:8080/x", true)).toBeNull();
  expect(urlFault("http://127.0.0.1:8080/x", false)).toBe("is an address of this machine");
  expect(urlFault("https://localhost/", false)).toBe("is an address of this machine");
  expect(urlFault("https://example.com/hook?x=1", false)).toBeNull();
});
