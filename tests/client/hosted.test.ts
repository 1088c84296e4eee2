/** The device of a hosted member: the same calls, and the ratings go to the server instead of a gradient. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { broken, json, model, NOW_MS, type Sent, setUp } from "./scripted-server.ts";

const HOSTED = { status: "member", memberId: "m0", row: 0, learning: "hosted", paused: false };
type Body = { id: string; itemId: string; value: number; occurredAt: string }[];

const queued = ({ body }: Sent) =>
  Response.json(
    { ratings: (body as unknown as Body).map(({ id }) => ({ id, status: "queued" })) },
    { status: 202 },
  );

describe("a hosted member's device", () => {
  let set: ReturnType<typeof setUp>;
  const posts = () =>
    set.server.sent.flatMap(({ path, body }) => (path === "/ratings" ? [body as unknown as Body] : []));

  beforeEach(async () => {
    set = setUp();
    set.server.on("PUT /members/me", json(HOSTED)).on("POST /ratings", queued);
    await set.client.join({ learning: "hosted" });
    await set.client.rate("m2", 4);
    await set.client.rate("m3", -1);
  });

  test("sends ratings once, changed ones again, one that was taken back as 0, and never a gradient", async () => {
    const { client, server } = set;
    expect(await client.contribute()).toEqual({ outcome: "ratings-sent", sent: 2, refused: [] });
    expect(await client.contribute()).toEqual({ outcome: "nothing-new", reason: "contributed" });
    await client.rate("m2", 5);
    await client.rate("m3", 0);
    await client.contribute();
    const told = posts().map((body) => body.map(({ itemId, value }) => [itemId, value]));
    expect(told).toEqual([
      [
        ["m2", 4],
        ["m3", -1],
      ],
      [
        ["m2", 5],
        ["m3", 0],
      ],
    ]);
    expect(posts()[0][0].occurredAt).toBe(new Date(NOW_MS).toISOString());
    expect(server.gradients()).toEqual([]);
  });

  test("sends the same id again after a lost answer, and what it rated meanwhile besides", async () => {
    const { client, server } = set;
    server.on("POST /ratings", broken, broken, broken, broken, queued);
    await expect(client.contribute()).rejects.toMatchObject({ type: "network" });
    await client.rate("m1", 2);
    expect(await client.contribute()).toMatchObject({ sent: 3 });
    const first = posts()[0].map(({ id }) => id);
    expect(
      posts()
        .at(-1)!
        .map(({ id }) => id),
    ).toEqual(expect.arrayContaining(first));
  });

  test("tells what the server will never take, and does not send it again; what the hour has no room for waits", async () => {
    const { client, server } = set;
    await client.rate("gone", 3);
    const errors = (n: number) => [{ pointer: `#/${n}/itemId`, detail: "there is no item" }];
    server.on("POST /ratings", ({ body }) =>
      Response.json(
        {
          ratings: (body as unknown as Body).map(({ id, itemId }, index) => {
            if (itemId === "gone") return { index, id, status: "rejected", errors: errors(index) };
            return itemId === "m3" ? { index, id, status: "rejected" } : { id, status: "queued" };
          }),
        },
        { status: 202 },
      ),
    );
    const refused = [{ itemId: "gone", detail: "there is no item" }];
    expect(await client.contribute()).toEqual({ outcome: "ratings-sent", sent: 1, refused });
    server.on("POST /ratings", queued);
    expect(await client.contribute()).toMatchObject({ sent: 1 });
    expect(posts()[1].map(({ itemId }) => itemId)).toEqual(["m3"]);
    await client.rate("gone", 5);
    const invalid = { type: "invalid-request", detail: "no", errors: errors(0) };
    server.on("POST /ratings", json(invalid, { status: 400 }));
    expect(await client.contribute()).toEqual({ outcome: "ratings-sent", sent: 0, refused });
  });

  test("asks the server for recommendations, and goes back to gradients when it learns by itself again", async () => {
    const { client, server } = set;
    const recommendations = [{ itemId: "m1", score: 0.75 }];
    server.on("POST /recommendations/me", json({ lists: [{ name: "all", recommendations }] }));
    expect(await client.recommend({ limit: 3, items: [] })).toEqual(recommendations);
    expect(server.sent.at(-1)!.body).toEqual({ lists: [{ name: "all", limit: 3 }] });

    await client.contribute();
    server.on("PUT /members/me", json({ ...HOSTED, learning: "local" })).on("GET /model", json(model(3)));
    await client.join({ learning: "local" });
    await client.sync();
    expect((await client.contribute()).outcome).toBe("sent");
    server.on("PUT /members/me", json(HOSTED));
    await client.join({ learning: "hosted" });
    expect(await client.contribute()).toMatchObject({ outcome: "ratings-sent", sent: 2 });
  });
});
