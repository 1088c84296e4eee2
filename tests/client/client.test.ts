import { expect, test } from "@jest/globals";
import { ApiError } from "../../src/client/api.ts";
import { conversationStrength } from "../../src/client/conversation.ts";
import type { RecommendationWish } from "../../src/client/learning.ts";
import { noised, type SharedFactors } from "../../src/client/sharing.ts";
import { MemoryStorage, StorageError } from "../../src/client/storage.ts";
import { uniform } from "../../src/domain/random.ts";
import { broken, json, model, NOW_MS, problem, ready, setUp } from "./scripted-server.ts";

test("a damaged record of what was sent stops nothing; damaged ratings are told as such", async () => {
  const { client, storage } = await ready();
  for (const damaged of ['[{"at":', "7"]) {
    await storage.update("sent", () => damaged);
    await client.join();
    await client.sync();
    expect((await client.outbox()).sent.map(({ request }) => request.split("?")[0])).toEqual([
      "GET /model",
      "PUT /members/me",
    ]);
  }
  expect((await client.contribute()).outcome).toBe("sent");
  await storage.update("ratings", () => "{");
  await expect(client.ratings()).rejects.toThrow(StorageError);
});

test("user factors are shared as they are, or with noise of so many times their spread, and the server is told", async () => {
  const { client, server } = await ready();
  server.on("PUT /members/me/user-factors", json({}));
  await client.shareUserFactors();
  await client.shareUserFactors({ noise: 0.5 });
  const shared = server.sent
    .filter(({ path }) => path === "/members/me/user-factors")
    .map(({ body }) => body);
  const { userFactors } = await client.train();
  const spread = Math.sqrt((userFactors[0] ** 2 + userFactors[1] ** 2) / 2);
  expect(shared).toEqual([
    { values: Array.from(userFactors), noiseStdDev: 0 },
    { values: expect.any(Array), noiseStdDev: expect.closeTo(0.5 * spread, 6) },
  ]);
  expect(shared[1]).not.toMatchObject({ values: Array.from(userFactors) });
});

test("the spread of user factors leaves out the rater bias, which gets the same noise", () => {
  const factors = Float32Array.from({ length: 20_001 }, (_, k) =>
    k === 20_000 ? 900 : k % 2 === 0 ? 3 : -3,
  );
  const { values, noiseStdDev } = noised(factors, 0.3, uniform(6));
  expect(noiseStdDev).toBeCloseTo(0.9);
  const off = values.map((value, k) => value - factors[k]);
  expect(Math.hypot(...off) / Math.sqrt(off.length)).toBeCloseTo(0.9, 1);
  expect(off[20_000]).not.toBe(0);
});

test("recommendations leave out oneself, and the rated and the met when asked", async () => {
  const { client, server } = await ready();
  const group = { members: [{ memberId: "m0" }, { memberId: "m3" }], state: "published" };
  server.on("GET /assignments/me", json(group));
  await client.assignment();
  const ids = async (exclude: ("rated" | "met")[]) =>
    (await client.recommend({ exclude })).map(({ itemId }) => itemId).sort();
  expect(await ids([])).toEqual(["m1", "m2", "m3"]);
  expect(await ids(["rated", "met"])).toEqual(["m1"]);
  for (const { score } of await client.recommend()) expect(score > 0 && score < 1).toBe(true);
});

test("items come by pages, and with them a device filters as the server does, by its own time or the server's", async () => {
  const { client, server } = await ready();
  const items = [
    { itemId: "m1", row: 1, kind: "film", tags: { genre: "noir" }, createdAt: "2026-02-20T00:00:00Z" },
    { itemId: "m2", row: 2, kind: "film", createdAt: "2026-02-20T00:00:00Z" },
    { itemId: "m3", row: 3, kind: "book", tags: { genre: "noir" } },
  ];
  server.on("GET /items", json({ items: items.slice(0, 2), next: "m2" }), json({ items: items.slice(2) }));
  const read = await client.items();
  expect(read).toEqual(items);
  expect(server.sent.slice(-2).map(({ path }) => path)).toEqual(["/items", "/items?cursor=m2"]);
  const ids = async (wish: RecommendationWish) =>
    (await client.recommend(wish)).map(({ itemId }) => itemId).sort();
  expect(await ids({ items: read, kind: "film", exclude: [] })).toEqual(["m1", "m2"]);
  expect(await ids({ items: read, kind: "film" })).toEqual(["m1"]); // m2 is rated
  expect(await ids({ items: read, tags: { all: { genre: "noir" } } })).toEqual(["m1", "m3"]);
  expect(await ids({ items: read, tags: { none: { genre: "noir" } }, exclude: [] })).toEqual(["m2"]);
  expect(await ids({ items: read, maxAgeDays: 10 })).toEqual(["m1"]);
  expect(await ids({ items: read, maxAgeDays: 8 })).toEqual([]);
  expect(await ids({ kind: "film" })).toEqual([]);
  server.on("GET /items", json({ things: [] }));
  await expect(client.items()).rejects.toBeInstanceOf(ApiError);
});

test("meetings and an export come by pages, and an answer that is none is an ApiError", async () => {
  const { client, server } = await ready();
  const meeting = (round: number) => ({ memberId: "m3", round, missed: false });
  server.on(
    "GET /members/me/meetings",
    json({ meetings: [meeting(7)], next: "6+5" }),
    json({ meetings: [meeting(5)] }),
  );
  expect(await client.meetings()).toEqual([meeting(7), meeting(5)]);
  expect(server.sent.at(-1)!.path).toBe("/members/me/meetings?cursor=6%2B5");
  const exported = json({ memberId: "m0", ratings: [{ itemId: "m2", value: 4 }], next: "m2" });
  server.on("GET /members/me/export", exported, json({ ratings: [{ itemId: "m3", value: -2 }] }));
  expect(await client.export()).toEqual({
    memberId: "m0",
    ratings: [
      { itemId: "m2", value: 4 },
      { itemId: "m3", value: -2 },
    ],
  });
  server.on("GET /members/me/meetings", json(null)).on("GET /members/me/export", json({ memberId: "m0" }));
  await expect(client.meetings()).rejects.toBeInstanceOf(ApiError);
  await expect(client.export()).rejects.toBeInstanceOf(ApiError);
});

test("before the first rating what is popular is recommended, with that for a reason", async () => {
  const { client } = setUp();
  await client.join();
  await client.sync();
  expect((await client.recommend()).map(({ reason }) => reason)).toEqual(["popular", "popular", "popular"]);
});

test("a conversation becomes a rating, and the next one counts half of it", async () => {
  const { client } = await ready();
  const message = (isMine: boolean, sentAtMs: number) => ({ isMine, sentAtMs, characters: 9 });
  const strength = await client.rateConversation({
    itemId: "m1",
    messages: [message(true, 0), message(false, 5)],
  });
  const first = (await client.ratings()).m1;
  expect(first).toBeCloseTo(5 * strength);
  await client.rateConversation({ itemId: "m1", messages: [] });
  expect((await client.ratings()).m1).toBeCloseTo(first / 2);
});

test("the outbox shows each request, and a gradient's very body, but no rating", async () => {
  const { client, server } = await ready();
  await client.contribute();
  const { sent } = await client.outbox();
  expect(sent.map(({ request }) => request)).toEqual([
    "POST /gradients",
    "GET /model?encoding=i8",
    "PUT /members/me",
  ]);
  expect(sent[0].summary).toBe("a gradient of 3 rows against model 3, as i8");
  expect(JSON.parse(sent[0].body!)).toEqual(server.gradients()[0].body);
  expect(sent[0].bytes).toBe(sent[0].body!.length);
});

test("the outbox says what each request of a member is", async () => {
  const { client, server } = await ready();
  for (const route of [
    "DELETE /members/me",
    "PUT /members/me/blocks/m1",
    "DELETE /members/me/blocks/m1",
    "PUT /members/me/availability",
    "DELETE /members/me/availability",
    "PUT /rounds/3/feedback",
  ])
    server.on(route, json({}));
  server.on("GET /members/me/export", json({ ratings: [] }));
  await client.block("m1");
  await client.unblock("m1");
  await client.setAvailability({ timeZone: "UTC", weekly: [{ day: "monday", from: "10:00", to: "12:00" }] });
  await client.setAvailability(null);
  await client.feedback(3, { met: true });
  await client.export();
  await client.leave();
  const { sent } = await client.outbox();
  expect(sent.map(({ summary }) => summary).toReversed()).toEqual([
    "joins the community, or changes how you take part",
    "asks for model",
    "blocks a member, who is not told",
    "takes a block back",
    "tells when you can meet",
    "takes back when you can meet",
    "tells how your group's meeting went",
    "asks for members me export",
    "leaves the community",
  ]);
});

test("forget wipes the device", async () => {
  const { client, open } = await ready();
  await client.forget();
  expect(await open().ratings()).toEqual({});
  await expect(open().recommend()).rejects.toThrow("call sync() first");
});

test("full storage is told, and what stood there stays", async () => {
  const storage = new MemoryStorage();
  const { client } = await ready({ storage });
  storage.update = async () => {
    throw new StorageError("no room left");
  };
  await expect(client.rate("m1", 1)).rejects.toThrow(StorageError);
  await expect(client.contribute()).rejects.toThrow(StorageError);
  expect(await client.ratings()).toEqual({ m2: 4 });
});

test("a rating that is no number of the scale is refused", async () => {
  const { client } = await ready();
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 101]) {
    await expect(client.rate("m1", value)).rejects.toThrow("a rating is a number from -100 to 100");
  }
});

test("an unknown item is an error, unless no network can tell: then the rating waits, and the next sync tells", async () => {
  const { client, server } = await ready();
  await expect(client.rate("m9", 1)).rejects.toThrow("there is no item m9");
  server.on("GET /model", json(model(4, { rowCount: 5 })));
  await client.rate("m4", 1); // who joined since the last sync
  server.on("GET /model", broken);
  await client.rate("m8", 2);
  server.on("GET /model", json(model(5, { rowCount: 5 })));
  expect(await client.sync()).toEqual({ modelVersion: 5, unknownItems: ["m8"] });
  expect(await client.ratings()).toEqual({ m2: 4, m4: 1, m8: 2 });
});

test("shared user factors follow each contribution under the same noise, until they are taken back", async () => {
  const { client, server } = await ready();
  server.on("PUT /members/me/user-factors", json({})).on("DELETE /members/me/user-factors", json({}));
  const shared = () =>
    server.sent.filter(({ path }) => path.endsWith("user-factors")).map(({ body }) => body);
  const contribute = async (version: number) => {
    server.on("GET /model", json(model(version)));
    await client.sync();
    expect((await client.contribute()).outcome).toBe("sent");
  };
  /** The noise of what was shared last, in its standard deviations. */
  const noise = async () => {
    const { userFactors } = await client.train();
    const { values, noiseStdDev } = shared().at(-1) as unknown as SharedFactors;
    return values.map((value, k) => ((value - userFactors[k]) / noiseStdDev).toFixed(4));
  };
  await contribute(4);
  expect(shared()).toEqual([]);
  await client.shareUserFactors({ noise: 0.5 });
  const first = await noise();
  await client.rate("m3", -2);
  server.on(
    "PUT /members/me/user-factors",
    problem(429, "too-many-changes", { "retry-after": "60" }),
    json({}),
  );
  await contribute(5);
  await contribute(6);
  expect(await noise()).toEqual(first);
  await client.shareUserFactors({ noise: 0 });
  await client.unshare();
  await contribute(7);
  expect(server.sent.filter(({ path }) => path.endsWith("user-factors")).map(({ method }) => method)).toEqual(
    ["PUT", "PUT", "PUT", "PUT", "DELETE"],
  );
});

test("a conversation of several rates each of the others by what the two of them wrote", async () => {
  const { client } = await ready();
  const say = (from: string, sentAtMs: number) => ({ from, sentAtMs, characters: 9 });
  const messages = [say("m0", 0), say("m1", 5), say("m3", 7), say("m0", 9)];
  const strengths = await client.rateConversation({ participants: ["m0", "m1", "m2", "m3"], messages });
  const pair = (from: string) =>
    messages
      .filter((message) => ["m0", from].includes(message.from))
      .map(({ from: who, ...rest }) => ({ ...rest, isMine: who === "m0" }));
  expect(strengths).toEqual({
    m1: conversationStrength(pair("m1")),
    m2: 0,
    m3: conversationStrength(pair("m3")),
  });
  expect(Object.keys(await client.ratings())).toEqual(["m1", "m2", "m3"]);
  const stranger = setUp().client;
  await expect(stranger.rateConversation({ participants: [], messages })).rejects.toThrow(
    "once they have joined",
  );
});

test("the outbox keeps bodies for as long and as many as it is told", async () => {
  let nowMs = NOW_MS;
  const { client, server } = await ready({ clock: () => nowMs, outbox: { days: 2, bodiesMax: 100 } });
  await client.contribute();
  nowMs += 86_400_000;
  server.on("GET /model", json(model(4)));
  await client.sync();
  await client.contribute();
  const gradients = async () =>
    (await client.outbox()).sent.filter(({ request }) => request === "POST /gradients");
  expect((await gradients()).map(({ body }) => body !== null)).toEqual([true, false]);
  nowMs += 1.5 * 86_400_000;
  await client.join();
  expect(await gradients()).toHaveLength(1);
});
