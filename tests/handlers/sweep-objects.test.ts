/** What the daily sweep keeps for as long as a backup may need it. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CONTEXT } from "../fixtures/events.ts";
import { headOf } from "../infra/instance.ts";
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
