/** How people come into a community and are kept out of it: invitations, approval, bans, operators, and its end. */
import { expect, test } from "@jest/globals";
import { ERASURE_GRACE_MS } from "../../src/domain/limits.ts";
import { type Caller, caller, EXACT, found, newId, type Problem } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

startSystem();

interface Roster {
  members: {
    userId: string | null;
    memberId: string;
    status: string;
    tags: object;
    joinedAt: string | null;
  }[];
  next?: string;
}

interface Named {
  memberId: string;
  displayName?: string;
}

async function open(name: string, settings: object): Promise<string> {
  const C = `/communities/${name}`;
  await operator("PUT", C, { body: { settings: { ...EXACT, factors: 1, groupSize: 2, ...settings } } });
  return C;
}

const join = (call: Caller, C: string, body: object = {}) =>
  call<{ status: string; memberId: string; type?: string }>("PUT", `${C}/members/me`, { body });

async function people(C: string): Promise<Record<string, string>> {
  const { body } = await operator<Roster>("GET", `${C}/members`);
  return Object.fromEntries(body.members.map(({ userId, status }) => [userId, status]));
}

async function memberIdOf(C: string, userId: string): Promise<string> {
  const { body } = await operator<Roster>("GET", `${C}/members`);
  return body.members.find((entry) => entry.userId === userId)!.memberId;
}

const counts = async (C: string) =>
  (await operator<{ memberCount: number; itemCount: number }>("GET", C)).body;

test("by invitation: who has a good code is in, anybody else finds no community", async () => {
  const C = await open("invited", { join: "invite" });
  const invite = async (body: object) =>
    (await operator<{ code: string }>("POST", `${C}/invites`, { body })).body.code;
  const code = await invite({ usesMax: 1 });
  expect(code).toMatch(/^[A-Za-z0-9_-]{24}$/);
  const late = await invite({ expiresAt: new Date(Date.now() + 400).toISOString() });
  const [ana, bo] = [await caller(system, "ana"), await caller(system, "bo")];

  const inAt = await join(ana, C, { invite: code, paused: true });
  expect([inAt.status, inAt.body]).toMatchObject([201, { status: "member", row: 0, paused: true }]);
  expect((await join(ana, C, { invite: code })).status).toBe(200); // again: no second use

  await new Promise((resolve) => setTimeout(resolve, 500));
  const nowhere = await join(bo, "/communities/nowhere1", { invite: code });
  for (const wish of [{}, { invite: code }, { invite: late }, { invite: "guess" }]) {
    const refused = await join(bo, C, wish);
    const { requestId: _, ...problem } = refused.body as { requestId?: string };
    expect([refused.status, problem]).toMatchObject([404, { type: "unknown-community" }]);
    const same = { ...nowhere.body, requestId: undefined } as object;
    expect(JSON.stringify(problem).replace("invited", "nowhere1")).toBe(JSON.stringify(same));
  }
  const { body } = await operator<{ invites: object[] }>("GET", `${C}/invites`);
  expect(body.invites).toHaveLength(2);
  expect(body.invites).toContainEqual(
    expect.objectContaining({ code, uses: 1, usesMax: 1, expiresAt: null }),
  );

  const open1 = await invite({});
  expect((await operator("DELETE", `${C}/invites/${open1}`)).status).toBe(204);
  expect((await join(bo, C, { invite: open1 })).status).toBe(404);
  expect(await people(C)).toEqual({ ana: "member" });
  const over = { body: { expiresAt: "2020-01-01T00:00:00Z" } };
  expect((await operator<Problem>("POST", `${C}/invites`, over)).body.errors?.[0].pointer).toBe(
    "#/expiresAt",
  );
});

test("of many who use an invitation at once no more come in than it is good for", async () => {
  const C = await open("rush", { join: "invite" });
  const { body } = await operator<{ code: string }>("POST", `${C}/invites`, { body: { usesMax: 3 } });
  const callers = await Promise.all(Array.from({ length: 8 }, (_, n) => caller(system, `rusher-${n}`)));
  const answers = await Promise.all(
    [...callers, ...callers].map((call) => join(call, C, { invite: body.code })),
  );
  const isIn = answers.map(({ status }) => status < 300);
  const members = new Set(isIn.flatMap((one, at) => (one ? [at % 8] : [])));
  expect(members.size).toBe(3);
  expect(await counts(C)).toMatchObject({ memberCount: 3, itemCount: 3 });
  const { body: list } = await operator<{ invites: { uses: number }[] }>("GET", `${C}/invites`);
  expect(list.invites.map(({ uses }) => uses)).toEqual([3]);
});

test("by approval: who waits costs no row, is in no group and reads one's own status alone", async () => {
  const C = await open("approved", { join: "approval" });
  const { code } = (await operator<{ code: string }>("POST", `${C}/invites`, { body: {} })).body;
  const [ana, bo, cy, di] = await Promise.all(["ana", "bo", "cy", "di"].map((name) => caller(system, name)));
  for (const call of [ana, bo]) expect((await join(call, C, { invite: code })).status).toBe(201);
  for (let n = 0; n < 2; n++) {
    const asked = await join(cy, C, { learning: "hosted" });
    expect([asked.status, asked.body]).toEqual([202, { status: "awaiting-approval" }]);
  }
  expect((await join(di, C, { invite: "guess" })).status).toBe(202);
  expect(await counts(C)).toMatchObject({ memberCount: 2, itemCount: 2 });
  expect((await cy("GET", `${C}/members/me`)).body).toEqual({ status: "awaiting-approval" });
  expect((await cy<Problem>("GET", `${C}/model`)).body.type).toBe("awaiting-approval");
  const round = await operator<{ groupSizes: object[] }>("POST", `${C}/rounds`);
  expect(round.body.groupSizes).toEqual([{ size: 2, groups: 1 }]);

  const path = `${C}/members/${await memberIdOf(C, "cy")}`;
  const approved = await operator("PUT", path, { body: { status: "member", tags: { language: "de" } } });
  expect(approved.body).toMatchObject({ userId: "cy", status: "member", tags: { language: "de" } });
  expect((await cy("GET", `${C}/members/me`)).body).toMatchObject({
    status: "member",
    row: 2,
    tags: { language: "de" },
    joinedAt: expect.stringMatching(/^2/),
  });
  expect((await join(cy, C)).status).toBe(200);
  expect((await di("DELETE", `${C}/members/me`)).status).toBe(204); // takes the request back
  expect(await people(C)).toEqual({ ana: "member", bo: "member", cy: "member" });
});

test("who is banned is out until an operator lifts it, also after a leave or a removal", async () => {
  const C = await open("bans", {});
  const [ana, bo, cy] = await Promise.all(["ana", "bo", "cy"].map((name) => caller(system, name)));
  for (const call of [ana, cy]) await join(call, C);
  const { memberId } = (await join(bo, C, { learning: "hosted" })).body;
  await bo("POST", `${C}/ratings`, { body: { id: newId(), itemId: await memberIdOf(C, "ana"), value: 3 } });
  const change = (status: string, of = memberId) =>
    operator("PUT", `${C}/members/${of}`, { body: { status } });
  const banned = async () => (await operator<Roster>("GET", `${C}/members?status=banned`)).body.members;

  expect((await change("banned")).body).toMatchObject({ userId: "bo", status: "banned" });
  expect(await banned()).toMatchObject([{ userId: "bo", memberId }]);
  for (const attempt of [join(bo, C), bo("GET", `${C}/members/me`), bo("GET", C)]) {
    const { status, body: problem } = (await attempt) as { status: number; body: { type?: string } };
    expect([status, problem.type]).toEqual([403, "banned"]);
  }
  const listed = { community: "bans", status: "banned", isOperator: false };
  expect((await bo<{ communities: object[] }>("GET", "/me")).body.communities).toContainEqual(listed);
  const round = await operator<{ groupSizes: object[] }>("POST", `${C}/rounds`);
  expect(round.body.groupSizes).toEqual([{ size: 2, groups: 1 }]);
  await change("member");
  expect((await bo("GET", `${C}/members/me`)).body).toMatchObject({ status: "member", memberId, row: 2 });

  await change("banned");
  expect((await bo("DELETE", `${C}/members/me`)).status).toBe(204);
  expect(await people(C)).toEqual({ ana: "member", cy: "member", null: "banned" });
  expect(await banned()).toMatchObject([{ userId: null, memberId }]); // whose it was is known by a hash alone
  expect((await join(bo, C)).status).toBe(403);
  await operator("PUT", C, { body: { settings: { join: "approval" } } });
  expect((await join(bo, C)).status).toBe(403);
  expect((await change("member")).body).toMatchObject({ userId: null, status: null });
  expect((await join(bo, C)).status).toBe(202);
  const waiting = await memberIdOf(C, "bo");
  expect((await change("banned", waiting)).body).toMatchObject({ userId: "bo", status: "banned" });
  expect((await join(bo, C)).status).toBe(403);
  expect((await change("member", waiting)).body).toMatchObject({ userId: "bo", status: "member" });
  expect((await bo("GET", `${C}/members/me`)).body).toMatchObject({ row: 2 });

  expect((await operator("DELETE", `${C}/members/${waiting}`)).status).toBe(204); // removed, not banned
  expect((await join(bo, C)).status).toBe(202);
  const nobody = await operator<Problem>("PUT", `${C}/members/_nobody`, { body: { status: "member" } });
  expect([nobody.status, nobody.body.type]).toEqual([404, "unknown-member"]);
});

test("somebody who is named runs this community, and no other", async () => {
  const [C, other] = [await open("named", { join: "approval" }), await open("unnamed", {})];
  const nina = await caller(system, "nina");
  expect((await nina("POST", `${C}/rounds`)).status).toBe(403);
  expect((await operator("PUT", `${C}/operators/nina`)).status).toBe(200);
  expect((await nina<Roster>("GET", `${C}/members`)).body.members).toEqual([]);
  expect((await nina("PUT", C, { body: { settings: { groupSize: 3 } } })).status).toBe(200);
  expect((await nina("GET", `${other}/members`)).status).toBe(403);
  expect((await nina("PUT", "/communities/ninas", { body: {} })).status).toBe(403);
  expect((await nina("GET", C)).status).toBe(200);
  expect((await nina<Problem>("GET", `${C}/model`)).body.type).toBe("not-a-member");
  expect((await join(nina, C)).status).toBe(201); // needs nobody's approval

  const listed = async (call: Caller, path: string) =>
    (await call<{ communities: { community: string }[] }>("GET", path)).body.communities;
  expect((await listed(nina, "/communities")).map(({ community }) => community)).toEqual(["named"]);
  expect((await listed(operator, "/communities")).map(({ community }) => community)).toEqual(
    expect.arrayContaining(["named", "unnamed"]),
  );
  expect(await listed(nina, "/me")).toEqual([{ community: "named", status: "member", isOperator: true }]);

  // Leaving does not lay the office down, and the office goes without the membership.
  expect((await nina("DELETE", `${C}/members/me`)).status).toBe(204);
  expect(await listed(nina, "/me")).toEqual([{ community: "named", status: null, isOperator: true }]);
  await join(nina, C);
  expect((await nina("DELETE", `${C}/operators/nina`)).status).toBe(204); // the last one
  expect((await nina("GET", `${C}/members`)).status).toBe(403);
  expect((await nina("GET", `${C}/members/me`)).status).toBe(200);
  expect((await operator("GET", `${C}/operators`)).body).toEqual({ operators: [] });
});

test("the roster tells who was there, and runs no formula in a spreadsheet", async () => {
  const members = await found(system, "roster", ["=cmd|' /C calc'!A0", "bo", "cy"], { groupSize: 3 });
  const C = "/communities/roster";
  await operator("POST", `${C}/rounds`);
  await found(system, "roster", ["+late"], { groupSize: 3 });
  await operator("PUT", `${C}/members/${members[1].memberId}`, { body: { tags: { note: '=1+1, "x"' } } });
  await (await caller(system, "bo"))("PUT", `${C}/members/me`, { body: { displayName: "@Bo" } });
  const { body } = await operator<Roster>("GET", `${C}/members`);
  const today = new Date().toISOString().slice(0, 10);
  expect(body.members.map(({ joinedAt, ...entry }) => entry)).toEqual([
    expect.objectContaining({ userId: "+late", roundsMet: 0, roundsMissed: 0 }),
    expect.objectContaining({ userId: "=cmd|' /C calc'!A0", roundsMet: 1, lastSeenAt: today }),
    {
      ...{ userId: "bo", memberId: members[1].memberId, displayName: "@Bo", status: "member" },
      tags: { note: '=1+1, "x"' },
      ...{
        lastSeenAt: today,
        roundsMet: 1,
        roundsMissed: 0,
        missedInARow: 0,
        pausedForMisses: false,
        arm: null,
      },
    },
    expect.objectContaining({ userId: "cy", roundsMet: 1 }),
  ]);
  const token = await system.token("olga", "operator");
  const csv = await fetch(`${system.url}${C}/members?format=csv`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  const lines = (await csv.text()).trimEnd().split("\r\n");
  expect(lines[0]).toBe(
    "userId,memberId,displayName,status,tags,joinedAt,lastSeenAt,roundsMet,roundsMissed,missedInARow,pausedForMisses,arm",
  );
  expect(lines[1]).toMatch(/^"'\+late",/);
  expect(lines[2]).toMatch(/^"'=cmd\|' \/C calc'!A0",/);
  expect(lines[3]).toContain(',"\'@Bo","member","note==1+1, ""x""",');
});

test("a name is shown to operators and to who is in a group with them, until it is taken back or its member leaves", async () => {
  const C = await open("names", {});
  const [ana, bo] = [await caller(system, "ana"), await caller(system, "bo")];
  const joined = await ana<Named>("PUT", `${C}/members/me`, { body: { displayName: "Ana María 🎈" } });
  expect([joined.status, joined.body.displayName]).toEqual([201, "Ana María 🎈"]);
  const { memberId } = joined.body;
  const { body: other } = await bo<Named>("PUT", `${C}/members/me`, { body: {} });
  expect(other).not.toHaveProperty("displayName");
  await operator("POST", `${C}/rounds`);
  const named = { memberId, displayName: "Ana María 🎈" };
  const seen = async () => {
    const { body: assignment } = await bo<{ members: Named[] }>("GET", `${C}/assignments/me`);
    const { body: met } = await bo<{ meetings: Named[] }>("GET", `${C}/members/me/meetings`);
    const { body: round } = await operator<{ groups: { members: Named[] }[] }>("GET", `${C}/rounds/1`);
    return { group: assignment.members, met: met.meetings, round: round.groups[0].members };
  };
  const both = [named, { memberId: other.memberId }];
  expect(await seen()).toEqual({ group: both, met: [{ ...named, round: 1, missed: false }], round: both });
  expect((await ana<Named>("GET", `${C}/members/me/export`)).body.displayName).toBe("Ana María 🎈");
  await ana("PUT", `${C}/members/me`, { body: { displayName: "A", paused: true } });
  expect((await ana<Named>("GET", `${C}/members/me`)).body).toMatchObject({ displayName: "A", paused: true });
  await ana("PUT", `${C}/members/me`, { body: { displayName: null } });
  expect((await seen()).group).toEqual([{ memberId }, { memberId: other.memberId }]);
  await ana("PUT", `${C}/members/me`, { body: { displayName: "Ana" } });
  await ana("DELETE", `${C}/members/me`);
  const back = await ana<Named>("PUT", `${C}/members/me`, { body: {} });
  expect([back.status, back.body.displayName]).toEqual([201, undefined]);
  expect((await operator<Roster>("GET", `${C}/members`)).body.members[0]).toMatchObject({
    displayName: null,
  });
});

test("what a deleted community held is gone, and its name is free only then", async () => {
  const [ana, bo] = await found(system, "ended", ["ana", "bo"], { groupSize: 2 });
  const C = "/communities/ended";
  await operator("PUT", `${C}/operators/nina`);
  await operator("POST", `${C}/invites`, { body: {} });
  await operator("PUT", `${C}/items/film`);
  await bo.call("PUT", `${C}/members/me`, { body: { learning: "hosted" } });
  await bo.call("POST", `${C}/ratings`, { body: { id: newId(), itemId: "film", value: 3 } });
  const values = [[1, 2, 3]];
  const gradient = { id: newId(), modelVersion: 0, rows: [1], encoding: "json", values };
  await ana.call("POST", `${C}/gradients`, { body: gradient });
  await system.drain();
  await operator("POST", `${C}/rounds`);
  await operator("PUT", `${C}/season`, { body: { rounds: 2 } });
  const gone = await caller(system, "gone");
  await join(gone, C);
  await gone("DELETE", `${C}/members/me`);

  expect((await operator("DELETE", C)).status).toBe(204);
  expect((await ana.call<Problem>("GET", `${C}/model`)).body.type).toBe("unknown-community");
  expect((await join(ana.call, C)).status).toBe(404);
  expect((await operator("GET", C)).status).toBe(404);
  const nina = await caller(system, "nina");
  expect((await nina("GET", `${C}/members`)).status).toBe(403);
  expect(JSON.stringify((await ana.call("GET", "/me")).body)).not.toContain("ended");
  expect(JSON.stringify((await operator("GET", "/communities")).body)).not.toContain("ended");
  const taken = await operator<Problem>("PUT", C, { body: {} });
  expect([taken.status, taken.body.type]).toEqual([409, "erasure-pending"]);

  const { eraseCommunity, readDeletedAtMs, readDeletedCommunities } = await import(
    "../../src/infra/community-erasure.ts"
  );
  const deletedAtMs = (await readDeletedAtMs("ended"))!;
  expect(await readDeletedCommunities()).toEqual(["ended"]);
  const laterMs = deletedAtMs + ERASURE_GRACE_MS;
  expect(await eraseCommunity("ended", deletedAtMs, laterMs - 1, () => false)).toBe(false);
  expect(await eraseCommunity("ended", deletedAtMs, laterMs, () => true)).toBe(false); // no time
  expect(await eraseCommunity("ended", deletedAtMs, laterMs, () => false)).toBe(true);
  expect(await left("ended")).toEqual([]);
  expect((await operator("PUT", C, { body: {} })).status).toBe(201);
  expect((await nina("GET", `${C}/members`)).status).toBe(403);
  expect(await people(C)).toEqual({});
});

/** What any table or the bucket has of a community. */
async function left(community: string): Promise<unknown[]> {
  const { ScanCommand } = await import("@aws-sdk/client-dynamodb");
  const { dynamodb } = await import("../../src/infra/aws.ts");
  const { listObjects } = await import("../../src/infra/object-store.ts");
  const tables = Object.entries(system.environment).filter(([name]) => name.endsWith("_TABLE"));
  const scans = tables.map(
    async ([, TableName]) => (await dynamodb.send(new ScanCommand({ TableName }))).Items ?? [],
  );
  const items = (await Promise.all(scans))
    .flat()
    .filter((item) => item.community?.S?.split("#")[0] === community);
  return [...items, ...(await listObjects(`${community}/`))];
}

test("a member whose identity changes stays who they are, and the old token is nobody", async () => {
  const [ana, bo, cy] = await found(system, "moved", ["ana", "bo", "cy"], { groupSize: 3 });
  const C = "/communities/moved";
  await ana.call("PUT", `${C}/members/me/blocks/${bo.memberId}`);
  await operator("PUT", `${C}/members/${ana.memberId}`, { body: { tags: { team: "red" } } });
  await operator("PUT", `${C}/members/${cy.memberId}`, { body: { status: "banned" } });
  await cy.call("DELETE", `${C}/members/me`);
  const relink = (userId: string) =>
    operator<Problem>("PUT", `${C}/members/${ana.memberId}`, { body: { userId } });
  for (const taken of ["bo", "cy"]) {
    const { status, body } = await relink(taken);
    expect([taken, status, body.errors?.[0].pointer]).toEqual([taken, 409, "#/userId"]);
  }
  for (const times of [1, 2])
    expect([times, (await relink("ana-new")).body]).toMatchObject([times, { userId: "ana-new" }]);
  expect((await ana.call("GET", `${C}/members/me`)).status).toBe(404);
  const now = await caller(system, "ana-new");
  expect((await now("GET", `${C}/members/me`)).body).toMatchObject({
    ...{ memberId: ana.memberId, row: 0, tags: { team: "red" } },
  });
  const { readMembers } = await import("../../src/infra/member-store.ts");
  const members = await readMembers("moved");
  expect(members.map(({ userId, blockedRows }) => [userId, blockedRows])).toEqual([
    ["ana-new", [1]],
    ["bo", []],
  ]);
});
