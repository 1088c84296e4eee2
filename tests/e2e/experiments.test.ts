/** What is tried out on an arm of the members; and what stats and operations tell. */
import { expect, test } from "@jest/globals";
import { AT_ONCE, found } from "./caller.ts";
import { operator, system } from "./system.ts";
import { cinema, keep, put, recommended, startWithSecret, teach } from "./taught-models.ts";

interface Arm {
  arm: string;
  members: number;
  groups: number;
  pairs: number;
  rounds: number;
}
interface Week {
  week: string;
  joined: number;
  contributions: { commits: number; applied: number; rejected: number; sendersMax: number } | null;
  rounds: number;
  members: number;
  pairs: number;
  metBefore: number | null;
  affinity: number | null;
  arms?: Arm[];
}
interface Roster {
  members: { memberId: string; arm: string | null }[];
}
interface Round {
  quality: { notes: { note: string }[]; arms?: Arm[] };
  groups: { members: { memberId: string }[] }[];
}

startWithSecret();

test("an experiment parts the members by arms that nobody is grouped across, and stats tell them apart", async () => {
  const C = "/communities/arms";
  const names = Array.from({ length: 24 }, (_, n) => `arm-${n}`);
  const members = await found(system, "arms", names, { ...AT_ONCE, groupSize: 3 });
  const roster = async () => (await operator<Roster>("GET", `${C}/members`)).body.members;
  expect((await roster())[0].arm).toBeNull();
  await put(C, { experiment: { share: 0.5, settings: { diversityPenalty: 0, groupSize: 4 } } });
  const armOf = new Map((await roster()).map(({ memberId, arm }) => [memberId, arm]));
  const inArm = (arm: string) => members.filter(({ memberId }) => armOf.get(memberId) === arm);
  expect([inArm("main").length, inArm("experiment").length]).toEqual([12, 12]);
  const [one, other] = inArm("experiment");
  await one.call("PUT", `${C}/members/me/blocks/${other.memberId}`);
  await operator("POST", `${C}/rounds`);
  await operator("POST", `${C}/rounds`);
  const round = (await operator<Round>("GET", `${C}/rounds/2`)).body;
  const groups = round.groups.map((group) => group.members.map(({ memberId }) => memberId));
  expect(groups.flat().toSorted()).toEqual(members.map(({ memberId }) => memberId).toSorted());
  for (const group of groups) expect(new Set(group.map((memberId) => armOf.get(memberId))).size).toBe(1);
  expect(groups.filter((group) => group.includes(one.memberId) && group.includes(other.memberId))).toEqual(
    [],
  );
  for (const arm of ["main", "experiment"]) {
    const sizes = groups.filter(([memberId]) => armOf.get(memberId) === arm).map((group) => group.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(round.quality.arms).toContainEqual(
      expect.objectContaining({ arm, members: inArm(arm).length, groups: sizes.length }),
    );
  }
  const [week] = (await operator<{ weeks: Week[] }>("GET", `${C}/stats?by=week&weeks=2`)).body.weeks;
  expect(week).toMatchObject({ joined: 24, rounds: 2, members: 24 });
  expect(week.arms).toMatchObject([
    { arm: "main", rounds: 2, members: inArm("main").length },
    { arm: "experiment", rounds: 2, members: inArm("experiment").length },
  ]);
  expect(week.arms![0].pairs + week.arms![1].pairs).toBe(week.pairs);

  await put(C, { experiment: { share: 0.01, settings: { diversityPenalty: 0 } } });
  await operator("POST", `${C}/rounds`);
  const { quality } = (await operator<Round>("GET", `${C}/rounds/3`)).body;
  expect(quality.notes.map(({ note }) => note)).toContain("experiment-few");
  expect(quality.arms).toBeUndefined();
});

test("the arm on another version is recommended by it, the others by the model as it is", async () => {
  const { C, members, teacher } = await cinema("versioned", 9, 2);
  await teach(C, teacher, { 9: [0, 0, 5], 10: [0, 0, 1] });
  const version = await keep(C);
  await teach(C, teacher, { 9: [0, 0, 1], 10: [0, 0, 5] });
  await put(C, { experiment: { share: 0.5, version } });
  const roster = (await operator<Roster>("GET", `${C}/members`)).body.members;
  const seen = new Set<string | null>();
  for (const { memberId, call } of members.slice(0, -1)) {
    const { arm } = roster.find((entry) => entry.memberId === memberId)!;
    seen.add(arm);
    expect([arm, (await recommended(call, C))[0].itemId]).toEqual([
      arm,
      arm === "main" ? "film-1" : "film-0",
    ]);
  }
  expect(seen.size).toBe(2);
});

test("stats tell what a week's commits and rounds came to, and are told again only when something has changed", async () => {
  const C = "/communities/figures";
  const [ana] = await found(system, "figures", ["ana", "bo", "cy", "di"], { groupSize: 2 });
  await teach(C, ana.call, { 1: [1, 2, 3] });
  for (let n = 0; n < 4; n++) await operator("POST", `${C}/rounds`);
  const { body, headers } = await operator<{ members: number; weeks: Week[] }>("GET", `${C}/stats`);
  expect(body.members).toBe(4);
  expect(body.weeks).toHaveLength(12);
  expect(body.weeks[0]).toMatchObject({
    joined: 4,
    contributions: { commits: 1, applied: 1, rejected: 0, sendersMax: 1 },
    rounds: 4,
    members: 4,
    pairs: 8,
    metBefore: 0.25, // of four rounds of two pairs the fourth repeats one
  });
  expect(body.weeks[0].affinity).toBeGreaterThan(0);
  expect(body.weeks[1]).toMatchObject({ joined: 0, rounds: 0, pairs: 0, metBefore: null, affinity: null });
  const etag = { headers: { "if-none-match": headers.get("etag")! } };
  expect((await operator("GET", `${C}/stats`, etag)).status).toBe(304);
  await operator("POST", `${C}/rounds`);
  expect((await operator("GET", `${C}/stats`, etag)).status).toBe(200);
});

test("operations tell what waits in the open sum, what was done last, and how full the queues are", async () => {
  const C = "/communities/operated";
  const cadence = { every: "week", weekday: "monday", time: "09:00", timeZone: "Europe/Berlin" };
  const [ana, bo] = await found(system, "operated", ["ana", "bo", "cy"], { cadence });
  await teach(C, ana.call, { 1: [1, 2, 3] });
  await put(C, { sumMembersMin: 3 });
  await teach(C, ana.call, { 1: [1, 2, 4] });
  await teach(C, bo.call, { 0: [1, 2, 4] });
  const { status, body } = await operator<object>("GET", `${C}/operations`);
  expect(status).toBe(200);
  const quiet = { waiting: 0, inFlight: 0, deadLetters: 0 };
  expect(body).toMatchObject({
    queues: [
      { queue: "gradients", ...quiet },
      { queue: "ratings", ...quiet },
      { queue: "signals", deadLetters: 0 },
      { queue: "notices", deadLetters: 0 },
    ],
    sums: { open: { gradients: 2, senders: 2, since: expect.any(String) }, waiting: 0, stalled: 0 },
    lastCommit: { modelVersion: 1, committedAt: expect.any(String) },
    draft: { round: 1, computedAt: expect.any(String) },
    nextRoundAt: expect.any(String),
    lastSweepAt: null,
  });
});
