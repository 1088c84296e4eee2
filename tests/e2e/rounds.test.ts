import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";
import { type Caller, caller, found, type Problem, until } from "./caller.ts";

jest.setTimeout(30_000);

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

let system: LocalSystem;
let operator: Caller;

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  system = await startLocalSystem();
  operator = await caller(system, "operator", "operator");
});
afterAll(() => system.stop());

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

test("blocking nobody's memberId is 404 by name, blocking oneself 400, and a stranger 403", async () => {
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
    expect((await stranger(method, `${path}/${ana.memberId}`)).status).toBe(403);
  }
});

test("a block is shown to nobody, and gone when either leaves", async () => {
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
  expect(await blocks()).toEqual([[], []]);
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
  expect(note).toMatchObject({ note: "rematch", detail: "2 pairs meet again within the rematch window." });
  expect(note.pairs?.map((pair) => pair.sort())).toEqual(expect.arrayContaining(groupsOf(fourth)));
  expect(fourth.quality.repeats).toBe(2);
  const mine = await ana.call("GET", "/communities/rematch/assignments/me");
  expect(JSON.stringify(mine.body)).not.toContain("rematch");
});
