import { expect, test } from "@jest/globals";
import { afterSum, isLeftOut, NO_TRIAL, setAside, type Trial } from "../../../src/domain/secure/trial.ts";

const DAY_MS = 86_400_000;
const people = (count: number) => Array.from({ length: count }, (_, n) => `m${String(n).padStart(3, "0")}`);

/** Sums of all members who are not left out, until every saboteur is; answers what each sum was. */
function sumsUntilFound(members: readonly string[], saboteurs: readonly string[], membersMin: number) {
  let trial: Trial = NO_TRIAL;
  const sums: { members: number; isGood: boolean }[] = [];
  while (!saboteurs.every((one) => isLeftOut(trial, one, 0)) || trial.suspects.length > 0) {
    const gathered = members.filter((one) => !isLeftOut(trial, one, 0));
    const aside = setAside(trial, gathered, membersMin, 0);
    const tried = gathered.filter((one) => !aside.has(one));
    const isGood = !tried.some((one) => saboteurs.includes(one));
    sums.push({ members: tried.length, isGood });
    if (sums.length > 200) throw new Error("the search does not end");
    trial = afterSum(trial, tried, isGood, 0);
  }
  return { trial, sums, failed: sums.filter(({ isGood }) => !isGood).length };
}

test("wherever one saboteur stands, at most log2(n), rounded up, of the sums of n fail before they alone are left out", () => {
  for (const count of [16, 17, 27, 64, 128]) {
    const members = people(count);
    const membersMin = Math.floor(count / 2);
    for (const saboteur of members) {
      const { trial, sums, failed } = sumsUntilFound(members, [saboteur], membersMin);
      expect(failed).toBeLessThanOrEqual(Math.ceil(Math.log2(count)));
      expect(trial.leftOut.map(({ sender }) => sender)).toEqual([saboteur]);
      expect(Math.min(...sums.map((sum) => sum.members))).toBeGreaterThanOrEqual(membersMin);
    }
  }
});

test("two saboteurs are both found, and nobody else", () => {
  const members = people(24);
  for (const [n, other] of members.slice(1).entries()) {
    const { trial } = sumsUntilFound(members, [members[n], other], 6);
    expect(new Set(trial.leftOut.map(({ sender }) => sender))).toEqual(new Set([members[n], other]));
  }
});

test("without a trial all are in a sum; where too few are cleared, more suspects are", () => {
  const members = people(9);
  expect(setAside(NO_TRIAL, members, 5, 0).size).toBe(0);
  const spoiled = afterSum(NO_TRIAL, members, false, 0);
  expect(spoiled.suspects.map((group) => group.length)).toEqual([3, 3, 3]);
  expect([...setAside(spoiled, members, 2, 0)]).toEqual(members.slice(3));
  expect([...setAside(spoiled, members, 5, 0)]).toEqual(members.slice(5));
  expect(setAside(spoiled, members, 9, 0).size).toBe(0);
  // Those who were in no spoiled sum fill it up, and suspects who are away are not waited for.
  expect([...setAside(spoiled, ["x", "y", ...members.slice(3, 8)], 5, 0)]).toEqual(members.slice(6, 8));
});

test("whoever was in a good sum is a suspect no more, and who is left out comes back after thirty days", () => {
  const members = people(4);
  const spoiled = afterSum(NO_TRIAL, members, false, 0);
  expect(afterSum(spoiled, members.slice(0, 3), true, 0).suspects).toEqual([[members[3]]]);
  const found = afterSum({ suspects: [[members[3]]], leftOut: [] }, members, false, 7);
  expect(found).toEqual({ suspects: [], leftOut: [{ sender: members[3], untilMs: 30 * DAY_MS + 7 }] });
  expect([...setAside(found, members, 2, 30 * DAY_MS)]).toEqual([members[3]]);
  expect(setAside(found, members, 2, 30 * DAY_MS + 7).size).toBe(0);
});
