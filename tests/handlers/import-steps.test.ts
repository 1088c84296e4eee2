/** An import from its upload to its end: order, expiry, second uploads, crashes and deletion between. */
import { expect, jest, test } from "@jest/globals";
import { CONTEXT } from "../fixtures/events.ts";
import {
  ask,
  C,
  call,
  community,
  endLease,
  filesNow,
  headNow,
  membersNow,
  openCommunity,
  put,
  read,
  type ShownImport,
  startImports,
  survived,
  tick,
} from "./import-calls.ts";

startImports();

test("a file is put once, by a header that is signed, and one that is replaced all the same ends the import", async () => {
  const one = await ask("members", { allOrNothing: true });
  const { searchParams } = new URL(one.uploadUrl);
  expect(one.uploadHeaders).toEqual({ "if-none-match": "*" });
  expect(searchParams.get("X-Amz-SignedHeaders")).toBe("host;if-none-match");
  expect((await put(one, "userId\nana\n")).status).toBe(200);
  await tick(CONTEXT);
  expect(await read(one)).toMatchObject({ status: "running", step: "check" });
  // Unlike S3, fauxqs takes no notice of the header.
  expect((await put(one, "userId\nbo\n")).status).toBe(200);
  await tick();
  expect(await read(one)).toMatchObject({
    status: "failed",
    failure: "the file was replaced or deleted after its import began",
  });
  expect(await membersNow()).toEqual([]);
});

test("an import without a file waits, and then it is expired", async () => {
  const one = await ask("items");
  expect(new URL(one.uploadUrl).searchParams.get("X-Amz-Expires")).toBe("3600");
  await tick();
  expect(await read(one)).toMatchObject({ status: "uploading", step: "upload", seconds: 0 });
  jest.useFakeTimers({
    doNotFake: ["nextTick", "setImmediate", "setTimeout", "setInterval", "clearTimeout"],
  });
  try {
    jest.setSystemTime(Date.now() + 2 * 3_600_000);
    await tick();
  } finally {
    jest.useRealTimers();
  }
  expect(await read(one)).toMatchObject({ status: "expired", step: "end" });
});

test("imports of a community run in the order in which they were asked for, one at a time", async () => {
  const [members, items] = [await ask("members"), await ask("items")].sort((a, b) => (a.id < b.id ? -1 : 1));
  await put(members, members.kind === "members" ? "userId\nana\n" : "itemId\nran\n");
  await tick(CONTEXT);
  await put(items, items.kind === "items" ? "itemId\nran\n" : "userId\nana\n");
  await endLease(items);
  const { takeLease } = await import("../../src/infra/import-store.ts");
  expect(await takeLease({ community, id: members.id }, Date.now())).not.toBeNull();
  await tick();
  expect([(await read(members)).status, (await read(items)).status]).toEqual(["running", "uploading"]);
  await endLease(members);
  await tick();
  expect([(await read(members)).status, (await read(items)).status]).toEqual(["finished", "finished"]);
});

test("so many imports may be open, and the latest are told first", async () => {
  const asked: ShownImport[] = [];
  for (let n = 0; n < 10; n++) asked.push(await ask("items"));
  expect(await ask("items")).toMatchObject({ type: "too-many-imports", status: 409 });
  const { body } = await call("imports", `GET ${C}/imports`);
  expect(body.imports).toHaveLength(10);
  expect(new Set(body.imports.map(({ id }: ShownImport) => id))).toEqual(new Set(asked.map(({ id }) => id)));
  expect(await read({ ...asked[0], id: "0192f0c1-2345-7abc-8def-0123456789ab" })).toMatchObject({
    type: "unknown-import",
  });
});

test("an import that dies at any write goes on where it was, and ends as if it had not died", async () => {
  const file = `userId,tag.a\n${Array.from({ length: 120 }, (_, n) => `user-${n},x${n % 3}`).join("\n")}\n`;
  for (let failAt = 1; ; failAt++) {
    await openCommunity(`dies-${failAt}`);
    const { deaths, told } = await survived("members", file, failAt);
    expect(told).toMatchObject({ status: "finished", lines: 120, accepted: 120, rejected: 0 });
    expect(await headNow()).toMatchObject({ rowCount: 120, memberCount: 120, itemCount: 120 });
    expect((await membersNow()).filter(([, , { a }]) => a === "x1")).toHaveLength(40);
    if (deaths === 0) {
      expect(failAt).toBe(4);
      return;
    }
  }
});

test("an import of a community that is deleted meanwhile leaves nothing", async () => {
  const one = await ask("members");
  await put(one, "userId\nana\n");
  await tick(CONTEXT);
  const { markDeleted } = await import("../../src/infra/community-erasure.ts");
  await markDeleted(await headNow(), Date.now());
  await tick();
  expect(await filesNow()).toEqual([]);
  const { readImport } = await import("../../src/infra/import-store.ts");
  expect(await readImport(community, one.id)).toBeNull();
});
