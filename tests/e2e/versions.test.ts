/**
 * Kept versions: served to readers while learning goes on, compared, tried out on an arm of the members; and
 * what is told of it.
 */
import { beforeAll, expect, jest, test } from "@jest/globals";
import { AT_ONCE, type Caller, EXACT, found, type JoinedMember, newId, type Problem } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

jest.setTimeout(60_000);

interface Version {
  version: number;
  isDaily: boolean;
  isHeld: boolean;
  name?: string;
  isServed?: boolean;
}
interface Model {
  modelVersion: number;
  values: number[][];
}
interface Recommendation {
  itemId: string;
  score: number;
}
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

/** Of the secret that parts 24 people by 12. */
const SECRET_BYTE = 5;

startSystem();
beforeAll(async () => {
  // So that the arms and what is held out are the same in each run.
  const { putObject } = await import("../../src/infra/object-store.ts");
  await putObject("_secret/key", new Uint8Array(32).fill(SECRET_BYTE));
});

const put = (C: string, settings: object) => operator<Problem>("PUT", C, { body: { settings } });
const keep = async (C: string, name?: string) =>
  (await operator<Version>("POST", `${C}/versions`, { body: { name } })).body.version;
const modelFor = async (call: Caller, C: string) =>
  (await call<Model>("GET", `${C}/model?encoding=json`)).body;
const recommended = async (call: Caller, C: string) =>
  (await call<Recommendation[]>("GET", `${C}/recommendations/me?limit=100&exclude=`)).body;

/** Makes rows exactly these values, by one gradient. */
async function teach(C: string, call: Caller, target: Record<number, number[]>): Promise<void> {
  const { modelVersion, values } = await modelFor(call, C);
  const rows = Object.keys(target).map(Number);
  const gradient = rows.map((row) => values[row].map((value, k) => value - target[row][k]));
  const body = { id: newId(), modelVersion, rows, encoding: "json", values: gradient };
  expect((await call("POST", `${C}/gradients`, { body })).status).toBe(202);
  await system.drain();
}

test("a version is kept on demand under a name that no other has, until it is deleted", async () => {
  const C = "/communities/kept";
  const [ana] = await found(system, "kept", ["ana", "bo"]);
  const versions = async () =>
    (await operator<{ versions: Version[] }>("GET", `${C}/versions`)).body.versions;
  const post = (body: object) => operator<Version & Problem>("POST", `${C}/versions`, { body });
  expect(await post({ name: "start" })).toMatchObject({ status: 201, body: { version: 0, name: "start" } });
  expect(await post({})).toMatchObject({ status: 200, body: { version: 0, name: "start" } });
  await teach(C, ana.call, { 1: [1, 2, 3] });
  expect(await post({ name: "start" })).toMatchObject({ status: 409, body: { type: "version-not-kept" } });
  expect((await operator("POST", `${C}/versions`)).status).toBe(201);
  expect(await versions()).toMatchObject([
    { version: 1, isHeld: true, isDaily: false },
    { version: 0, isHeld: true, name: "start" },
  ]);
  for (const [name, pointer] of [
    [7, "#/name"],
    ["", "#/name"],
    ["a b", "#/name"],
    ["x".repeat(65), "#/name"],
  ])
    expect((await post({ name })).body.errors?.[0].pointer).toBe(pointer);
  expect((await post({ label: "x" })).body.errors?.[0].pointer).toBe("#/label");
  expect((await operator("DELETE", `${C}/versions/0`)).status).toBe(204);
  expect((await operator("DELETE", `${C}/versions/0`)).status).toBe(404);
  expect(await versions()).toHaveLength(1);
  const { readHead } = await import("../../src/infra/head-store.ts");
  const { keepVersion } = await import("../../src/infra/version-store.ts");
  await teach(C, ana.call, { 1: [3, 2, 1] });
  await keepVersion((await readHead("kept"))!, "keptAtMs", Date.now());
  expect(await operator("DELETE", `${C}/versions/2`)).toMatchObject({
    status: 409,
    body: { type: "version-in-use" },
  });
});

test("no more than twenty versions are kept on demand", async () => {
  const C = "/communities/many";
  await found(system, "many", ["ana"]);
  const { readHead } = await import("../../src/infra/head-store.ts");
  const { keepVersion } = await import("../../src/infra/version-store.ts");
  const head = (await readHead("many"))!;
  for (let n = 0; n < 20; n++) await keepVersion({ ...head, modelVersion: 100 + n }, "heldAtMs", Date.now());
  expect(await operator("POST", `${C}/versions`)).toMatchObject({
    status: 409,
    body: { type: "version-not-kept" },
  });
});

/**
 * Members of a community and the content items `film-0`, .. behind them; all learning is hosted, but for the
 * last member's.
 */
async function cinema(name: string, people: number, films: number, settings: object = {}) {
  const C = `/communities/${name}`;
  const names = Array.from({ length: people }, (_, n) => `${name}-${n}`);
  const members = await found(system, name, names, { ...EXACT, ...settings });
  for (const { call } of members.slice(0, -1))
    await call("PUT", `${C}/members/me`, { body: { learning: "hosted" } });
  for (let n = 0; n < films; n++) await operator("PUT", `${C}/items/film-${n}`);
  return { C, members, teacher: members.at(-1)!.call };
}

test("readers are served the pinned version while commits go on, without whoever has left since", async () => {
  const { C, members, teacher } = await cinema("pinned", 4, 2);
  const [ana, bo, cy] = members;
  await teach(C, teacher, { 1: [1, 0, 2], 2: [0, 1, 3], 4: [0, 0, 1], 5: [0, 0, 4] });
  const version = await keep(C, "campaign");
  expect((await put(C, { pinnedVersion: version })).status).toBe(200);
  const before = await recommended(ana.call, C);
  expect(before.slice(0, 2).map(({ itemId }) => itemId)).toEqual(["film-1", cy.memberId]);
  await teach(C, teacher, { 1: [0, 0, -5], 4: [9, 9, 9], 5: [0, 0, -9] });
  expect((await modelFor(bo.call, C)).modelVersion).toBe(version + 1);
  expect(await recommended(ana.call, C)).toEqual(before);
  const similar = async () =>
    (await ana.call<{ items: object[] }>("GET", `${C}/items/film-0/similar`)).body.items;
  const pinnedSimilar = await similar();

  await cy.call("DELETE", `${C}/members/me`);
  const without = before.filter(({ itemId }) => itemId !== cy.memberId);
  expect(await recommended(ana.call, C)).toEqual(without);
  expect((await operator<{ quality: object }>("GET", `${C}/rounds/draft`)).status).not.toBe(500);
  const { body: back } = await cy.call<JoinedMember>("PUT", `${C}/members/me`, { body: {} });
  expect(back.row).toBe(cy.row);
  const again = (await recommended(ana.call, C)).find(({ itemId }) => itemId === back.memberId)!;
  const was = before.find(({ itemId }) => itemId === cy.memberId)!;
  expect(was.score - again.score).toBeGreaterThan(0.2); // the row of a newcomer: nothing that was said of cy is in it
  await operator("PUT", `${C}/items/film-2`);
  expect((await recommended(ana.call, C)).map(({ itemId }) => itemId)).toContain("film-2");

  expect(await operator("DELETE", `${C}/versions/${version}`)).toMatchObject({
    status: 409,
    body: { type: "version-in-use" },
  });
  const published = await operator("POST", `${C}/rounds`);
  expect(published.status).toBe(201);
  expect((await operator<object>("GET", `${C}/rounds/1`)).body).toMatchObject({
    quality: { servedVersion: version },
  });
  await put(C, { pinnedVersion: null });
  expect((await recommended(ana.call, C))[0].itemId).toBe("film-0");
  expect(await similar()).not.toEqual(pinnedSimilar);
  expect((await operator("DELETE", `${C}/versions/${version}`)).status).toBe(204);
});

test("settings that name no kept version, or an experiment that is none, are refused by the name of their field", async () => {
  const { C, teacher } = await cinema("refused", 2, 1);
  await teach(C, teacher, { 2: [1, 2, 3] });
  await keep(C);
  for (const [settings, pointer] of [
    [{ pinnedVersion: 7 }, "#/settings/pinnedVersion"],
    [{ pinnedVersion: -1 }, "#/settings/pinnedVersion"],
    [{ pinnedVersion: 1e12 }, "#/settings/pinnedVersion"],
    [{ pinnedVersion: "1" }, "#/settings/pinnedVersion"],
    [{ experiment: { share: 0.5, version: 7 } }, "#/settings/experiment/version"],
    [{ experiment: { share: 0.5 } }, "#/settings/experiment"],
    [{ experiment: { share: 0.5, settings: {} } }, "#/settings/experiment"],
    [{ experiment: { share: 0, version: 1 } }, "#/settings/experiment/share"],
    [{ experiment: { share: 1, version: 1 } }, "#/settings/experiment/share"],
    [{ experiment: { share: 0.5, settings: { factors: 3 } } }, "#/settings/experiment/settings/factors"],
    [{ experiment: { share: 0.5, settings: { groupSize: 1 } } }, "#/settings/experiment/settings/groupSize"],
    [
      { experiment: { share: 0.5, settings: { groupSizeMin: 9 } } },
      "#/settings/experiment/settings/groupSizeMin",
    ],
  ] as const) {
    const { status, body } = await put(C, settings);
    expect([settings, status, body.errors?.[0].pointer]).toEqual([settings, 400, pointer]);
  }
  expect((await put("/communities/unborn", { pinnedVersion: 0 })).status).toBe(400);
  expect((await operator("GET", "/communities/unborn")).status).toBe(404);
  for (const [path, status, told] of [
    ["versions/compare", 400, "#/a"],
    ["versions/compare?a=x", 400, "#/a"],
    ["versions/compare?a=1&b=-2", 400, "#/b"],
    ["versions/compare?a=1&c=2", 400, "#/c"],
    ["versions/compare?a=1&b=9", 404, undefined],
    ["stats?by=day", 400, "#/by"],
    ["stats?weeks=0", 400, "#/weeks"],
    ["stats?weeks=54", 400, "#/weeks"],
    ["stats?from=1", 400, "#/from"],
  ] as const) {
    const { status: got, body } = await operator<Problem>("GET", `${C}/${path}`);
    expect([path, got, body.errors?.[0].pointer]).toEqual([path, status, told]);
  }
});

test("a comparison tells a version that has learned from one that has not", async () => {
  const films = 12;
  const { C, members, teacher } = await cinema("compared", 9, films, { gradientsPerHourMax: null });
  const fresh = await keep(C, "fresh");
  const taste = (film: number) => (film % 2 === 0 ? [2, 0, 0] : [0, 2, 0]);
  const rows = Array.from({ length: films }, (_, film) => [members.length + film, taste(film)]);
  await teach(C, teacher, Object.fromEntries(rows));
  const trained = await keep(C, "trained");
  await put(C, { learningRate: 0.000001 });
  for (const [n, { call }] of members.slice(0, -1).entries()) {
    const liked = Array.from({ length: films / 2 }, (_, film) => `film-${2 * film + (n % 2)}`);
    const body = liked.map((itemId) => ({ id: newId(), itemId, value: 5 }));
    expect((await call("POST", `${C}/ratings`, { body })).status).toBe(202);
  }
  await system.drain();
  const compare = `${C}/versions/compare?a=${trained}&b=${fresh}`;
  interface Comparison {
    versions: { version: number; ndcg: number; auc: number | null }[];
    restsOn: { hosted: number; compared: number; ranked: number; ratings: number; heldOut: number };
  }
  const { status, body } = await operator<Comparison>("GET", compare);
  expect(status).toBe(200);
  expect(body.restsOn).toMatchObject({ hosted: 8, compared: 8, ratings: 48 });
  expect(body.restsOn.heldOut).toBeGreaterThan(0);
  expect(body.versions.map(({ version }) => version)).toEqual([trained, fresh]);
  expect(body.versions[0].ndcg).toBeGreaterThan(body.versions[1].ndcg);
  expect(body.versions[0].auc).toBeNull();
  expect((await operator<Comparison>("GET", compare)).body).toEqual(body);
  const found = { version: trained, ndcg: body.versions[0].ndcg, members: body.restsOn.ranked };
  const listed = (await operator<{ versions: object[] }>("GET", `${C}/versions`)).body.versions[0];
  expect(listed).toMatchObject({ version: trained, quality: { ndcg: found.ndcg, members: found.members } });
  const { recommendations } = (await operator<{ recommendations: object }>("GET", `${C}/stats`)).body;
  expect(recommendations).toHaveProperty("ndcg");
  const { body: withPresent } = await operator<Comparison>("GET", `${C}/versions/compare?a=${trained}`);
  expect(withPresent.versions[1].version).toBeGreaterThan(trained);
  let last = 200;
  for (let n = 0; n < 20 && last === 200; n++) last = (await operator("GET", compare)).status;
  expect(last).toBe(429);
});

interface Roster {
  members: { memberId: string; arm: string | null }[];
}
interface Round {
  quality: { notes: { note: string }[]; arms?: Arm[] };
  groups: { members: { memberId: string }[] }[];
}

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
