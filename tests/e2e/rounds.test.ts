import { expect, test } from "@jest/globals";
import { type Caller, caller, found, type Problem, until } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

interface Round {
  round: number;
  state: string;
  groupSizes: { size: number; groups: number }[];
  quality: {
    totalAffinity: number;
    worstMemberAffinity: number;
    repeats: number;
    moved: number | null;
    engineSeconds: number;
    notes: { note: string; detail: string; pairs?: string[][]; members?: string[] }[];
  };
  groups: { groupId: string; members: { memberId: string }[] }[];
}

startSystem();

const roundOf = async (name: string, n: number) =>
  (await operator<Round>("GET", `/communities/${name}/rounds/${n}`)).body;

async function publish(name: string): Promise<Round> {
  const { body } = await operator<Round>("POST", `/communities/${name}/rounds`);
  return roundOf(name, body.round);
}

/** The groups as sets of memberIds, each sorted. */
const groupsOf = (round: Round) =>
  round.groups.map((group) => group.members.map((member) => member.memberId).sort());

const areTogether = (round: Round, a: { memberId: string }, b: { memberId: string }) =>
  groupsOf(round).some((group) => group.includes(a.memberId) && group.includes(b.memberId));

test("a blocked pair leaves the draft at once, is in no later round, and the published round stays", async () => {
  const [ana, bo, cy] = await found(system, "blocks", ["ana", "bo", "cy", "di"], {
    groupSize: 2,
    diversityPenalty: 0,
    assignmentIntervalSeconds: 900,
  });
  const first = await publish("blocks");
  const partner = [bo, cy].find((other) => areTogether(first, ana, other)) ?? bo;
  const path = `/communities/blocks/members/me/blocks/${partner.memberId}`;
  for (let time = 0; time < 2; time++) expect((await ana.call("PUT", path)).status).toBe(204);
  await until(
    () => roundOf("blocks", 2),
    (draft) => draft.groups !== undefined && !areTogether(draft, ana, partner),
  );
  for (let round = 2; round < 5; round++)
    expect(areTogether(await publish("blocks"), ana, partner)).toBe(false);
  expect(await roundOf("blocks", 1)).toEqual(first);
});

test("a block counts from the side of the blocked too, and only the blocker can take it back", async () => {
  const [ana, bo] = await found(system, "one-sided", ["ana", "bo", "cy"], { groupSize: 3 });
  const block = (other: { memberId: string }) => `/communities/one-sided/members/me/blocks/${other.memberId}`;
  await ana.call("PUT", block(bo));
  expect((await bo.call("DELETE", block(ana))).status).toBe(204);
  expect(areTogether(await publish("one-sided"), bo, ana)).toBe(false);
  expect((await ana.call("DELETE", block(bo))).status).toBe(204);
  expect(areTogether(await publish("one-sided"), bo, ana)).toBe(true);
});

test("blocking nobody's memberId is 404 by name, blocking oneself 400, and for a stranger there is no community", async () => {
  const [ana] = await found(system, "bad-blocks", ["ana", "bo"]);
  const path = "/communities/bad-blocks/members/me/blocks";
  for (const method of ["PUT", "DELETE"]) {
    const unknown = await ana.call<Problem>(method, `${path}/nobody`);
    expect([unknown.status, unknown.body.type]).toEqual([404, "unknown-member"]);
    expect(unknown.body.errors?.[0].pointer).toBe("#/memberId");
    expect(unknown.body.detail).toContain("nobody");
    const self = await ana.call<Problem>(method, `${path}/${ana.memberId}`);
    expect([self.status, self.body.errors?.[0].pointer]).toEqual([400, "#/memberId"]);
    const stranger = await caller(system, "stranger");
    expect((await stranger(method, `${path}/${ana.memberId}`)).status).toBe(404);
  }
});

test("a block is shown to nobody, and stays when the blocked leaves", async () => {
  const [ana, bo] = await found(system, "traces", ["ana", "bo", "cy"], { groupSize: 3 });
  const C = "/communities/traces";
  await ana.call("PUT", `${C}/members/me/blocks/${bo.memberId}`);
  await publish("traces");
  const shown = [
    await bo.call("GET", `${C}/assignments/me`),
    await bo.call("GET", C),
    await bo.call("PUT", `${C}/members/me`, { body: {} }),
    await operator("GET", C),
    await operator("GET", `${C}/rounds/1`),
    await operator("GET", `${C}/assignments`),
  ];
  expect(JSON.stringify(shown.map((answer) => answer.body))).not.toMatch(/block/i);
  const { readMembers } = await import("../../src/infra/member-store.ts");
  const blocks = async () => (await readMembers("traces")).map((member) => member.blockedRows);
  expect(await blocks()).toContainEqual([1]);
  expect((await bo.call("DELETE", `${C}/members/me`)).status).toBe(204);
  expect(await blocks()).toEqual([[1], []]);
});

test("operators see how good a round is, members why they are together, and nobody what another rated", async () => {
  const [ana] = await found(system, "quality", ["ana", "bo", "cy", "di", "eve"], { groupSize: 2 });
  const first = await publish("quality");
  expect(first.groupSizes).toEqual([
    { size: 2, groups: 1 },
    { size: 3, groups: 1 },
  ]);
  expect(first.quality).toMatchObject({ repeats: 0, notes: [] });
  expect(first.quality.totalAffinity).toBeGreaterThan(first.quality.worstMemberAffinity);
  expect(first.quality.engineSeconds).toBeGreaterThanOrEqual(0);
  const mine = await ana.call<{ because: string[] }>("GET", "/communities/quality/assignments/me");
  expect(mine.body.because).toEqual(["none of you have met in a round before"]);
  expect(JSON.stringify(mine.body)).not.toMatch(/affinity|score|quality/i);
});

test("a rematch window is kept while it can be, and then its pairs are named to operators alone", async () => {
  const people = ["ana", "bo", "cy", "di"];
  const [ana] = await found(system, "rematch", people, { groupSize: 2, rematchWindowRounds: 9 });
  const rounds = [await publish("rematch"), await publish("rematch"), await publish("rematch")];
  expect(new Set(rounds.flatMap(groupsOf).map(String)).size).toBe(6);
  expect(rounds.map((round) => round.quality.notes)).toEqual([[], [], []]);
  const fourth = await publish("rematch");
  const [note] = fourth.quality.notes;
  expect(note).toMatchObject({
    note: "rematch",
    detail: "Pairs that meet again within the rematch window: 2.",
  });
  expect(note.pairs?.map((pair) => pair.sort())).toEqual(expect.arrayContaining(groupsOf(fourth)));
  expect(fourth.quality.repeats).toBe(2);
  const mine = await ana.call("GET", "/communities/rematch/assignments/me");
  expect(JSON.stringify(mine.body)).not.toContain("rematch");
});

const everybodyIn = (round: Round) => groupsOf(round).flat().sort();
const idsOf = (...members: { memberId: string }[]) => members.map((member) => member.memberId).sort();

test("a pause that ends by date counts without anybody calling: in the draft, and at the latest when publishing", async () => {
  const [ana, bo, cy] = await found(system, "pauses", ["ana", "bo", "cy"], { groupSize: 3 });
  const path = "/communities/pauses/members/me";
  const pausedUntil = new Date(Date.now() + 4000).toISOString();
  const paused = await cy.call("PUT", path, { body: { pausedUntil } });
  expect(paused.body).toMatchObject({ paused: false, pausedUntil, skipNextRound: false, optIn: false });
  expect(everybodyIn(await publish("pauses"))).toEqual(idsOf(ana, bo));
  await new Promise((resolve) => setTimeout(resolve, Date.parse(pausedUntil) - Date.now()));
  expect(everybodyIn(await publish("pauses"))).toEqual(idsOf(ana, bo, cy));

  const again = new Date(Date.now() + 3000).toISOString();
  await cy.call("PUT", path, { body: { pausedUntil: again } });
  const draftWith = (...members: { memberId: string }[]) =>
    until(
      () => roundOf("pauses", 3),
      (draft) => draft.groups !== undefined && String(everybodyIn(draft)) === String(idsOf(...members)),
    );
  await draftWith(ana, bo);
  await draftWith(ana, bo, cy);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(again));
});

test("who skips the next round is in the one after", async () => {
  const [ana, bo, cy] = await found(system, "skips", ["ana", "bo", "cy"], { groupSize: 3 });
  const path = "/communities/skips/members/me";
  expect((await cy.call("PUT", path, { body: { skipNextRound: true } })).body).toMatchObject({
    skipNextRound: true,
  });
  expect(everybodyIn(await publish("skips"))).toEqual(idsOf(ana, bo));
  expect((await cy.call("PUT", path, { body: {} })).body).toMatchObject({ skipNextRound: false });
  expect(everybodyIn(await publish("skips"))).toEqual(idsOf(ana, bo, cy));
});

test("with opt-in a member is grouped in the round they opted into and in no other", async () => {
  const [ana, bo] = await found(system, "opt-in", ["ana", "bo", "cy"], { participation: "opt-in" });
  const path = "/communities/opt-in/members/me";
  const none = await operator<Problem>("POST", "/communities/opt-in/rounds");
  expect([none.status, none.body.type]).toEqual([409, "nobody-to-group"]);
  for (const member of [ana, bo]) {
    expect((await member.call("PUT", path, { body: { optIn: true } })).body).toMatchObject({ optIn: true });
  }
  expect(everybodyIn(await publish("opt-in"))).toEqual(idsOf(ana, bo));
  expect((await ana.call("PUT", path, { body: {} })).body).toMatchObject({ optIn: false });
  expect((await operator("POST", "/communities/opt-in/rounds")).status).toBe(409);
});

test("operators tag members, and groups match by language at once", async () => {
  const members = await found(system, "tags", ["ana", "bo", "cy", "di"], {
    groupSize: 2,
    matchTags: ["language"],
  });
  const path = (memberId: string) => `/communities/tags/members/${memberId}`;
  for (const [at, { memberId }] of members.entries()) {
    const body = { tags: { language: at % 2 === 0 ? "de" : "fr" } };
    const answer = await operator("PUT", path(memberId), { body });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ memberId, status: "member", ...body });
  }
  const [ana, bo, cy, di] = members;
  const first = await publish("tags");
  expect([areTogether(first, ana, cy), areTogether(first, bo, di)]).toEqual([true, true]);
  await operator("PUT", path(bo.memberId), { body: { tags: { language: "pl" } } });
  const second = await publish("tags");
  expect(second.quality.notes).toMatchObject([
    { note: "match", detail: "Pairs that differ in a tag that is to be equal: 1." },
  ]);

  const asked: [Caller, string, object, number, string | undefined][] = [
    [ana.call, ana.memberId, { tags: {} }, 403, undefined],
    [operator, "nobody", { tags: {} }, 404, "#/memberId"],
    [operator, ana.memberId, { tags: { language: 1 } }, 400, "#/tags/language"],
    [operator, ana.memberId, { tags: [] }, 400, "#/tags"],
    [operator, ana.memberId, { tags: { "-x": "y" } }, 400, "#/tags/-x"],
  ];
  for (const [call, memberId, body, status, pointer] of asked) {
    const answer = await call<Problem>("PUT", path(memberId), { body });
    expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([status, pointer]);
  }
});
