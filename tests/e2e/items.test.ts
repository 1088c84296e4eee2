import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";
import { type Caller, caller, EXACT, newId, type Problem, until } from "./caller.ts";

jest.setTimeout(30_000);

interface Given {
  itemId: string;
  row: number;
}
interface Community {
  memberCount: number;
  itemCount: number;
}
interface Model {
  rowCount: number;
  items: { itemId: string | null; row: number }[];
}
interface Groups {
  groups: { members: { memberId: string }[] }[];
}

const C = "/communities/films";
let system: LocalSystem;
let operator: Caller;
let ana: Caller;
const memberIds: string[] = [];

async function join(name: string): Promise<Caller> {
  const call = await caller(system, name);
  const { body } = await call<{ memberId: string }>("PUT", `${C}/members/me`, { body: {} });
  memberIds.push(body.memberId);
  return call;
}

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  system = await startLocalSystem();
  operator = await caller(system, "operator", "operator");
  await operator("PUT", C, { body: { settings: { ...EXACT, factors: 1, groupSize: 2 } } });
  ana = await join("ana");
});
afterAll(() => system.stop());

test("a content item gets the next row once, beside members", async () => {
  const first = await operator<Given>("PUT", `${C}/items/vertigo`);
  expect([first.status, first.body]).toEqual([201, { itemId: "vertigo", row: 1 }]);
  await join("bo");
  const again = await operator<Given>("PUT", `${C}/items/vertigo`, { body: {} });
  expect([again.status, again.body]).toEqual([200, { itemId: "vertigo", row: 1 }]);
  const second = await operator<Given>("PUT", `${C}/items/Play.Time-1967`);
  expect([second.status, second.body]).toEqual([201, { itemId: "Play.Time-1967", row: 3 }]);
  const { body } = await ana<Community>("GET", C);
  expect(body).toMatchObject({ memberCount: 2, itemCount: 4 });
  const model = (await ana<Model>("GET", `${C}/model`)).body;
  expect(model.items.map((item) => item.itemId)).toEqual([
    memberIds[0],
    "vertigo",
    memberIds[1],
    "Play.Time-1967",
  ]);
});

test("eight operators who add the same item at once make one row", async () => {
  const before = (await ana<Community>("GET", C)).body.itemCount;
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => operator<Given>("PUT", `${C}/items/ran`)),
  );
  expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
  expect(new Set(answers.map((answer) => answer.body.row)).size).toBe(1);
  expect((await ana<Community>("GET", C)).body.itemCount).toBe(before + 1);
});

test("groups are made of members alone, and a gradient may touch a content item", async () => {
  for (const name of ["cy", "di"]) await join(name);
  const id = newId();
  const gradient = { id, modelVersion: 0, rows: [1], encoding: "json", values: [[1, 1]] };
  await operator("PUT", `${C}/items/last-one`);
  await ana("POST", `${C}/gradients`, { body: gradient });
  const status = await until(
    async () => (await ana<{ status: string }>("GET", `${C}/gradients/${id}`)).body.status,
    (text) => text !== "queued",
  );
  expect(status).toBe("applied");
  expect((await operator("POST", `${C}/rounds`)).status).toBe(201);
  const { groups } = (await operator<Groups>("GET", `${C}/rounds/1`)).body;
  expect(groups.map((group) => group.members.length)).toEqual([2, 2]);
  expect(groups.flatMap((group) => group.members.map((member) => member.memberId)).sort()).toEqual(
    [...memberIds].sort(),
  );
});

test("an itemId that is unsafe, or could be a member's, is refused by name", async () => {
  for (const itemId of [memberIds[0], "x".repeat(65), "a b", "-a", "é"]) {
    const answer = await operator<Problem>("PUT", `${C}/items/${itemId}`);
    expect([itemId, answer.status, answer.body.errors?.[0].pointer]).toEqual([itemId, 400, "#/itemId"]);
  }
  const unknown = await operator<Problem>("PUT", `${C}/items/a`, { body: { title: "A" } });
  expect([unknown.status, unknown.body.errors?.[0].pointer]).toEqual([400, "#/title"]);
});

test("only operators add items, and only to communities that exist", async () => {
  const member = await ana<Problem>("PUT", `${C}/items/mine`);
  expect([member.status, member.body.type]).toEqual([403, "operator-scope-needed"]);
  const nowhere = await operator<Problem>("PUT", "/communities/nowhere/items/a");
  expect([nowhere.status, nowhere.body.type]).toEqual([404, "unknown-community"]);
});
