import { describe, expect, test } from "@jest/globals";
import { ApiError } from "../../src/client/api.ts";
import { json, model, problem, ready } from "./scripted-server.ts";

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
    expect(await client.sync()).toEqual({ modelVersion: 4, unknownItems: [] });
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
