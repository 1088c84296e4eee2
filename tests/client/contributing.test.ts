import { describe, expect, test } from "@jest/globals";
import { timeOfUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { broken, json, model, NOW_MS, problem, ready, type Sent, setUp } from "./scripted-server.ts";

describe("contributing", () => {
  test("one gradient goes out for one version of the model, and another for the next", async () => {
    const { client, server } = await ready();
    expect((await client.contribute()).outcome).toBe("sent");
    expect(await client.contribute()).toEqual({ outcome: "nothing-new", reason: "contributed" });
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
