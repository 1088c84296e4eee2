import { expect, test } from "@jest/globals";
import { AT_ONCE, type Caller, caller, callerWith, EXACT, newId, type Problem, until } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

interface Member {
  memberId: string;
  row: number;
  learning: string;
}
interface Status {
  id: string;
  status: string;
  modelVersion?: number;
  recommendations?: string;
}
interface History {
  commits: { modelVersion: number; applied: number }[];
}

startSystem();

/** A community with ana, who is hosted, bo, who is not, and the films `vertigo` and `ran`. */
async function films(name: string, settings: object = {}) {
  const C = `/communities/${name}`;
  await operator("PUT", C, { body: { settings: { ...EXACT, factors: 2, ...settings } } });
  const ana = await caller(system, "ana");
  const bo = await caller(system, "bo");
  const { body: member } = await ana<Member>("PUT", `${C}/members/me`, { body: { learning: "hosted" } });
  const { body: other } = await bo<Member>("PUT", `${C}/members/me`, { body: {} });
  for (const itemId of ["vertigo", "ran"]) await operator("PUT", `${C}/items/${itemId}`);
  return { C, ana, bo, member, other };
}

const rate = (call: Caller, C: string, itemId: string, value: number, change: object = {}) => {
  const id = newId();
  return call<Status & Problem>("POST", `${C}/ratings`, { body: { id, itemId, value, ...change } });
};

const settled = (call: Caller, C: string, id: string) =>
  until(
    async () => (await call<Status>("GET", `${C}/ratings/${id}`)).body,
    (body) => body.status !== "queued",
  );

async function appliedGradients(C: string): Promise<number> {
  const { commits } = (await operator<History>("GET", `${C}/history`)).body;
  return commits.reduce((sum, commit) => sum + commit.applied, 0);
}

async function model(call: Caller, C: string): Promise<number[][]> {
  return (await call<{ values: number[][] }>("GET", `${C}/model?encoding=json`)).body.values;
}

test("a rating moves the matrix towards its member, and its status says when", async () => {
  const { C, ana } = await films("one-rating", { learningRate: 0.01 });
  const before = await model(ana, C);
  const answer = await rate(ana, C, "vertigo", 5);
  expect([answer.status, answer.body.status]).toEqual([202, "queued"]);
  expect(answer.headers.get("location")).toBe(`${C}/ratings/${answer.body.id}`);
  expect(await settled(ana, C, answer.body.id)).toEqual({
    id: answer.body.id,
    status: "applied",
    modelVersion: 1,
    recommendations: `${C}/recommendations/me`,
  });
  const after = await model(ana, C);
  expect(after[0]).toEqual(before[0]);
  expect(after[2][2]).toBeGreaterThan(before[2][2]);
  expect(after[3][2]).toBeLessThan(before[3][2]);
});

test("a member's batch makes one gradient, and ratings that come again make none", async () => {
  const { C, ana, other } = await films("batch");
  const bodies = ["vertigo", "ran", other.memberId].map((itemId) => ({ id: newId(), itemId, value: 1 }));
  const post = () => Promise.all(bodies.map((body) => ana("POST", `${C}/ratings`, { body })));
  expect((await post()).map((answer) => answer.status)).toEqual([202, 202, 202]);
  for (const { id } of bodies) expect(await settled(ana, C, id)).toMatchObject({ status: "applied" });
  const applied = await appliedGradients(C);
  expect(applied).toBeLessThanOrEqual(2);
  await post();
  await system.drain();
  expect(await appliedGradients(C)).toBe(applied);
});

test("a rating is its member's own: others and local members are told so", async () => {
  const { C, ana, bo } = await films("own");
  const { body } = await rate(ana, C, "vertigo", 1);
  await settled(ana, C, body.id);
  const local = await rate(bo, C, "vertigo", 1);
  expect([local.status, local.body.type]).toEqual([409, "learning-is-local"]);
  expect((await bo("GET", `${C}/ratings/${body.id}`)).status).toBe(409);
  await bo("PUT", `${C}/members/me`, { body: { learning: "hosted" } });
  expect((await bo<Status>("GET", `${C}/ratings/${body.id}`)).body).toEqual({
    id: body.id,
    status: "queued",
  });
  const stranger = await caller(system, "stranger");
  expect((await rate(stranger, C, "vertigo", 1)).status).toBe(404);
  expect((await rate(ana, "/communities/nowhere", "vertigo", 1)).status).toBe(404);
  expect((await rate(callerWith(system.url, null), C, "vertigo", 1)).status).toBe(401);
});

test("bad ratings are refused by the name of their field, and change nothing", async () => {
  const { C, ana, bo, member, other } = await films("bad");
  await bo("DELETE", `${C}/members/me`);
  const soon = (ms: number) => new Date(Date.now() + ms).toISOString();
  const asked: [object, string][] = [
    [{ id: "x" }, "#/id"],
    [{ id: newId(25 * 3600 * 1000) }, "#/id"],
    [{ id: newId(-6 * 60_000) }, "#/id"],
    [{ itemId: "solaris" }, "#/itemId"],
    [{ itemId: member.memberId }, "#/itemId"],
    [{ itemId: other.memberId }, "#/itemId"],
    [{ itemId: 7 }, "#/itemId"],
    [{ value: "5" }, "#/value"],
    [{ value: null }, "#/value"],
    [{ value: 1e7 }, "#/value"],
    [{ occurredAt: "yesterday" }, "#/occurredAt"],
    [{ occurredAt: soon(6 * 60_000) }, "#/occurredAt"],
    [{ surprise: 1 }, "#/surprise"],
  ];
  for (const [change, pointer] of asked) {
    const answer = await rate(ana, C, "vertigo", 1, change);
    expect([change, answer.status, answer.body.errors?.[0].pointer]).toEqual([change, 400, pointer]);
  }
  expect((await rate(ana, C, "vertigo", 1, { occurredAt: soon(60_000) })).status).toBe(202);
  const odd = await ana<Problem>("GET", `${C}/ratings/x`);
  expect([odd.status, odd.body.errors?.[0].pointer]).toEqual([400, "#/id"]);
  const old = await ana<Problem>("GET", `${C}/ratings/${newId(25 * 3600 * 1000)}`);
  expect([old.status, old.body.type]).toEqual([404, "unknown-rating"]);
});

test("ratings count against the hourly limit of gradients", async () => {
  const { C, ana } = await films("limited", { gradientsPerHourMax: 2 });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await rate(ana, C, "vertigo", i)).status);
  expect(statuses).toEqual([202, 202, 429]);
});

test("what a hosted member rates decides their group", async () => {
  const C = "/communities/matching";
  const rule = { factors: 2, groupSize: 2, diversityPenalty: 0, regularization: 0.1, alpha: 40 };
  const settings = { ...AT_ONCE, ...rule };
  await operator("PUT", C, { body: { settings } });
  const names = ["ana", "bo", "cy", "di"];
  const calls: Caller[] = [];
  const ids: string[] = [];
  for (const name of names) {
    const call = await caller(system, name);
    const { body } = await call<Member>("PUT", `${C}/members/me`, { body: { learning: "hosted" } });
    calls.push(call);
    ids.push(body.memberId);
  }
  const pairs = [2, 3, 0, 1];
  for (let round = 0; round < 3; round++) {
    for (const [at, call] of calls.entries()) await rate(call, C, ids[pairs[at]], 5 + round);
    await system.drain();
  }
  expect((await operator("POST", `${C}/rounds`)).status).toBe(201);
  const group = (await calls[0]<{ members: object[] }>("GET", `${C}/assignments/me`)).body;
  expect(group.members).toEqual([{ memberId: ids[0] }, { memberId: ids[2] }]);
});

interface Recommendation {
  itemId: string;
  score: number;
  reason?: string;
}

test("recommendations leave out oneself, the rated and the met, and come by pages", async () => {
  const { C, ana, bo, member, other } = await films("recommended", { groupSize: 2 });
  for (const name of ["cy", "di"]) await (await caller(system, name))("PUT", `${C}/members/me`, { body: {} });
  for (const itemId of ["ikiru", "alien"]) await operator("PUT", `${C}/items/${itemId}`);
  const { body } = await rate(ana, C, "vertigo", 3);
  const { recommendations: path } = await settled(ana, C, body.id);
  const list = async (query: string) => (await ana<Recommendation[]>("GET", path! + query)).body;
  const idsOf = (items: Recommendation[]) => items.map((item) => item.itemId);

  const first = await list("");
  expect(first).toHaveLength(6);
  expect(idsOf(first)).not.toContain("vertigo");
  expect(idsOf(first)).not.toContain(member.memberId);
  expect(idsOf(first)).toContain(other.memberId);
  for (const { score } of first) expect(score > 0 && score < 1).toBe(true);
  expect(first.map((item) => item.score)).toEqual(first.map((item) => item.score).sort((a, b) => b - a));
  expect(idsOf(await list("?exclude="))).toContain("vertigo");

  await operator("POST", `${C}/rounds`);
  const { members } = (await ana<{ members: { memberId: string }[] }>("GET", `${C}/assignments/me`)).body;
  const met = members.map((each) => each.memberId).find((id) => id !== member.memberId)!;
  expect(idsOf(await list(""))).toEqual(idsOf(first).filter((id) => id !== met));
  expect(idsOf(await list("?exclude=rated"))).toEqual(idsOf(first));
  expect(idsOf(await list("?exclude=met"))).not.toContain(met);

  const paged: Recommendation[] = [];
  let next: string | undefined = `${path}?limit=2&exclude=rated`;
  while (next) {
    const page: { body: Recommendation[]; headers: Headers } = await ana<Recommendation[]>("GET", next);
    paged.push(...page.body);
    next = /^<(.+)>; rel="next"$/.exec(page.headers.get("link") ?? "")?.[1];
  }
  expect(paged).toEqual(first);
  await bo("DELETE", `${C}/members/me`);
  expect(idsOf(await list("?exclude="))).not.toContain(other.memberId);
});

test("recommendations are for hosted members, and their query is checked", async () => {
  const { C, ana, bo } = await films("asked");
  const path = `${C}/recommendations/me`;
  const local = await bo<Problem>("GET", path);
  expect([local.status, local.body.type]).toEqual([409, "learning-is-local"]);
  expect((await ana<Recommendation[]>("GET", path)).body).toHaveLength(3);
  for (const [query, pointer] of [
    ["limit=0", "#/limit"],
    ["limit=101", "#/limit"],
    ["limit=1.5", "#/limit"],
    ["exclude=seen", "#/exclude"],
    ["cursor=x", "#/cursor"],
    ["offset=3", "#/offset"],
  ]) {
    const answer = await ana<Problem>("GET", `${path}?${query}`);
    expect([query, answer.status, answer.body.errors?.[0].pointer]).toEqual([query, 400, pointer]);
  }
});
