import { expect, test } from "@jest/globals";
import { ApiError } from "../../src/client/api.ts";
import { noised, type RecommendationWish } from "../../src/client/learning.ts";
import { MemoryStorage, StorageError } from "../../src/client/storage.ts";
import { uniform } from "../../src/domain/random.ts";
import { json, ready, setUp } from "./scripted-server.ts";

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
