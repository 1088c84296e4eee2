/** Imports step by step: no schedule runs by itself, so that crashes and second uploads come when told to. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import type { Context } from "aws-lambda";
import { uniform } from "../../src/domain/random.ts";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { startInstance, type TestInstance } from "../infra/instance.ts";
import { type Stores, startStores } from "../stores.ts";

jest.setTimeout(60_000);

interface Shown {
  id: string;
  kind: string;
  type?: string;
  status: string;
  step: string;
  failure?: string;
  lines: number;
  accepted: number;
  rejected: number;
  rejections: { line: number; reason: string }[];
  quality?: { ndcg: number; popularity: number } | null;
  epoch?: number;
  uploadUrl: string;
  uploadHeaders: Record<string, string>;
}

let stores: Stores;
let lambda: TestInstance;
let community = "";
let number = 0;

const C = "/communities/{community}";
/** Time for all steps of all imports. In what CONTEXT has left the first import takes one step. */
const IN_TIME: Context = { ...CONTEXT, getRemainingTimeInMillis: () => 900_000 };

async function call(name: string, route: string, body?: unknown, id = "", userId = "olga") {
  const { handler } = await import(`../../src/handlers/${name}.ts`);
  const event = httpEvent({
    route,
    parameters: { community, id },
    userId,
    isOperator: userId === "olga",
    body,
  });
  const answer = await handler(event, CONTEXT);
  return { status: answer.statusCode, body: JSON.parse(answer.body ?? "null") };
}

const ask = async (kind: string, options: object = {}): Promise<Shown> =>
  (await call("imports", `POST ${C}/imports`, { kind, ...options })).body;
const read = async ({ id }: Shown): Promise<Shown> =>
  (await call("imports", `GET ${C}/imports/{id}`, undefined, id)).body;
const put = ({ uploadUrl, uploadHeaders: headers }: Shown, body: string | Uint8Array<ArrayBuffer>) =>
  fetch(uploadUrl, { method: "PUT", headers, body });

async function tick(context = IN_TIME): Promise<void> {
  const { handler } = await import("../../src/handlers/run-imports.ts");
  await handler({} as never, context);
}

/** Imports a file at once, and tells what became of it. */
async function imported(kind: string, file: string | Uint8Array<ArrayBuffer>, options: object = {}) {
  const one = await ask(kind, options);
  expect((await put(one, file)).status).toBe(200);
  await tick();
  return read(one);
}

/** As if whoever worked on it had died so long ago that their lease is over. */
async function endLease({ id }: Shown): Promise<void> {
  const { names } = await import("../../src/infra/aws.ts");
  const update = new UpdateItemCommand({
    TableName: names.sumsTable,
    Key: { community: { S: community }, part: { S: `import#${id}` } },
    UpdateExpression: "SET dueAtMs = :now",
    ExpressionAttributeValues: { ":now": { N: "1" } },
  });
  await lambda.dynamodb.send(update);
}

const headNow = async () => (await lambda.heads.readHead(community))!;
const membersNow = async () => {
  const members = await lambda.members.readMembers(community);
  return members.map(({ userId, learning, tags }) => [userId, learning, tags] as const);
};
async function filesNow(): Promise<string[]> {
  const { listObjects } = await import("../../src/infra/object-store.ts");
  return (await listObjects(`_imports/${community}/`)).map(({ key }) => key);
}

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  stores = await startStores();
  lambda = await startInstance();
});
afterAll(() => stores.stop());
beforeEach(async () => {
  lambda.interference.before = () => {};
  community = `imports-${number++}`;
  await call("put-community", `PUT ${C}`, { settings: { factors: 4 } });
});

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
  const asked: Shown[] = [];
  for (let n = 0; n < 10; n++) asked.push(await ask("items"));
  expect(await ask("items")).toMatchObject({ type: "too-many-imports", status: 409 });
  const { body } = await call("imports", `GET ${C}/imports`);
  expect(body.imports).toHaveLength(10);
  expect(new Set(body.imports.map(({ id }: Shown) => id))).toEqual(new Set(asked.map(({ id }) => id)));
  expect(await read({ ...asked[0], id: "0192f0c1-2345-7abc-8def-0123456789ab" })).toMatchObject({
    type: "unknown-import",
  });
});

/** Runs an import with a death at the `failAt`-th write, as often as there is one, and answers what is then so. */
async function survived(kind: string, file: string, failAt: number) {
  const one = await ask(kind);
  await put(one, file);
  let writes = 0;
  let deaths = 0;
  lambda.interference.before = ({ command }) => {
    if (command !== "TransactWriteItemsCommand" || ++writes !== failAt) return;
    deaths++;
    throw new Error("the invocation dies");
  };
  const silent = jest.spyOn(console, "error").mockImplementation(() => {});
  await tick();
  silent.mockRestore();
  lambda.interference.before = () => {};
  if (deaths > 0) {
    await endLease(one);
    await tick();
  }
  return { deaths, told: await read(one) };
}

test("an import that dies at any write goes on where it was, and ends as if it had not died", async () => {
  const file = `userId,tag.a\n${Array.from({ length: 120 }, (_, n) => `user-${n},x${n % 3}`).join("\n")}\n`;
  for (let failAt = 1; ; failAt++) {
    community = `dies-${failAt}`;
    await call("put-community", `PUT ${C}`, { settings: { factors: 4 } });
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

/** People of two tastes, each of whom rated 12 of the 30 items of theirs and 3 of the others. */
function tastes(people: number): string {
  const random = uniform(3);
  const lines = Array.from({ length: people }, (_, person) =>
    Array.from({ length: 60 }, (_, item) => {
      const isOwn = item % 2 === person % 2;
      return random() < (isOwn ? 0.4 : 0.02) ? `user-${person},item-${item},${isOwn ? 5 : 1}` : "";
    }),
  );
  return ["userId,itemId,value", ...lines.flat().filter(Boolean)].join("\n");
}

async function settleTastes(name: string, people: number): Promise<string> {
  community = name;
  await call("put-community", `PUT ${C}`, { settings: { factors: 4 } });
  const members = Array.from({ length: people }, (_, n) => `user-${n},hosted`);
  await imported("members", ["userId,learning", ...members].join("\n"));
  await imported("items", ["itemId", ...Array.from({ length: 60 }, (_, n) => `item-${n}`)].join("\n"));
  return tastes(people);
}

interface History {
  commits: { applied: number; rejected: number }[];
}

test("training learns more than what most like, by sums of as many senders as they need", async () => {
  const file = await settleTastes("tastes", 40);
  const told = await imported("ratings", file);
  expect(told).toMatchObject({ status: "finished", rejected: 0 });
  expect(told.quality!.ndcg).toBeGreaterThan(1.2 * told.quality!.popularity);
  const head = await headNow();
  expect([head.committedSum, head.openSum]).toEqual([head.modelVersion, head.modelVersion + 1]);
  expect(head.modelVersion).toBe(4 * told.epoch!);
  const { body } = await call("get-history", `GET ${C}/history`);
  for (const commit of (body as History).commits) {
    expect(commit).toMatchObject({ applied: 10, rejected: 0 });
  }
  const members = await lambda.members.readMembers(community);
  expect(members.every(({ userFactors }) => userFactors?.some((factor) => factor !== 0))).toBe(true);
});

test("ratings and training that die at any write end with each rating and each gradient once", async () => {
  for (const failAt of [3, 15]) {
    const file = await settleTastes(`mortal-${failAt}`, 12);
    const { deaths, told } = await survived("ratings", file, failAt);
    expect(deaths).toBe(1);
    expect(told).toMatchObject({ status: "finished", rejected: 0 });
    const { modelVersion, committedSum } = await headNow();
    expect([committedSum, modelVersion]).toEqual([2 * told.epoch!, 2 * told.epoch!]);
    const { body } = await call("get-history", `GET ${C}/history`);
    const applied = (body as History).commits.map((commit) => commit.applied);
    expect(applied).toEqual(applied.map((_, n) => [5, 7][n % 2]));
    const { readRatings } = await import("../../src/infra/rating-store.ts");
    const members = await lambda.members.readMembers(community);
    const stored = await Promise.all(members.map(({ ratings }) => readRatings(community, ratings!.key)));
    expect(stored.flat()).toHaveLength(file.split("\n").length - 1);
    expect(members.map(({ ratings }) => ratings!.version)).toEqual(members.map(() => 2));
  }
});

test("where fewer members learn here than a sum needs, their gradients wait for others", async () => {
  await imported(
    "members",
    `userId,learning\nana,hosted\nbo,hosted\n${"c,d,e,f".replaceAll(",", ",local\n")},local\n`,
  );
  await imported("items", "itemId\nran\nikiru\n");
  const told = await imported("ratings", "userId,itemId,value\nana,ran,4\nbo,ikiru,4\n");
  expect(told).toMatchObject({ status: "finished", accepted: 2, epoch: 0, quality: null });
  const head = await headNow();
  expect(head.modelVersion).toBe(0);
  const [page] = await lambda.sums.readWaitingPages(head);
  expect(page.entries.map(({ rejection }) => rejection)).toEqual([null, null]);
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
