/** What an import makes of the lines of a file: members, items and ratings, and what it rejects. */
import { expect, test } from "@jest/globals";
import {
  C,
  call,
  community,
  filesNow,
  headNow,
  imported,
  lambda,
  membersNow,
  startImports,
} from "./import-calls.ts";

startImports();

test("members come in with their tags and learning modes, past the doors, and wrong lines are told", async () => {
  await call("put-community", `PUT ${C}`, { settings: { join: "approval" } });
  await call("join-community", `PUT ${C}/members/me`, {}, "", "waiting");
  const file =
    '\uFEFFuserId,learning,tag.language\r\nana,hosted,de\r\n"bo, the second",,"fr"\r\nwaiting,,\r\n,local,de\r\nana,hosted,it\r\ncy\r\ndee,maybe,de\r\n';
  expect(await imported("members", file)).toMatchObject({
    ...{ status: "finished", step: "end", lines: 7, accepted: 4, rejected: 3 },
    rejections: [
      { line: 5, reason: expect.stringMatching(/^userId /) },
      { line: 7, reason: "has 1 fields, the heading 3" },
      { line: 8, reason: expect.stringMatching(/^learning /) },
    ],
  });
  const expected = [
    ["ana", "hosted", { language: "it" }],
    ["bo, the second", "local", { language: "fr" }],
    ["waiting", "local", {}],
  ];
  expect(await membersNow()).toEqual(expected);
  expect(await headNow()).toMatchObject({ rowCount: 3, memberCount: 3, itemCount: 3 });
  expect(await filesNow()).toEqual([]);

  const again = await imported("members", "userId,learning\nana,hosted\nana,local\nwaiting,local\n");
  expect(again).toMatchObject({ accepted: 1, rejected: 2 });
  expect(again.rejections[1]).toEqual({ line: 3, reason: "is a member already, who chose learning hosted" });
  expect(await membersNow()).toEqual(expected);
});

test("whoever is banned stays out, and whoever left comes back to their row", async () => {
  await imported("members", "userId\nana\nbo\ncy\n");
  const { setMemberBan } = await import("../../src/infra/person-store.ts");
  const [ana, , cy] = await lambda.members.readMembers(community);
  await setMemberBan(community, ana, true);
  await call("leave-community", `DELETE ${C}/members/me`, undefined, "", "ana");
  await call("leave-community", `DELETE ${C}/members/me`, undefined, "", "bo");
  await setMemberBan(community, cy, true);
  const told = await imported("members", "userId,tag.a\nana,x\nbo,x\ncy,x\n");
  expect(told.rejections).toEqual([
    { line: 2, reason: "is banned" },
    { line: 4, reason: "is banned" },
  ]);
  expect(await membersNow()).toEqual([
    ["bo", "local", { a: "x" }],
    ["cy", "local", {}],
  ]);
  expect(await headNow()).toMatchObject({ rowCount: 3, memberCount: 2 });
});

test("items are added, described anew, and left as they are by lines that change nothing", async () => {
  const lines = Array.from(
    { length: 120 },
    (_, n) => `item-${n},film,"Title, ${n}",2020-01-01T00:00:00Z,noir`,
  );
  const file = `itemId,kind,title,createdAt,tag.genre\n${lines.join("\n")}\n`;
  expect(await imported("items", file)).toMatchObject({ status: "finished", accepted: 120 });
  const told = (itemId: string) => lambda.catalogue.readEntry(community, itemId);
  expect(await told("item-119")).toEqual({
    itemId: "item-119",
    row: 119,
    metadata: {
      ...{ kind: "film", title: "Title, 119", createdAt: "2020-01-01T00:00:00Z" },
      tags: { genre: "noir" },
    },
  });
  const { lastChange } = await lambda.catalogue.readState(community, []);
  await imported("items", file);
  await imported("items", "itemId\nitem-3\n");
  expect((await lambda.catalogue.readState(community, [])).lastChange).toBe(lastChange);
  await imported("items", "itemId,title\nitem-3,New\nitem-120,Other\n");
  expect(await told("item-3")).toMatchObject({ row: 3, metadata: { title: "New" } });
  expect(await headNow()).toMatchObject({ rowCount: 121, memberCount: 0, itemCount: 121 });
});

const zip = Uint8Array.from([0x50, 0x4b, 3, 4, 20, 0, 0, 0]);
test.each([
  ["another heading", "user,item,stars\nana,ran,3\n", 'it has "user"'],
  ["no heading", "ana,ran,3\n", "the first line must be a heading of userId, itemId, value, occurredAt"],
  ["nothing in it", "", "the file is empty"],
  ["10 million columns", `userId,itemId,value${",".repeat(10_000_000)}\n`, "line 1 is longer than 65536"],
  ["a zip archive in it", zip, "the file is a zip archive"],
  ["NUL bytes", "userId,itemId,value\nana,ran,3\0\n", "no text in UTF-8"],
  ["UTF-16", Uint8Array.from(Buffer.from("userId,itemId,value\n", "utf16le")), "no text in UTF-8"],
])("a file with %s fails as a whole", async (_, file, failure) => {
  const told = await imported("ratings", file);
  expect(told).toMatchObject({ status: "failed", step: "end", accepted: 0, quality: null });
  const { readNotice } = await import("../../src/infra/notice-store.ts");
  expect(await readNotice(community, `import.finished-${told.id}`)).toMatchObject({
    ...{ event: "import.finished", facts: { importId: told.id, kind: "ratings", status: "failed" } },
  });
  expect(told.failure).toContain(failure);
  expect(await filesNow()).toEqual([]);
});

test("ratings are of hosted members and of items that are there", async () => {
  await imported("members", "userId,learning\nana,hosted\nbo,local\n");
  await imported("items", "itemId\nran\n");
  const rows = [
    "ana,ran,4",
    "stranger,ran,4",
    "bo,ran,4",
    "ana,gone,4",
    "ana,ran,four",
    "ana,ran,5",
    "ana,ran",
  ];
  const told = await imported("ratings", `userId,itemId,value\n${rows.join("\n")}`);
  expect(told).toMatchObject({ status: "finished", lines: 7, accepted: 2, rejected: 5 });
  expect(told.rejections).toEqual([
    { line: 3, reason: "userId is no member's" },
    { line: 4, reason: "userId is of a member whose learning is local" },
    { line: 5, reason: "itemId is no item's" },
    { line: 6, reason: "value must be a number from -100 to 100" },
    { line: 8, reason: "has 2 fields, the heading 3" },
  ]);
});

test("of ratings of one item the latest counts, and lines that come twice change nothing", async () => {
  await imported("members", "userId,learning\nana,hosted\n");
  await imported("items", "itemId\nran\n");
  const rows = ["4,2021-01-01", "2,2020-01-01", "4,2021-01-01"].map((row) => `ana,ran,${row}T00:00:00Z`);
  const file = ["userId,itemId,value,occurredAt", ...rows].join("\n");
  await imported("ratings", file);
  const { readRatings } = await import("../../src/infra/rating-store.ts");
  const { currentRatings } = await import("../../src/domain/learning/ratings.ts");
  const [{ ratings }] = await lambda.members.readMembers(community);
  const stored = await readRatings(community, ratings!.key);
  expect(currentRatings(stored).map(({ value }) => value)).toEqual([4]);
  await imported("ratings", file);
  expect(await readRatings(community, ratings!.key)).toEqual(stored);
});

test("all or nothing: one wrong line, and nothing is loaded", async () => {
  const file = "userId\nana\nbo\n,\ncy\n";
  const told = await imported("members", file, { allOrNothing: true });
  expect(told).toMatchObject({ status: "failed", lines: 4, accepted: 3, rejected: 1 });
  expect(told.failure).toBe("a line is wrong, so nothing is loaded");
  expect(await membersNow()).toEqual([]);
  expect(await imported("members", "userId\nana\nbo\n", { allOrNothing: true })).toMatchObject({
    ...{ status: "finished", lines: 2, accepted: 2 },
  });
});
