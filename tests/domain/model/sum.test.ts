import { describe, expect, test } from "@jest/globals";
import { GRADIENT_BYTES_PER_SUM_MAX, GRADIENTS_PER_SUM_MAX } from "../../../src/domain/limits.ts";
import type { Rejection } from "../../../src/domain/model/judging.ts";
import { countGradients, decideSealing, type SumEntry } from "../../../src/domain/model/sum.ts";
import { idOf } from "../../fixtures/gradients.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const entry = (number: number, senderTag: string, rejection: Rejection | null = null): SumEntry => ({
  id: idOf(number),
  senderTag,
  rejection,
  bytes: 100 + number,
});

describe("which gradients count", () => {
  const entries = [
    entry(3, "ana"),
    entry(2, "bo"),
    entry(5, "ana"),
    entry(4, "ana"),
    entry(9, "ana", "norm"),
    entry(7, "cy", "stale"),
  ];

  test("of each sender the newest, by their ids, whatever order they came in", () => {
    expect(countGradients(entries, 1)).toEqual({
      applied: new Set([idOf(5), idOf(2)]),
      senders: 2,
      bytes: 105 + 102,
      reporters: 0,
      late: new Set(),
    });
    expect(countGradients(entries, 2).applied).toEqual(new Set([idOf(5), idOf(4), idOf(2)]));
  });

  test("without a bound all that were not rejected, and a sender of rejected ones is none", () => {
    const { applied, senders } = countGradients(entries, null);
    expect(applied).toEqual(new Set([2, 3, 4, 5].map((number) => idOf(number))));
    expect(senders).toBe(2);
  });

  test("of reports the newest of each sender, of as many senders as the sum takes; the others are late", () => {
    const report = (number: number, senderTag: string) => ({ ...entry(number, senderTag), isReport: true });
    const sent = [report(3, "ana"), report(2, "bo"), report(5, "ana"), entry(8, "di"), report(6, "cy")];
    const counted = countGradients(sent, null, { sumMembersMin: 2, sumMembersMax: 2 });
    expect(counted).toEqual({
      applied: new Set([idOf(5), idOf(2), idOf(8)]),
      senders: 3,
      bytes: 105 + 102 + 108,
      reporters: 2,
      late: new Set([idOf(6)]),
    });
  });
});

describe("when a sum is sealed", () => {
  const settings = { sumMembersMin: 5, sumSecondsMin: 30, sumHoursMax: 24 };
  const firstPageAtMs = 1_000_000;
  const decide = (
    ageMs: number,
    senders: number,
    more: { ids?: number; bytes?: number; members?: number } = {},
  ) => {
    const { ids = senders, bytes = 0, members = 40 } = more;
    const sum = { firstPageAtMs, idCount: ids, senders, bytes };
    return decideSealing(sum, settings, members, firstPageAtMs + ageMs);
  };
  const waitUntil = (ageMs: number) => ({ outcome: "wait", dueAtMs: firstPageAtMs + ageMs });

  test("enough senders wait for the seconds that others have to join them", () => {
    expect(decide(29_999, 5)).toEqual(waitUntil(30_000));
    expect(decide(30_000, 5)).toEqual({ outcome: "sealed", needed: 5 });
  });

  test("too few wait for the hours, and are then enough if there are two", () => {
    expect(decide(30_000, 4)).toEqual(waitUntil(DAY_MS));
    expect(decide(DAY_MS, 4)).toEqual({ outcome: "sealed", needed: 2 });
    expect(decide(DAY_MS, 1)).toEqual(waitUntil(7 * DAY_MS));
    expect(decide(7 * DAY_MS, 1)).toEqual({ outcome: "void", needed: 2 });
  });

  test("of a community with fewer members all are needed", () => {
    expect(decide(30_000, 3, { members: 3 })).toEqual({ outcome: "sealed", needed: 3 });
    expect(decide(30_000, 2, { members: 3 })).toEqual(waitUntil(DAY_MS));
    expect(decide(DAY_MS, 1, { members: 3 })).toEqual(waitUntil(7 * DAY_MS));
  });

  test("of two members one is enough after the hours, and one alone always", () => {
    expect(decide(30_000, 1, { members: 2 })).toEqual(waitUntil(DAY_MS));
    expect(decide(DAY_MS, 1, { members: 2 })).toEqual({ outcome: "sealed", needed: 1 });
    expect(decide(30_000, 1, { members: 1 })).toEqual({ outcome: "sealed", needed: 1 });
    expect(decide(30_000, 1, { members: 0 })).toEqual({ outcome: "sealed", needed: 1 });
  });

  test.each([
    ["ids", { ids: GRADIENTS_PER_SUM_MAX }],
    ["bytes", { ids: 9, bytes: GRADIENT_BYTES_PER_SUM_MAX }],
  ])("one that is full of %s is sealed at once, void if it lacks senders", (_, full) => {
    expect(decide(0, 5, full)).toEqual({ outcome: "sealed", needed: 5 });
    expect(decide(0, 4, full)).toEqual({ outcome: "void", needed: 5 });
    expect(decide(DAY_MS, 2, full)).toEqual({ outcome: "sealed", needed: 2 });
  });

  test("with reports the seconds or the most members seal it, and no time makes fewer members enough", () => {
    const reports = { sumMembersMin: 5, sumMembersMax: 7 };
    const decideWith = (ageMs: number, reporters: number, ids = reporters) => {
      const sum = { firstPageAtMs, idCount: ids, senders: reporters + 2, bytes: 0, reporters, reports };
      return decideSealing(sum, settings, 3, firstPageAtMs + ageMs);
    };
    expect(decideWith(29_999, 6)).toEqual(waitUntil(30_000));
    expect(decideWith(30_000, 5)).toEqual({ outcome: "sealed", needed: 5 });
    expect(decideWith(0, 7)).toEqual({ outcome: "sealed", needed: 5 });
    expect(decideWith(DAY_MS, 4)).toEqual(waitUntil(7 * DAY_MS));
    expect(decideWith(7 * DAY_MS, 4)).toEqual({ outcome: "void", needed: 5 });
    expect(decideWith(0, 4, GRADIENTS_PER_SUM_MAX)).toEqual({ outcome: "void", needed: 5 });
  });

  test("nobody but rejected senders makes no step", () => {
    expect(decide(DAY_MS, 0, { ids: 3, members: 1 })).toEqual(waitUntil(7 * DAY_MS));
    expect(decide(7 * DAY_MS, 0, { ids: 3, members: 1 })).toEqual({ outcome: "void", needed: 1 });
  });
});
