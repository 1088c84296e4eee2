/** Kept versions: served to readers while learning goes on, and compared. */
import { expect, test } from "@jest/globals";
import { found, type JoinedMember, newId, type Problem } from "./caller.ts";
import { operator, system } from "./system.ts";
import {
  cinema,
  keep,
  modelFor,
  put,
  recommended,
  startWithSecret,
  teach,
  type Version,
} from "./taught-models.ts";

startWithSecret();

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
