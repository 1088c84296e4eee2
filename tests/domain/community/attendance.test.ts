import { expect, test } from "@jest/globals";
import {
  type Attendance,
  attendanceAfter,
  attendanceBody,
  attends,
  nextReturnMs,
} from "../../../src/domain/community/attendance.ts";

const everyone = { round: 3, latestRound: 2, participation: "everyone" as const, nowMs: 1000 };
const optIn = { ...everyone, participation: "opt-in" as const };

test.each<[string, Attendance, boolean]>([
  ["without wishes", { paused: false }, true],
  ["paused", { paused: true }, false],
  ["paused until later", { paused: false, pausedUntilMs: 1001 }, false],
  ["whose pause ends now", { paused: false, pausedUntilMs: 1000 }, true],
  ["who skips this round", { paused: false, skippedRound: 3 }, false],
  ["who skipped the last", { paused: false, skippedRound: 2 }, true],
])("a member %s takes part: %#", (_, member, expected) => {
  expect(attends(member, everyone)).toBe(expected);
});

test("with opt-in only those take part who opted into this very round", () => {
  const rounds = [undefined, 2, 3];
  const answers = rounds.map((optedInRound) => attends({ paused: false, optedInRound }, optIn));
  expect(answers).toEqual([false, false, true]);
  expect(attends({ paused: false, optedInRound: 3, skippedRound: 3 }, optIn)).toBe(false);
});

test("a draft holds until the first pause ends that keeps somebody out of it", () => {
  const members = [
    { paused: false },
    { paused: false, pausedUntilMs: 900 },
    { paused: false, pausedUntilMs: 5000 },
    { paused: false, pausedUntilMs: 4000 },
    { paused: true, pausedUntilMs: 2000 },
  ];
  expect(nextReturnMs(members, everyone)).toBe(4000);
  expect(nextReturnMs(members.slice(0, 2), everyone)).toBeUndefined();
});

test("a wish changes what it names and nothing else; unpausing ends a pause with an end as well", () => {
  const until = attendanceAfter({ paused: false }, { pausedUntil: "2026-01-05T12:00:00+02:00" }, 3);
  expect(attendanceBody(until, { round: 3, latestRound: 2 }, 0)).toEqual({
    paused: false,
    pausedUntil: "2026-01-05T10:00:00.000Z",
    skipNextRound: false,
    optIn: false,
  });
  expect(attendanceAfter(until, { skipNextRound: true }, 3)).toEqual({ ...until, skippedRound: 3 });
  expect(attendanceAfter(until, { pausedUntil: null }, 3).pausedUntilMs).toBeUndefined();
  expect(attendanceAfter(until, { paused: false }, 3).pausedUntilMs).toBeUndefined();
  const skipped = attendanceAfter({ paused: false }, { skipNextRound: true, optIn: true }, 3);
  expect(attendanceBody(skipped, { round: 3, latestRound: 2 }, 0)).toMatchObject({
    skipNextRound: true,
    optIn: true,
  });
  expect(attendanceBody(skipped, { round: 4, latestRound: 3 }, 0)).toMatchObject({
    skipNextRound: false,
    optIn: false,
  });
});
