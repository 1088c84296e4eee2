import { beforeAll, expect, test } from "@jest/globals";
import { type Caller, caller, callerWith, EXACT, newId, type Problem } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

const C = "/communities/strict";
let ana: Caller;

startSystem();
beforeAll(async () => {
  ana = await caller(system, "ana");
  await operator("PUT", C, { body: { settings: { ...EXACT, factors: 1 } } });
  for (const call of [ana, await caller(system, "bo"), await caller(system, "cy")]) {
    await call("PUT", `${C}/members/me`, { body: {} });
  }
});

const good = () => ({
  id: newId(),
  modelVersion: 0,
  rows: [0, 2],
  encoding: "json" as string,
  values: [
    [1, 2],
    [3, 4],
  ] as unknown,
});

const base64 = (...floats: number[]) => Buffer.from(Float32Array.from(floats).buffer).toString("base64");
const DAY_MS = 24 * 3600 * 1000;

const badGradients: [string, object, string][] = [
  ["an id that is no UUID", { id: "x" }, "#/id"],
  ["an id of another UUID version", { id: "0190f5e1-6e2b-4c3d-8a4b-000000000001" }, "#/id"],
  ["an id older than a day", { id: newId(DAY_MS + 60_000) }, "#/id"],
  ["an id from the future", { id: newId(-6 * 60_000) }, "#/id"],
  ["a version ahead of the model", { modelVersion: 7 }, "#/modelVersion"],
  ["a negative version", { modelVersion: -1 }, "#/modelVersion"],
  ["no rows", { rows: [], values: [] }, "#/rows"],
  ["a row out of range", { rows: [0, 3] }, "#/rows/1"],
  ["a negative row", { rows: [-1, 2] }, "#/rows/0"],
  ["a fractional row", { rows: [0, 1.5] }, "#/rows/1"],
  ["unordered rows", { rows: [2, 0] }, "#/rows/1"],
  ["a row twice", { rows: [2, 2] }, "#/rows/1"],
  ["an unknown field", { surprise: 1 }, "#/surprise"],
  ["a __proto__ field", JSON.parse('{"__proto__": {"polluted": true}}'), "#/__proto__"],
  ["an unknown encoding", { encoding: "f64" }, "#/encoding"],
  ["too few value rows", { values: [[1, 2]] }, "#/values"],
  ["a value row too short", { values: [[1, 2], [3]] }, "#/values/1"],
  [
    "a text among the values",
    {
      values: [
        [1, "2"],
        [3, 4],
      ],
    },
    "#/values/0/1",
  ],
  [
    "a null among the values",
    {
      values: [
        [1, null],
        [3, 4],
      ],
    },
    "#/values/0/1",
  ],
  [
    "a value past float32",
    {
      values: [
        [1, 1e39],
        [3, 4],
      ],
    },
    "#/values/0/1",
  ],
  ["f32 that is no base64", { encoding: "f32", values: "****" }, "#/values"],
  ["f32 of the wrong length", { encoding: "f32", values: base64(1, 2, 3) }, "#/values"],
  ["NaN in f32", { encoding: "f32", values: base64(1, Number.NaN, 3, 4) }, "#/values"],
  ["infinity in f32", { encoding: "f32", values: base64(1, 2, Number.POSITIVE_INFINITY, 4) }, "#/values"],
  ["i8 without scales", { encoding: "i8", values: "AQIDBA==" }, "#/scales"],
  ["i8 of the wrong length", { encoding: "i8", values: "AQID", scales: base64(1, 1) }, "#/values"],
  ["NaN among the scales", { encoding: "i8", values: "AQIDBA==", scales: base64(1, Number.NaN) }, "#/scales"],
  [
    "a value past any honest one",
    {
      values: [
        [1, 2],
        [1e30, 0],
      ],
    },
    "#/values/1/0",
  ],
  ["such a value in f32", { encoding: "f32", values: base64(0, 0, 1e30, 4) }, "#/values"],
  ["such a scale", { encoding: "i8", values: "AAADBA==", scales: base64(1, 1e30) }, "#/scales"],
  ["the sender's own row", {}, "#/rows/0"],
  ["the sender's own row in i8", { encoding: "i8", values: "AQIDBA==", scales: base64(1, 1) }, "#/rows/0"],
  ["340,000 wrong rows", { rows: new Array(340_000).fill(-1) }, "#/rows/0"],
  ["150,000 texts among the values", { values: new Array(150_000).fill(["x"]) }, "#/values/0/0"],
  [
    "infinity among the scales",
    { encoding: "i8", values: "AQIDBA==", scales: base64(1, -1 / 0) },
    "#/scales",
  ],
];

test.each(badGradients)(
  "a gradient with %s is refused by the name of its field",
  async (_, change, pointer) => {
    const body = JSON.stringify({ ...good(), ...change });
    const raw = Object.hasOwn(change, "__proto__") ? `{"__proto__":{"polluted":true},${body.slice(1)}` : body;
    const answer = await ana<Problem>("POST", `${C}/gradients`, { raw });
    expect([answer.status, answer.body.type]).toEqual([400, "invalid-request"]);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
  },
);

test.each(["NaN", "Infinity", "-Infinity", "1e999"])("%s in a json gradient is refused", async (text) => {
  const raw = JSON.stringify(good()).replace("[1,2]", `[1,${text}]`);
  const answer = await ana<Problem>("POST", `${C}/gradients`, { raw });
  expect(answer.status).toBe(400);
  expect(answer.body.errors?.[0].pointer).toBe(text === "1e999" ? "#/values/0/1" : "#");
});

test("JSON 10,000 levels deep is refused, not followed", async () => {
  const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  const answer = await ana<Problem>("POST", `${C}/gradients`, {
    raw: JSON.stringify(good()).replace("[[1,2],[3,4]]", deep),
  });
  expect(answer.status).toBe(400);
  expect(answer.body.errors?.[0].pointer).toMatch(/^#\/values/);
});

test("a body full of mistakes is answered with the first twenty, in few bytes", async () => {
  const names = Array.from({ length: 5_000 }, (_, n) => [`${"long".repeat(20)}${n}`, 1]);
  const answer = await ana<Problem>("POST", `${C}/gradients`, {
    body: { ...good(), ...Object.fromEntries(names) },
  });
  expect([answer.status, answer.body.errors?.length]).toEqual([400, 20]);
  expect(JSON.stringify(answer.body).length).toBeLessThan(10_000);
});

test("more mistakes than a call takes arguments are a 400 all the same", async () => {
  const body = { settings: { mixTags: new Array(200_000).fill(0) } };
  const answer = await operator<Problem>("PUT", C, { body });
  expect([answer.status, answer.body.errors?.length]).toEqual([400, 1]);
});

test("a stranger's body is not looked at", async () => {
  const stranger = await caller(system, "stranger");
  const answer = await stranger<Problem>("POST", `${C}/gradients`, { raw: "no JSON" });
  expect([answer.status, answer.body.type]).toEqual([404, "unknown-community"]);
});

test("a body over the limit is 413, another content type 415", async () => {
  const large = await ana<Problem>("POST", `${C}/gradients`, { raw: " ".repeat(1024 * 1024 + 1) });
  expect([large.status, large.body.type]).toEqual([413, "body-too-large"]);
  const headers = { "content-type": "text/plain" };
  const text = await ana<Problem>("POST", `${C}/gradients`, { raw: JSON.stringify(good()), headers });
  expect([text.status, text.body.type]).toEqual([415, "unsupported-media-type"]);
});

test("no token, an expired one, another audience, another key: 401", async () => {
  const mint = async (body: object) => {
    const response = await fetch(`${system.url}/dev/token`, { method: "POST", body: JSON.stringify(body) });
    return ((await response.json()) as { token: string }).token;
  };
  const expired = await mint({ sub: "ana", expiresInSeconds: -60 });
  const elsewhere = await mint({ sub: "ana", audience: "another" });
  const forged = `${(await mint({ sub: "ana" })).slice(0, -8)}AAAAAAAA`;
  for (const token of [null, expired, elsewhere, forged, "nonsense"]) {
    const answer = await callerWith(system.url, token)<Problem>("POST", `${C}/gradients`, { body: good() });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  }
});

test("who is no member, no operator, or asks for no community is told so", async () => {
  const stranger = await caller(system, "stranger");
  const asked: [Caller, string, string, number, string][] = [
    [stranger, "GET", `${C}/model`, 404, "unknown-community"],
    [stranger, "GET", C, 404, "unknown-community"],
    [stranger, "GET", `${C}/assignments/me`, 404, "unknown-community"],
    [operator, "GET", `${C}/assignments/me`, 403, "not-a-member"],
    [ana, "POST", `${C}/rounds`, 403, "operator-scope-needed"],
    [ana, "GET", `${C}/history`, 403, "operator-scope-needed"],
    [ana, "GET", `${C}/assignments`, 403, "operator-scope-needed"],
    [ana, "GET", `${C}/rounds/1`, 403, "operator-scope-needed"],
    [ana, "GET", "/communities/nowhere/model", 404, "unknown-community"],
    [operator, "POST", "/communities/nowhere/rounds", 404, "unknown-community"],
    [operator, "GET", `${C}/rounds/99`, 404, "unknown-round"],
  ];
  for (const [call, method, path, status, type] of asked) {
    const answer = await call<Problem>(method, path);
    expect([path, answer.status, answer.body.type]).toEqual([path, status, type]);
  }
  const put = await ana<Problem>("PUT", C, { body: {} });
  expect([put.status, put.body.type]).toEqual([403, "operator-scope-needed"]);
});

test.each(["__proto__", "a%00b", "a%0ab", "-a", "a b", "é", "x".repeat(65)])(
  "the community name %s is refused",
  async (name) => {
    const answer = await operator<Problem>("PUT", `/communities/${name}`, { body: {} });
    expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([400, "#/community"]);
  },
);

test.each([
  [{ settings: { factors: 0 } }, "#/settings/factors"],
  [{ settings: { factors: 2 } }, "#/settings/factors"],
  [{ settings: { optimizer: "rmsprop" } }, "#/settings/optimizer"],
  [{ settings: { learningRate: -1 } }, "#/settings/learningRate"],
  [{ settings: { clipNorm: 0 } }, "#/settings/clipNorm"],
  [{ settings: { groupSize: 1 } }, "#/settings/groupSize"],
  [{ settings: { groupSizeMin: 5 } }, "#/settings/groupSizeMin"],
  [{ settings: { groupSize: 6, groupSizeMax: 5 } }, "#/settings/groupSizeMax"],
  [{ settings: { objective: "mean" } }, "#/settings/objective"],
  [{ settings: { participation: "some" } }, "#/settings/participation"],
  [{ settings: { rematchWindowRounds: -1 } }, "#/settings/rematchWindowRounds"],
  [{ settings: { colour: "red" } }, "#/settings/colour"],
  [{ settings: { learningRate: 1e39 } }, "#/settings/learningRate"],
  [{ settings: { regularization: 1e308 } }, "#/settings/regularization"],
  [{ setting: {} }, "#/setting"],
  [[], "#"],
])("settings %j are refused at %s", async (body, pointer) => {
  const answer = await operator<Problem>("PUT", C, { body });
  expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([400, pointer]);
});

test.each([
  [`${C}/model?encoding=f64`, "#/encoding"],
  [`${C}/model?sinceVersion=-1`, "#/sinceVersion"],
  [`${C}/model?since=1`, "#/since"],
  [`${C}/gradients/not-an-id`, "#/id"],
])("GET %s is refused at %s", async (path, pointer) => {
  const answer = await ana<Problem>("GET", path);
  expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([400, pointer]);
});

test("members are asked for known fields only, and shared factors for K or K+1 finite ones", async () => {
  const asked: [string, object, string][] = [
    ["", { paused: "yes" }, "#/paused"],
    ["", { learning: "remote" }, "#/learning"],
    ["", { pausedUntil: "next week" }, "#/pausedUntil"],
    ["", { skipNextRound: 1 }, "#/skipNextRound"],
    ["", { optIn: null }, "#/optIn"],
    ["", { displayName: "" }, "#/displayName"],
    ["", { displayName: " \t" }, "#/displayName"],
    ["", { displayName: "a\u202eb" }, "#/displayName"],
    ["", { displayName: "n".repeat(65) }, "#/displayName"],
    ["", { admin: true }, "#/admin"],
    ["/user-factors", { values: [1, 2, 3] }, "#/values"],
    ["/user-factors", { values: [1e39] }, "#/values/0"],
    ["/user-factors", { values: [9e307] }, "#/values/0"],
    ["/user-factors", { values: [1], noiseStdDev: -1 }, "#/noiseStdDev"],
    ["/user-factors", { values: [1], noiseStdDev: 9e307 }, "#/noiseStdDev"],
  ];
  for (const [path, body, pointer] of asked) {
    const answer = await ana<Problem>("PUT", `${C}/members/me${path}`, { body });
    expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([400, pointer]);
  }
});

test("past the hourly limit a gradient is 429 with Retry-After", async () => {
  await operator("PUT", "/communities/busy", { body: { settings: { factors: 1, gradientsPerHourMax: 2 } } });
  await ana("PUT", "/communities/busy/members/me", { body: {} });
  const post = () =>
    ana<Problem>("POST", "/communities/busy/gradients", { body: { ...good(), rows: [0], values: [[0, 0]] } });
  const answers = [await post(), await post(), await post()];
  expect(answers.map((answer) => answer.status)).toEqual([202, 202, 429]);
  expect(Number(answers[2].headers.get("retry-after"))).toBeGreaterThan(0);
});

test("past 240 an hour a read of the model is 429 with Retry-After, and a 304 still costs nothing", async () => {
  const read = (headers = {}) => ana<Problem>("GET", "/communities/busy/model", { headers });
  const statuses = new Set<number>();
  for (let n = 0; n < 240; n++) statuses.add((await read()).status);
  expect([...statuses]).toEqual([200]);
  const refused = await read();
  expect([refused.status, refused.body.type]).toEqual([429, "too-many-reads"]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await read({ "if-none-match": "*" })).status).toBe(304);
});

test("after all of this the model is as it was", async () => {
  await system.drain();
  const { body } = await operator<{ modelVersion: number; memberCount: number }>("GET", C);
  expect(body).toMatchObject({ modelVersion: 0, memberCount: 3 });
  expect(Object.prototype).not.toHaveProperty("polluted");
});
