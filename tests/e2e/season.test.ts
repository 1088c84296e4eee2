import { afterEach, expect, test } from "@jest/globals";
import { type Caller, caller, found, type JoinedMember, type Problem, until } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

interface Note {
  note: string;
  detail: string;
  pairs?: string[][];
  members?: string[];
}

interface Group {
  groupId: string;
  members: { memberId: string }[];
}

interface Season {
  state: string;
  rounds: number;
  firstRound: number;
  lastRound: number;
  memberCount: number;
  quality: {
    repeats: number;
    metBefore: number;
    affinity: number;
    freeAffinity: number;
    affinityShare: number;
  };
  settings?: object;
  notes?: Note[];
  plan?: { round: number; state: string; groups: Group[] }[];
}

interface Round {
  round: number;
  state: string;
  groupSizes: { size: number; groups: number }[];
  quality: { repeats: number; notes: Note[] };
  groups: Group[];
}

const PEOPLE = ["ana", "bo", "cy", "di", "eve", "flo", "gus", "hal", "ida", "jo", "kim", "lu"];

startSystem();
afterEach(async () => {
  const { dynamodb } = await import("../../src/infra/aws.ts");
  dynamodb.middlewareStack.remove("interference");
});

const plan = (name: string, rounds: number) =>
  operator<Season & Problem>("PUT", `/communities/${name}/season`, { body: { rounds } });
const seasonOf = async (name: string) => (await operator<Season>("GET", `/communities/${name}/season`)).body;
const roundOf = async (name: string, round: number) =>
  (await operator<Round>("GET", `/communities/${name}/rounds/${round}`)).body;

async function publish(name: string): Promise<Round> {
  const { body } = await operator<Round>("POST", `/communities/${name}/rounds`);
  return roundOf(name, body.round);
}

/** The groups as sorted texts of sorted memberIds, so that two ways to tell them are equal. */
const groupsOf = (groups: Group[]) =>
  groups.map((group) => group.members.map(({ memberId }) => memberId).sort()).sort();
const peopleIn = (groups: Group[]) => groupsOf(groups).flat().sort();
const idsOf = (members: JoinedMember[]) => members.map(({ memberId }) => memberId).sort();

/** The pairs of each round, smaller memberId first. */
function pairsOf(groups: Group[]): string[] {
  return groupsOf(groups).flatMap((members) =>
    members.flatMap((a, at) => members.slice(at + 1).map((b) => `${a} ${b}`)),
  );
}

/** Pairs of a later round that have met in an earlier one. */
function pairsAgain(rounds: Round[]): string[] {
  const met = new Set<string>();
  return rounds.flatMap(({ groups }) => {
    const pairs = pairsOf(groups);
    const again = pairs.filter((pair) => met.has(pair));
    for (const pair of pairs) met.add(pair);
    return again;
  });
}

const reportedIn = (notes: Note[]) =>
  notes
    .filter(({ note }) => note === "season-repeat")
    .flatMap(({ pairs = [] }) => pairs.map((pair) => pair.sort().join(" ")));

/** Something happens before the next transaction of the handlers. */
async function beforeNextTransaction(act: () => Promise<unknown>) {
  const { dynamodb } = await import("../../src/infra/aws.ts");
  dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== "TransactWriteItemsCommand") return next(args);
      dynamodb.middlewareStack.remove("interference");
      await act();
      return next(args);
    },
    { step: "initialize", name: "interference" },
  );
}

test("a season is drafted and published as planned, nobody meets twice, and then it is finished", async () => {
  await found(system, "whole", PEOPLE, { groupSize: 3 });
  const { status, body } = await plan("whole", 4);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    state: "running",
    rounds: 4,
    firstRound: 1,
    lastRound: 4,
    memberCount: 12,
    notes: [],
  });
  expect(body.quality).toMatchObject({ repeats: 0, metBefore: 0 });
  expect(body.quality.affinityShare).toBeGreaterThan(0.5);
  expect(body.quality.affinityShare).toBeLessThanOrEqual(1);
  const rounds: Round[] = [];
  for (const planned of body.plan!) {
    const round = await publish("whole");
    expect([planned.state, round.round]).toEqual(["planned", planned.round]);
    expect(groupsOf(round.groups)).toEqual(groupsOf(planned.groups));
    expect(round.quality).toMatchObject({ repeats: 0, notes: [] });
    rounds.push(round);
  }
  expect(pairsAgain(rounds)).toEqual([]);
  const over = await seasonOf("whole");
  expect(over).toMatchObject({ state: "finished", quality: body.quality, notes: [] });
  expect(over.plan!.map(({ state }) => state)).toEqual(new Array(4).fill("published"));
  const after = await publish("whole");
  expect(after.quality.notes).toEqual([]);
});

test("with a join, a leave, a block and a pause no pair meets twice but those that are told", async () => {
  const members = await found(system, "lively", PEOPLE, { groupSize: 3, assignmentIntervalSeconds: 900 });
  const [ana, bo, cy] = members;
  const C = "/communities/lively";
  const planned = (await plan("lively", 4)).body.plan!;
  const rounds = [await publish("lively")];
  expect(groupsOf(rounds[0].groups)).toEqual(groupsOf(planned[0].groups));

  const max = await caller(system, "max");
  const { body: joined } = await max<JoinedMember>("PUT", `${C}/members/me`, { body: {} });
  rounds.push(await publish("lively"));
  expect(peopleIn(rounds[1].groups)).toEqual([...idsOf(members), joined.memberId].sort());
  expect(rounds[1].groupSizes).toEqual([
    { size: 3, groups: 3 },
    { size: 4, groups: 1 },
  ]);
  expect(rounds[1].quality.notes).toContainEqual(
    expect.objectContaining({ note: "season-unplanned", members: [joined.memberId] }),
  );
  const kept = groupsOf(rounds[1].groups).map((group) =>
    group.filter((memberId) => memberId !== joined.memberId),
  );
  expect(kept.sort()).toEqual(groupsOf(planned[1].groups));

  expect((await bo.call("DELETE", `${C}/members/me`)).status).toBe(204);
  const mate = planned[2].groups.map(({ members }) => members.map(({ memberId }) => memberId));
  const foe = mate
    .find((group) => group.includes(ana.memberId))!
    .find((id) => ![ana.memberId, bo.memberId].includes(id))!;
  await ana.call("PUT", `${C}/members/me/blocks/${foe}`);
  rounds.push(await publish("lively"));
  await cy.call("PUT", `${C}/members/me`, { body: { paused: true } });
  rounds.push(await publish("lively"));

  const blocked = [ana.memberId, foe].sort().join(" ");
  expect(rounds.slice(2).flatMap(({ groups }) => pairsOf(groups))).not.toContain(blocked);
  expect(peopleIn(rounds[2].groups)).not.toContain(bo.memberId);
  expect(peopleIn(rounds[3].groups)).toHaveLength(11);
  expect(peopleIn(rounds[3].groups)).not.toContain(cy.memberId);
  for (const { groups } of rounds) expect(new Set(peopleIn(groups)).size).toBe(peopleIn(groups).length);
  const again = pairsAgain(rounds).sort();
  expect(rounds.flatMap(({ quality }) => reportedIn(quality.notes)).sort()).toEqual(again);
  const over = await seasonOf("lively");
  expect(new Set(reportedIn(over.notes!))).toEqual(new Set(again));
  expect(over.notes).toContainEqual(expect.objectContaining({ note: "season-left" }));
  expect(JSON.stringify(over)).not.toMatch(/block/i);
});

test("a season keeps those apart who met before it, and its draft replaces the free one", async () => {
  const members = await found(system, "after", PEOPLE.slice(0, 8), { groupSize: 2 });
  const before = await publish("after");
  await until(
    () => roundOf("after", 2),
    (draft) => draft.groups !== undefined,
  );
  const { body } = await plan("after", 5);
  expect(body).toMatchObject({ firstRound: 2, lastRound: 6 });
  expect(body.quality).toMatchObject({ repeats: 0, metBefore: 0 });
  const draft = await until(
    () => roundOf("after", 2),
    ({ groups }) => String(groupsOf(groups)) === String(groupsOf(body.plan![0].groups)),
  );
  expect(draft.state).toBe("draft");
  expect(peopleIn(draft.groups)).toEqual(idsOf(members));
  const rounds = [before];
  for (let round = 2; round <= 6; round++) rounds.push(await publish("after"));
  expect(pairsAgain(rounds)).toEqual([]);
});

test("a round that is published while a season is planned is not in it", async () => {
  await found(system, "race", PEOPLE.slice(0, 8), { groupSize: 2 });
  await beforeNextTransaction(() => operator("POST", "/communities/race/rounds"));
  const { status, body } = await plan("race", 3);
  expect([status, body.firstRound]).toEqual([200, 2]);
  expect(body.quality.metBefore).toBe(0);
  expect((await seasonOf("race")).plan!.map(({ round }) => round)).toEqual([2, 3, 4]);
});

test("of two seasons planned at once one stands whole, and a later one takes its place", async () => {
  await found(system, "two", PEOPLE.slice(0, 6), { groupSize: 2 });
  const answers = await Promise.all([plan("two", 2), plan("two", 3)]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const stands = await seasonOf("two");
  const told = answers.find(({ body }) => body.rounds === stands.rounds)!.body;
  expect(stands.plan!.map(({ groups }) => groupsOf(groups))).toEqual(
    told.plan!.map(({ groups }) => groupsOf(groups)),
  );
  await publish("two");
  expect((await plan("two", 1)).body).toMatchObject({ firstRound: 2, lastRound: 2 });
  expect(await seasonOf("two")).toMatchObject({ firstRound: 2, rounds: 1, state: "running" });
});

test("a season that is deleted leaves its rounds to the free engine", async () => {
  await found(system, "ended", PEOPLE.slice(0, 6), { groupSize: 2 });
  await plan("ended", 5);
  const path = "/communities/ended/season";
  for (let time = 0; time < 2; time++) expect((await operator("DELETE", path)).status).toBe(204);
  const gone = await operator<Problem>("GET", path);
  expect([gone.status, gone.body.type]).toEqual([404, "unknown-season"]);
  expect((await publish("ended")).quality.notes).toEqual([]);
});

test("another group size in mid-season makes groups of that size, and the answer says so", async () => {
  await found(system, "resized", PEOPLE, { groupSize: 3 });
  await plan("resized", 3);
  const first = await publish("resized");
  await operator("PUT", "/communities/resized", { body: { settings: { groupSize: 4 } } });
  const second = await publish("resized");
  expect(second.groupSizes).toEqual([{ size: 4, groups: 3 }]);
  expect(pairsAgain([first, second])).toEqual([]);
  expect((await seasonOf("resized")).notes).toContainEqual(
    expect.objectContaining({ note: "season-settings", detail: expect.stringContaining("groupSize") }),
  );
});

test("where everybody opts in a season is planned for all, and a round has those who did", async () => {
  const members = await found(system, "opting", PEOPLE.slice(0, 9), {
    groupSize: 3,
    participation: "opt-in",
  });
  expect((await plan("opting", 3)).body).toMatchObject({ memberCount: 9, quality: { repeats: 0 } });
  const rounds: Round[] = [];
  for (let round = 0; round < 3; round++) {
    const present = members.filter((_, at) => at % 3 !== round);
    for (const { call } of present)
      await call("PUT", "/communities/opting/members/me", { body: { optIn: true } });
    rounds.push(await publish("opting"));
    expect(peopleIn(rounds[round].groups)).toEqual(idsOf(present));
    expect(rounds[round].groupSizes).toEqual([{ size: 3, groups: 2 }]);
  }
  expect(rounds.flatMap(({ quality }) => reportedIn(quality.notes)).sort()).toEqual(
    pairsAgain(rounds).sort(),
  );
});

test("more rounds than there are new pairs for are planned with repeats, and counted", async () => {
  await found(system, "many", PEOPLE.slice(0, 4), { groupSize: 2 });
  const { body } = await plan("many", 4);
  expect(body.quality.repeats).toBe(2);
  expect(reportedIn(body.notes!)).toHaveLength(2);
});

test("members see how good a season is and not its groups, and only operators plan", async () => {
  const [ana] = await found(system, "rights", PEOPLE.slice(0, 4), { groupSize: 2 });
  await plan("rights", 2);
  const path = "/communities/rights/season";
  const shown = await ana.call<Season>("GET", path);
  expect(shown.body).toMatchObject({ state: "running", rounds: 2, quality: { repeats: 0 } });
  expect(Object.keys(shown.body)).not.toEqual(expect.arrayContaining(["plan"]));
  expect(JSON.stringify(shown.body)).not.toContain(ana.memberId);
  const stranger = await caller(system, "stranger");
  const asked: [Caller, string, object | undefined, number, string][] = [
    [ana.call, "PUT", { rounds: 2 }, 403, "operator-scope-needed"],
    [ana.call, "DELETE", undefined, 403, "operator-scope-needed"],
    [stranger, "GET", undefined, 404, "unknown-community"],
  ];
  for (const [call, method, body, status, type] of asked) {
    const answer = await call<Problem>(method, path, { body });
    expect([answer.status, answer.body.type]).toEqual([status, type]);
  }
  const nowhere = await operator<Problem>("PUT", "/communities/nowhere/season", { body: { rounds: 2 } });
  expect([nowhere.status, nowhere.body.type]).toEqual([404, "unknown-community"]);
});

test.each([
  [{ rounds: 0 }, "#/rounds"],
  [{ rounds: 54 }, "#/rounds"],
  [{ rounds: 1.5 }, "#/rounds"],
  [{ rounds: "3" }, "#/rounds"],
  [{}, "#/rounds"],
  [{ rounds: 2, groupSize: 3 }, "#/groupSize"],
  [[], "#"],
])("a season of %j is refused at %s", async (body, pointer) => {
  const answer = await operator<Problem>("PUT", "/communities/rights/season", { body });
  expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([400, pointer]);
});

test("a season needs two members who can take part", async () => {
  const [ana] = await found(system, "lonely", ["ana", "bo"]);
  await ana.call("PUT", "/communities/lonely/members/me", { body: { paused: true } });
  const { status, body } = await plan("lonely", 2);
  expect([status, body.type]).toEqual([409, "nobody-to-group"]);
});
