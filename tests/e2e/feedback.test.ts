/** What members say of a round, and rounds that are withdrawn. */
import { expect, test } from "@jest/globals";
import { found, type JoinedMember, type Problem } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

interface Round {
  round: number;
  state: string;
  quality: { repeats: number };
  groups: { members: { memberId: string }[] }[];
}

startSystem();

const roundOf = async (name: string, n: number) =>
  (await operator<Round>("GET", `/communities/${name}/rounds/${n}`)).body;

async function publish(name: string): Promise<Round> {
  const { body } = await operator<Round>("POST", `/communities/${name}/rounds`);
  return roundOf(name, body.round);
}

const say = (name: string, { call }: JoinedMember, round: number, body: object) =>
  call<Problem>("PUT", `/communities/${name}/rounds/${round}/feedback`, { body });

const matesOf = (round: Round, { memberId }: JoinedMember): string[] =>
  round.groups
    .map(({ members }) => members.map((member) => member.memberId))
    .find((ids) => ids.includes(memberId))!
    .filter((id) => id !== memberId);

test("a meeting that was none may come again, and the round says what it said", async () => {
  const [ana, bo, cy, di] = await found(system, "vain", ["ana", "bo", "cy", "di"], {
    groupSize: 2,
    rematchWindowRounds: 3,
  });
  const first = await publish("vain");
  const [mate] = matesOf(first, ana);
  for (const times of [1, 2]) {
    const said = await say("vain", ana, 1, { met: false, missing: [mate] });
    expect([times, said.status, said.body]).toEqual([times, 200, { round: 1, met: false, missing: [mate] }]);
  }
  const rounds = [await publish("vain"), await publish("vain"), await publish("vain")];
  // Of the three ways to pair four, the two that were not met in round 1 come first; then ana may meet her
  // mate at last.
  expect(rounds.slice(0, 2).map((round) => matesOf(round, ana)[0])).not.toContain(mate);
  expect(matesOf(rounds[2], ana)).toEqual([mate]);
  expect(rounds[2].quality.repeats).toBe(1); // the other pair of round 1, which met
  expect(await roundOf("vain", 1)).toEqual(first);
  const mine = await ana.call<{ meetings: object[] }>("GET", "/communities/vain/members/me/meetings");
  expect(mine.body.meetings.at(-1)).toEqual({ memberId: mate, round: 1, missed: true });
  expect(mine.body.meetings).toHaveLength(4);
  expect([bo, cy, di].map(({ memberId }) => memberId)).toContain(mate);
  const stats = () =>
    operator<{ weeks: { rounds: number; feedback: object }[] }>("GET", "/communities/vain/stats?weeks=1");
  const told = { answers: 1, saidMet: 0, met: 1 - 1 / 16 };
  expect((await stats()).body.weeks).toMatchObject([{ rounds: 4, feedback: told }]);
  await publish("vain");
  await operator("DELETE", "/communities/vain/rounds/5");
  expect((await stats()).body.weeks).toMatchObject([{ rounds: 4, feedback: told }]);
  await publish("vain");
  expect((await say("vain", ana, 1, { met: true })).body.type).toBe("round-closed");
});

test("who misses as many rounds in a row as the setting says is paused, is told so, and ends it", async () => {
  const [ana, bo, cy, di] = await found(system, "absent", ["ana", "bo", "cy", "di"], {
    groupSize: 4,
    pauseAfterMissedRounds: 2,
  });
  const C = "/communities/absent";
  for (const round of [1, 2]) {
    await publish("absent");
    for (const member of [ana, bo]) await say("absent", member, round, { met: true, missing: [di.memberId] });
  }
  const me = async () => (await di.call<object>("GET", `${C}/members/me`)).body;
  expect(await me()).toMatchObject({ paused: false, missedInARow: 2, pausedForMisses: true });
  const roster = await operator<{ members: { memberId: string }[] }>("GET", `${C}/members`);
  expect(roster.body.members.find(({ memberId }) => memberId === di.memberId)).toMatchObject({
    ...{ roundsMet: 0, roundsMissed: 2, missedInARow: 2, pausedForMisses: true },
  });
  expect(matesOf(await publish("absent"), ana).sort()).toEqual([bo.memberId, cy.memberId].sort());
  await say("absent", bo, 1, { met: true });
  expect(await me()).toMatchObject({ missedInARow: 1, pausedForMisses: false });
  await say("absent", bo, 1, { met: true, missing: [di.memberId] });
  expect(await me()).toMatchObject({ missedInARow: 2, pausedForMisses: true });
  await di.call("PUT", `${C}/members/me`, { body: { paused: false } });
  expect(await me()).toMatchObject({ missedInARow: 0, pausedForMisses: false });
  expect(matesOf(await publish("absent"), di)).toHaveLength(3);
});

test("feedback is for members of the round, about others of their group", async () => {
  const [ana, bo] = await found(system, "whose", ["ana", "bo", "cy", "di"], { groupSize: 2 });
  const round = await publish("whose");
  const [late] = await found(system, "whose", ["late"], { groupSize: 2 });
  const [mate] = matesOf(round, ana);
  const stranger = round.groups.flatMap(({ members }) => members.map(({ memberId }) => memberId));
  const other = stranger.find((id) => id !== ana.memberId && id !== mate);
  const asked: [JoinedMember, number, object, number, string | undefined][] = [
    [late, 1, { met: true }, 404, "unknown-round"],
    [ana, 2, { met: true }, 404, "unknown-round"],
    [ana, 1, {}, 400, "#/met"],
    [ana, 1, { met: true, missing: [other] }, 400, "#/missing/0"],
    [ana, 1, { met: true, missing: [mate, ana.memberId] }, 400, "#/missing/1"],
    [bo, 1, { met: true }, 200, undefined],
  ];
  for (const [member, n, body, status, what] of asked) {
    const answer = await say("whose", member, n, body);
    const told = answer.body.errors?.[0].pointer ?? answer.body.type;
    expect([answer.status, told]).toEqual([status, what]);
  }
});

test("who leaves takes their answers with them", async () => {
  const [ana] = await found(system, "gone", ["ana", "bo", "cy"], { groupSize: 3 });
  await publish("gone");
  await say("gone", ana, 1, { met: false });
  const { readAnswers } = await import("../../src/infra/feedback-store.ts");
  expect((await readAnswers("gone", 1, 0)).answers.size).toBe(1);
  await ana.call("DELETE", "/communities/gone/members/me");
  expect((await readAnswers("gone", 1, 0)).answers.size).toBe(0);
});

test("a withdrawn round is no meeting, gives its wishes back, and never has its number again", async () => {
  const [ana, bo, cy] = await found(system, "back", ["ana", "bo", "cy", "di"], {
    groupSize: 2,
    rematchWindowRounds: 1,
  });
  const C = "/communities/back";
  const first = await publish("back");
  await cy.call("PUT", `${C}/members/me`, { body: { skipNextRound: true } });
  const second = await publish("back");
  expect(second.groups.flatMap(({ members }) => members)).toHaveLength(3);
  expect((await operator("DELETE", `${C}/rounds/1`)).status).toBe(409);
  for (const times of [1, 2])
    expect([times, (await operator("DELETE", `${C}/rounds/2`)).status]).toEqual([times, 204]);
  expect(await roundOf("back", 2)).toMatchObject({ state: "withdrawn" });
  const mine = await ana.call<{ round: number }>("GET", `${C}/assignments/me`);
  expect(mine.body.round).toBe(1);
  const wish = await cy.call<object>("GET", `${C}/members/me`);
  expect(wish.body).toMatchObject({ skipNextRound: true });
  await cy.call("PUT", `${C}/members/me`, { body: { skipNextRound: false } });
  const third = await publish("back");
  expect(third.round).toBe(3);
  expect(matesOf(third, ana)).not.toEqual(matesOf(first, ana));
  await say("back", bo, 3, { met: true });
  const kept = await operator<Problem>("DELETE", `${C}/rounds/3`);
  expect([kept.status, kept.body.type]).toEqual([409, "round-closed"]);
});

test("a season plans its withdrawn round anew, and nobody meets twice", async () => {
  await found(system, "term", ["ana", "bo", "cy", "di"], { groupSize: 2 });
  const C = "/communities/term";
  await operator("PUT", `${C}/season`, { body: { rounds: 3 } });
  await publish("term");
  await publish("term");
  await operator("DELETE", `${C}/rounds/2`);
  const rounds = [await roundOf("term", 1), await publish("term"), await publish("term")];
  expect(rounds.map(({ round }) => round)).toEqual([1, 3, 4]);
  const pairs = rounds.flatMap(({ groups }) =>
    groups.map(({ members }) => String(members.map((m) => m.memberId).sort())),
  );
  expect(new Set(pairs).size).toBe(6);
  const season = await operator<{ state: string; plan: { round: number }[] }>("GET", `${C}/season`);
  expect(season.body).toMatchObject({ state: "finished", notes: [] });
  expect(season.body.plan.map(({ round }) => round)).toEqual([1, 3, 4]);
});

test("a gap keeps a second round from being published by mistake, and force does it all the same", async () => {
  await found(system, "gap", ["ana", "bo"], { roundGapMinutes: 60 });
  const C = "/communities/gap";
  expect((await operator("POST", `${C}/rounds`)).status).toBe(201);
  const soon = await operator<Problem>("POST", `${C}/rounds`);
  expect([soon.status, soon.body.type]).toEqual([409, "round-too-soon"]);
  expect(Number(soon.headers.get("retry-after"))).toBeGreaterThan(3500);
  const forced = await operator("POST", `${C}/rounds`, { body: { force: true, reason: "a guest came" } });
  expect([forced.status, forced.body]).toEqual([201, expect.objectContaining({ reason: "a guest came" })]);
  await operator("DELETE", `${C}/rounds/2`);
  expect((await operator<Problem>("POST", `${C}/rounds`)).status).toBe(409);
  const both = await Promise.all(
    [1, 2].map(() => operator("POST", `${C}/rounds`, { body: { force: false } })),
  );
  expect(both.map(({ status }) => status)).toEqual([409, 409]);
});

test("of a withdrawal and an answer at once one is refused, whoever publishes beside them", async () => {
  const [ana] = await found(system, "race", ["ana", "bo"]);
  const C = "/communities/race";
  for (let round = 1, tries = 0; tries < 4; tries++) {
    await operator("POST", `${C}/rounds`);
    const [withdrawn, said, next] = await Promise.all([
      operator<Problem>("DELETE", `${C}/rounds/${round}`),
      say("race", ana, round, { met: true }),
      tries % 2 === 0 ? operator<Round>("POST", `${C}/rounds`) : null,
    ]);
    const { state } = await roundOf("race", round);
    expect([withdrawn.status === 204, state === "withdrawn"]).not.toContain(said.status === 200);
    expect([204, 409, 503]).toContain(withdrawn.status);
    expect([200, 404, 503]).toContain(said.status);
    round += next === null ? 1 : 2;
  }
});
