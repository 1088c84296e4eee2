/** What the daily sweep keeps for as long as a backup may need it. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { eraseMember } from "../../src/domain/model/apply-batch.ts";
import { decodeBlock, writableBlock } from "../../src/domain/model/item-matrix.ts";
import { CONTEXT } from "../fixtures/events.ts";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startStores } from "../stores.ts";

const DAY_MS = 86_400_000;
let stores: Stores;

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  stores = await startStores();
});
afterAll(() => stores.stop());

async function sweep(): Promise<void> {
  const { handler } = await import("../../src/handlers/sweep-objects.ts");
  await handler({} as Parameters<typeof handler>[0], CONTEXT);
}

/** A community that is swept, with versions kept so many days ago. */
async function found(community: string, keptDaysAgo: Record<number, number>): Promise<void> {
  const { createHead } = await import("../../src/infra/head-store.ts");
  const { keepVersion } = await import("../../src/infra/version-store.ts");
  const { putObject } = await import("../../src/infra/object-store.ts");
  await createHead(headOf(community, { modelVersion: 9 }));
  await putObject(`${community}/blocks/000000/0000000009-0123456789abcdef`, Uint8Array.of(2, 3));
  for (const [version, days] of Object.entries(keptDaysAgo))
    await keepVersion(
      headOf(community, { modelVersion: Number(version) }),
      "keptAtMs",
      Date.now() - days * DAY_MS,
    );
}

async function keptOf(community: string): Promise<number[]> {
  const { readVersions } = await import("../../src/infra/version-store.ts");
  return (await readVersions(community)).map(({ modelVersion }) => modelVersion);
}

test("a version is kept until a backup from before the next one is gone", async () => {
  await found("slow", { 3: 90, 5: 36 });
  await found("usual", { 3: 90, 5: 38, 7: 2 });
  await sweep();
  expect(await keptOf("slow")).toEqual([3, 5, 9]);
  expect(await keptOf("usual")).toEqual([5, 7, 9]);
});

test("what was erased is listed, outside all communities, until no backup goes back behind it", async () => {
  const { listErasures, noteErasure } = await import("../../src/infra/erasure-list.ts");
  const { listCommunities } = await import("../../src/infra/object-store.ts");
  await noteErasure("chess", "member", "_ana", Date.now() - 36 * DAY_MS);
  await noteErasure("chess", "ratings", "_bo", Date.now() - 38 * DAY_MS);
  await noteErasure("chess-2", "factors", "_cy", Date.now());
  expect(await listErasures("chess")).toMatchObject([
    { erased: "ratings", memberId: "_bo" },
    { erased: "member", memberId: "_ana" },
  ]);
  await sweep();
  expect(await listErasures()).toMatchObject([
    { erased: "factors", memberId: "_cy" },
    { erased: "member", memberId: "_ana" },
  ]);
  expect(await listCommunities()).not.toContain("_erasures");
});

/** As if it were so many days later. */
async function sweepLater(days: number): Promise<void> {
  const { now } = Date;
  Date.now = () => now() + days * DAY_MS;
  await sweep().finally(() => {
    Date.now = now;
  });
}

/** A community with a version held under a name, and the next one, by which the member of row 1 has left. */
async function foundHeld(community: string): Promise<void> {
  const { createHead } = await import("../../src/infra/head-store.ts");
  const { modelOf, putBlocks, writeCommit } = await import("../../src/infra/model-store.ts");
  const { keepVersion } = await import("../../src/infra/version-store.ts");
  const block = writableBlock(undefined, { factors: 2, seed: 7, rowCount: 3 }, 0, "sgd");
  const [{ stored }] = await putBlocks(community, [block], 1);
  const head = headOf(community, { modelVersion: 1, manifest: new Map([[0, stored]]) });
  await createHead(head);
  await keepVersion(head, "heldAtMs", Date.now(), "campaign");
  const { blocks } = eraseMember(modelOf({ head, blocks: new Map([[0, block]]) }), 1);
  const commit = { modelVersion: 2, committedSum: 0, applied: [], rejected: [], gradientNorm: 0 };
  await writeCommit(head, commit, await putBlocks(community, blocks, 2), Date.now(), { members: -1 });
}

/** The named version as it is kept: the keys of its objects, and their values; null where one is gone. */
async function heldOf(community: string) {
  const { readVersions } = await import("../../src/infra/version-store.ts");
  const { blockKey } = await import("../../src/infra/matrix-block-store.ts");
  const { getObject } = await import("../../src/infra/object-store.ts");
  const kept = (await readVersions(community)).find(({ name }) => name === "campaign");
  if (!kept) return null;
  const stored = kept.manifest.get(0)!;
  const bytes = await getObject(blockKey(community, stored));
  return { stored, key: blockKey(community, stored), values: bytes && decodeBlock(bytes, 0, 1).values };
}

test("a version with a name outlives the daily ones, without the rows of those who have left, until it is let go of", async () => {
  const { letGo } = await import("../../src/infra/version-store.ts");
  const { getObject } = await import("../../src/infra/object-store.ts");
  await foundHeld("named");
  const first = (await heldOf("named"))!;
  await sweepLater(30);
  await sweepLater(32);
  expect(await heldOf("named")).toEqual(first);
  await sweepLater(40);
  await sweepLater(42);
  const later = (await heldOf("named"))!;
  expect(await getObject(first.key)).toBeNull();
  expect([...later.values!]).toEqual(
    [...first.values!].map((value, at) => (at / 3 >= 1 && at / 3 < 2 ? 0 : value)),
  );
  await sweepLater(400);
  await sweepLater(402);
  expect(await heldOf("named")).toEqual(later);
  expect(await letGo("named", 1, "heldAtMs")).toBe("done");
  await sweepLater(404);
  await sweepLater(406);
  expect(await heldOf("named")).toBeNull();
  expect(await getObject(later.key)).toBeNull();
});

test("one who lets a version go takes it from nobody else who keeps it", async () => {
  const { createHead } = await import("../../src/infra/head-store.ts");
  const { keepVersion, letGo } = await import("../../src/infra/version-store.ts");
  const head = headOf("shared", { modelVersion: 4 });
  await createHead(head);
  await keepVersion(head, "heldAtMs", 1000, "mine");
  await keepVersion(head, "keptAtMs", 2000);
  await keepVersion(head, "heldAtMs", 3000);
  const { readVersion } = await import("../../src/infra/version-store.ts");
  expect(await readVersion("shared", 4)).toMatchObject({ heldAtMs: 1000, keptAtMs: 2000, name: "mine" });
  await letGo("shared", 4, "heldAtMs");
  expect(await readVersion("shared", 4)).toMatchObject({
    heldAtMs: undefined,
    keptAtMs: 2000,
    name: undefined,
  });
  await letGo("shared", 4, "keptAtMs");
  expect(await readVersion("shared", 4)).toBeNull();
});
