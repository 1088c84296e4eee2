import { describe, expect, test } from "@jest/globals";
import { ApiError } from "../../src/client/api.ts";
import { TertuliaClient } from "../../src/client/client.ts";
import { noised, type RecommendationWish } from "../../src/client/learning.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import { MemoryStorage, type Storage, StorageError } from "../../src/client/storage.ts";
import { timeOfUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { encodeValues } from "../../src/domain/messages/value-encoding.ts";
import { normal, uniform } from "../../src/domain/random.ts";

const NOW_MS = Date.UTC(2026, 2, 1);
const FACTORS = 2;

interface Sent {
  method: string;
  path: string;
  body: { id: string; modelVersion: number; rows: number[] };
}

/** A server of scripted answers: each route gives its answers in turn, then the last one again. */
class ScriptedServer {
  readonly sent: Sent[] = [];
  readonly #answers = new Map<string, ((sent: Sent) => Response)[]>();

  on(route: string, ...answers: ((sent: Sent) => Response)[]): this {
    this.#answers.set(route, answers);
    return this;
  }

  fetch: typeof fetch = async (input, init) => {
    const path = String(input).split("/communities/club")[1];
    const method = init?.method ?? "GET";
    const sent = { method, path, body: JSON.parse(String(init?.body ?? "null")) };
    this.sent.push(sent);
    const answers = this.#answers.get(`${method} ${path.split("?")[0]}`);
    if (!answers) throw new Error(`nothing is scripted for ${method} ${path}`);
    return (answers.length > 1 ? answers.shift()! : answers[0])(sent);
  };

  gradients(): Sent[] {
    return this.sent.filter(({ path }) => path === "/gradients");
  }
}

const json =
  (body: unknown, init: ResponseInit = {}) =>
  () =>
    new Response(JSON.stringify(body), init);
const problem = (status: number, type: string, headers: Record<string, string> = {}) =>
  json({ type, title: type, status, detail: `it is ${type}` }, { status, headers });
const broken = (): Response => {
  throw new TypeError("fetch failed");
};

function model(
  modelVersion: number,
  { rowCount = 4, factors = FACTORS, rows = [...Array(rowCount).keys()] } = {},
) {
  const next = normal(modelVersion + 1);
  const values = Float32Array.from({ length: rows.length * (factors + 1) }, next);
  return {
    modelVersion,
    factors,
    rowCount,
    items: rows.map((row) => ({ itemId: `m${row}`, row })),
    ...encodeValues(values, factors + 1, "i8"),
    settings: { alpha: 1, regularization: 1 },
  };
}

function setUp(options: Partial<ClientOptions> = {}) {
  const server = new ScriptedServer()
    .on(
      "PUT /members/me",
      json({ status: "member", memberId: "m0", row: 0, learning: "local", paused: false }),
    )
    .on("GET /model", json(model(3)))
    .on("POST /gradients", json({ status: "queued" }, { status: 202 }));
  const waitsMs: number[] = [];
  const storage: Storage = options.storage ?? new MemoryStorage();
  const open = (own: Partial<ClientOptions> = {}) =>
    new TertuliaClient({
      baseUrl: "https://example.test",
      community: "club",
      getToken: () => "token",
      fetch: server.fetch,
      clock: () => NOW_MS,
      random: uniform(5),
      sleep: async (ms) => void waitsMs.push(ms),
      ...options,
      ...own,
      storage,
    });
  return { server, storage, waitsMs, open, client: open() };
}

async function ready(options: Partial<ClientOptions> = {}) {
  const set = setUp(options);
  await set.client.join();
  await set.client.sync();
  await set.client.rate("m2", 4);
  return set;
}

describe("contributing", () => {
  test("one gradient goes out for one version of the model, and another for the next", async () => {
    const { client, server } = await ready();
    expect((await client.contribute()).outcome).toBe("sent");
    expect((await client.contribute()).outcome).toBe("nothing-new");
    server.on("GET /model", json(model(4, { rows: [1, 3] })));
    await client.sync();
    expect((await client.contribute()).outcome).toBe("sent");
    expect(server.gradients().map(({ body }) => body.modelVersion)).toEqual([3, 4]);
    expect(server.gradients()[0].body.rows).toEqual([1, 2, 3]);
  });

  test("after a crash on the way the same gradient goes out under the same id", async () => {
    const { client, server, open } = await ready();
    server.on("POST /gradients", broken);
    await expect(client.contribute()).rejects.toMatchObject({ type: "network", status: 0 });
    server.on("POST /gradients", json({}, { status: 202 }));
    await open().rate("m3", 2);
    await open().contribute();
    expect(new Set(server.gradients().map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await client.outbox()).waiting).toEqual([]);
  });

  test("two tabs at once send one gradient, and lose no rating", async () => {
    const { open, server } = await ready();
    const tabs = [open(), open()];
    await Promise.all(tabs.map((tab, n) => tab.rate(`m${n + 1}`, 1)));
    await Promise.all(tabs.map((tab) => tab.contribute()));
    expect(new Set(server.gradients().map(({ body }) => body.id)).size).toBe(1);
    expect(await tabs[0].ratings()).toEqual({ m1: 1, m2: 1 });
  });

  test("a refused gradient does not stand in the way of the next", async () => {
    const { client, server } = await ready();
    server.on("POST /gradients", problem(400, "invalid-request"), json({}, { status: 202 }));
    await expect(client.contribute()).rejects.toMatchObject({ type: "invalid-request", status: 400 });
    server.on("GET /model", json(model(5)));
    await client.sync();
    expect((await client.contribute()).outcome).toBe("sent");
  });

  test("ids follow the server's clock when the device's is wrong", async () => {
    const date = new Date(NOW_MS + 3_600_000).toUTCString();
    const set = setUp();
    set.server.on("GET /model", json(model(3), { headers: { date } }));
    await set.client.sync();
    await set.client.rate("m1", 1);
    await set.client.contribute();
    expect(timeOfUuidV7(set.server.gradients()[0].body.id)).toBe(NOW_MS + 3_600_000);
  });
});

describe("a device whose clock is wrong", () => {
  /** As the server does: an id from more than 5 minutes ahead is refused, and each answer tells the time. */
  const serverAt =
    (nowMs: number) =>
    ({ body }: Sent) => {
      const headers = { date: new Date(nowMs).toUTCString(), "content-type": "application/json" };
      const isAhead = timeOfUuidV7(body.id) > nowMs + 300_000;
      const errors = [{ pointer: "#/id", detail: "is more than 5 minutes in the future" }];
      const answer = isAhead ? { type: "invalid-request", errors } : { status: "queued" };
      return new Response(JSON.stringify(answer), { status: isAhead ? 400 : 202, headers });
    };

  test("an id from an hour ahead is made anew, the same gradient goes out, and epsilon is spent once", async () => {
    const privacy = { clipNorm: 1, noiseMultiplier: 2, epsilonMax: 10 };
    const { client, server } = await ready({ privacy });
    const serverMs = NOW_MS - 3_600_000;
    server.on("POST /gradients", serverAt(serverMs));
    expect((await client.contribute()).outcome).toBe("sent");
    const [first, second] = server.gradients().map(({ body }) => body);
    expect(timeOfUuidV7(second.id)).toBe(serverMs);
    expect({ ...second, id: first.id }).toEqual(first);
    const once = setUp({ privacy });
    await once.client.join();
    await once.client.sync();
    await once.client.rate("m2", 4);
    await once.client.contribute();
    expect(await client.privacySpent()).toEqual(await once.client.privacySpent());
    expect((await client.outbox()).waiting).toEqual([]);
  });

  test("a waiting gradient is not taken for old by a device that is two days ahead", async () => {
    const { client, server, open } = await ready();
    server.on("POST /gradients", broken);
    await expect(client.contribute()).rejects.toMatchObject({ type: "network" });
    const waiting = (await client.outbox()).waiting[0];
    server.on("POST /gradients", serverAt(NOW_MS));
    const later = open({ clock: () => NOW_MS + 2 * 86_400_000 });
    expect(await later.contribute()).toMatchObject({ outcome: "sent", id: waiting.id });
  });

  test("a waiting gradient that is a day old by the server's clock is dropped, and a new one is made", async () => {
    const { client, server, open } = await ready();
    server.on("POST /gradients", broken);
    await expect(client.contribute()).rejects.toMatchObject({ type: "network" });
    const waiting = (await client.outbox()).waiting[0];
    const date = new Date(NOW_MS + 86_400_000).toUTCString();
    server.on("GET /model", json(model(4), { headers: { date } }));
    server.on("POST /gradients", json({}, { status: 202 }));
    const device = open();
    await device.sync();
    expect((await device.contribute()).outcome).toBe("sent");
    expect(server.gradients().at(-1)!.body.id).not.toBe(waiting.id);
  });
});

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

describe("a server in trouble", () => {
  test("429 and 503 are waited out as long as they ask", async () => {
    const { client, server, waitsMs } = await ready();
    const busy = [problem(429, "too-many-gradients", { "retry-after": "7" }), problem(503, "try-again")];
    server.on("POST /gradients", ...busy, json({}, { status: 202 }));
    expect((await client.contribute()).outcome).toBe("sent");
    expect(waitsMs[0]).toBe(7000);
    expect(waitsMs).toHaveLength(2);
  });

  test("a wait of an hour is told to the caller, and the gradient waits", async () => {
    const { client, server, waitsMs } = await ready();
    server.on("POST /gradients", problem(429, "too-many-gradients", { "retry-after": "3600" }));
    await expect(client.contribute()).rejects.toMatchObject({ status: 429, retryAfterSeconds: 3600 });
    expect(waitsMs).toEqual([]);
    expect((await client.outbox()).waiting).toHaveLength(1);
  });

  const nonsense: [string, () => Response][] = [
    ["a page of HTML", () => new Response("<html>")],
    ["a number", json(7)],
    ["a model without values", json({ ...model(4), values: undefined })],
    ["values of another length", json({ ...model(4), values: "AAAA" })],
    ["rows past the end", json({ ...model(4), rowCount: 2 })],
    ["a version that is no number", json({ ...model(4), modelVersion: "four" })],
    ["no settings", json({ ...model(4), settings: null })],
  ];
  test.each(nonsense)("%s for a model is an ApiError and changes nothing", async (_, answer) => {
    const { client, server, open } = await ready();
    const before = await client.recommend();
    server.on("GET /model", answer);
    await expect(client.sync()).rejects.toBeInstanceOf(ApiError);
    expect(await client.recommend()).toEqual(before);
    expect(await open().recommend()).toEqual(before);
  });

  test("a model of another shape replaces the old one, and the ratings stay", async () => {
    const { client, server } = await ready();
    server.on("GET /model", json(model(4, { factors: 3 })));
    expect(await client.sync()).toEqual({ modelVersion: 4 });
    const { userFactors, ratedItems } = await client.train();
    expect([userFactors.length, ratedItems]).toEqual([4, 1]);
  });

  test("a model that began anew takes gradients again", async () => {
    const { client, server } = await ready();
    await client.contribute();
    server.on("GET /model", json(model(0)));
    await client.sync();
    expect((await client.contribute()).outcome).toBe("sent");
  });
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

test("with privacy the epsilon spent is told, and no gradient is made past the budget", async () => {
  const privacy = { clipNorm: 1, noiseMultiplier: 20, epsilonMax: 0.6 };
  const { client, server, open } = await ready({ privacy });
  expect(await client.privacySpent()).toEqual({ epsilon: 0, delta: 1e-5 });
  const outcomes: string[] = [];
  for (let version = 3; version < 6; version++) {
    server.on("GET /model", json(model(version)));
    await client.sync();
    outcomes.push((await client.contribute()).outcome);
  }
  expect(outcomes).toEqual(["sent", "sent", "budget-spent"]);
  expect(server.gradients().map(({ body }) => body.rows)).toEqual([
    [0, 1, 2, 3],
    [0, 1, 2, 3],
  ]);
  const { epsilon } = (await open().privacySpent())!;
  expect(epsilon).toBeGreaterThan(0.3);
  expect(epsilon).toBeLessThan(0.7);
  expect(() => setUp({ privacy, rowsPerGradient: 9 })).toThrow("privacy needs every row");
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
