import { beforeAll, expect, test } from "@jest/globals";
import { type Caller, caller, EXACT, newId, type Problem, until } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

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
let ana: Caller;
const memberIds: string[] = [];

async function join(name: string): Promise<Caller> {
  const call = await caller(system, name);
  const { body } = await call<{ memberId: string }>("PUT", `${C}/members/me`, { body: {} });
  memberIds.push(body.memberId);
  return call;
}

startSystem();
beforeAll(async () => {
  await operator("PUT", C, { body: { settings: { ...EXACT, factors: 1, groupSize: 2 } } });
  ana = await join("ana");
});

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
  const unknown = await operator<Problem>("PUT", `${C}/items/a`, { body: { name: "A" } });
  expect([unknown.status, unknown.body.errors?.[0].pointer]).toEqual([400, "#/name"]);
  const kind = await operator<Problem>("PUT", `${C}/items/a`, { body: { kind: "member" } });
  expect([kind.status, kind.body.errors?.[0].pointer]).toEqual([400, "#/kind"]);
  expect((await operator<Problem>("GET", `${C}/items/a`)).body.type).toBe("unknown-item");
});

const NOIR = {
  kind: "film",
  title: "Vertigo",
  url: "https://example.com/vertigo",
  createdAt: "1958-05-09T00:00:00Z",
  tags: { genre: "noir" },
};

interface Shown {
  itemId: string;
  row: number;
  kind?: string;
  title?: string;
}

test("what an operator tells of an item all members read, and telling it moves no version", async () => {
  const before = (await ana<object>("GET", C)).body;
  const put = await operator<Shown>("PUT", `${C}/items/vertigo`, { body: NOIR });
  expect([put.status, put.body]).toEqual([200, { itemId: "vertigo", row: 1, ...NOIR }]);
  expect((await ana<Shown>("GET", `${C}/items/vertigo`)).body).toEqual(put.body);
  expect((await operator("PUT", `${C}/items/vertigo`)).body).toEqual(put.body); // without a body it stays
  const title = { title: "Vertigo, restored" };
  await operator("PUT", `${C}/items/vertigo`, { body: title });
  expect((await operator("GET", `${C}/items/vertigo`)).body).toEqual({ itemId: "vertigo", row: 1, ...title });
  expect((await ana<object>("GET", C)).body).toEqual(before);
  await operator("PUT", `${C}/items/vertigo`, { body: NOIR });
  const member = await ana<Shown>("GET", `${C}/items/${memberIds[0]}`);
  expect(member.body).toEqual({ itemId: memberIds[0], row: 0, kind: "member" });
});

test("items are listed by itemId, content items alone", async () => {
  const { body } = await ana<{ items: Shown[]; next?: string }>("GET", `${C}/items`);
  expect(body.items.map(({ itemId }) => itemId)).toEqual(["Play.Time-1967", "last-one", "ran", "vertigo"]);
  expect(body.next).toBeUndefined();
  const behind = await ana<{ items: Shown[] }>(
    "GET",
    `${C}/items?cursor=${Buffer.from("last-one").toString("base64url")}`,
  );
  expect(behind.body.items.map(({ itemId }) => itemId)).toEqual(["ran", "vertigo"]);
});

test("eight changes of the catalogue at once all stand, new items and old ones", async () => {
  const titles = ["ran", "vertigo", "last-one", "n1", "n2", "n3", "n4", "n5"];
  const answers = await Promise.all(
    titles.map((title) => operator("PUT", `${C}/items/${title}`, { body: { kind: "film", title } })),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 201, 201, 201, 201, 201]);
  const { items } = (await ana<{ items: Shown[] }>("GET", `${C}/items`)).body;
  for (const title of titles) expect(items.find(({ itemId }) => itemId === title)).toMatchObject({ title });
});

interface Similar {
  items: { itemId: string; similarity: number; item?: { kind?: string } }[];
  next?: string;
}

test("similar items are things to a thing and people to a person, by pages, the most similar first", async () => {
  const { items } = (await ana<{ items: Shown[] }>("GET", `${C}/items`)).body;
  const whole = (await ana<Similar>("GET", `${C}/items/ran/similar?limit=100`)).body.items;
  const others = items.map(({ itemId }) => itemId).filter((itemId) => itemId !== "ran");
  expect(whole.map(({ itemId }) => itemId).sort()).toEqual(others.sort());
  const similarities = whole.map(({ similarity }) => similarity);
  expect(similarities).toEqual(similarities.toSorted((a, b) => b - a));
  const first = (await ana<Similar>("GET", `${C}/items/ran/similar?limit=3&kind=film`)).body;
  const second = (await ana<Similar>("GET", `${C}/items/ran/similar?limit=3&kind=film&cursor=${first.next}`))
    .body;
  const films = whole.filter(({ item }) => item?.kind === "film");
  expect([...first.items, ...second.items]).toEqual(films.slice(0, 6));
  const people = (await ana<Similar>("GET", `${C}/items/${memberIds[0]}/similar`)).body.items;
  expect(people.map(({ itemId }) => itemId).sort()).toEqual(memberIds.slice(1).sort());
  expect(people[0].item).toEqual({ kind: "member" });
  const unknown = await ana<Problem>("GET", `${C}/items/solaris/similar`);
  expect([unknown.status, unknown.body.type]).toEqual([404, "unknown-item"]);
});

test("an item is deleted while gradients for its row wait: they count, its row stays zero, and it may come back", async () => {
  const D = "/communities/deleting";
  const settings = { ...EXACT, factors: 1, sumMembersMin: 2, gradientsPerSumMax: 1 };
  await operator("PUT", D, { body: { settings } });
  const [cy, di, eva] = await Promise.all(["cy", "di", "eva"].map((name) => caller(system, name)));
  for (const call of [cy, di, eva]) await call("PUT", `${D}/members/me`, { body: {} });
  for (const itemId of ["ran", "ikiru"])
    await operator("PUT", `${D}/items/${itemId}`, { body: { kind: "film" } });
  const values = async () =>
    (await cy<{ values: number[][] }>("GET", `${D}/model?encoding=json`)).body.values;
  const before = await values();
  const contribute = async (call: Caller) => {
    const id = newId();
    const body = {
      id,
      modelVersion: 0,
      rows: [3, 4],
      encoding: "json",
      values: [
        [2, 3],
        [0.5, 0.25],
      ],
    };
    await call("POST", `${D}/gradients`, { body });
    return id;
  };
  const first = await contribute(cy);
  await system.drain();
  expect((await cy("GET", `${D}/gradients/${first}`)).body).toMatchObject({ status: "queued" });
  expect((await operator("DELETE", `${D}/items/ran`)).status).toBe(204);
  expect((await operator("DELETE", `${D}/items/ran`)).status).toBe(204);
  expect((await values())[3]).toEqual([0, 0]);
  expect((await cy<Community>("GET", D)).body).toMatchObject({
    itemCount: 4,
    memberCount: 3,
    modelVersion: 1,
  });
  expect((await cy<Problem>("GET", `${D}/items/ran`)).status).toBe(404);
  const second = await contribute(di);
  for (const [call, id] of [
    [cy, first],
    [di, second],
  ] as const)
    await until(
      async () => (await call<{ status: string }>("GET", `${D}/gradients/${id}`)).body.status,
      (status) => status === "applied",
    );
  const after = await values();
  expect(after[3]).toEqual([0, 0]);
  expect(after[4][0]).toBeCloseTo(before[4][0] - 1, 5);
  const again = await operator<Shown>("PUT", `${D}/items/ran`, { body: { kind: "film", title: "Ran" } });
  expect([again.status, again.body]).toEqual([201, { itemId: "ran", row: 5, kind: "film", title: "Ran" }]);
  const model = (await cy<Model>("GET", `${D}/model`)).body;
  expect(model.items.slice(3).map(({ itemId }) => itemId)).toEqual([null, "ikiru", "ran"]);
});

test("only operators add and delete items, members and operators alone read them", async () => {
  for (const method of ["PUT", "DELETE"]) {
    const member = await ana<Problem>(method, `${C}/items/mine`);
    expect([member.status, member.body.type]).toEqual([403, "operator-scope-needed"]);
    const nowhere = await operator<Problem>(method, "/communities/nowhere/items/a");
    expect([nowhere.status, nowhere.body.type]).toEqual([404, "unknown-community"]);
  }
  const stranger = await caller(system, "stranger");
  for (const path of ["items", "items/ran", "items/ran/similar"])
    expect((await stranger<Problem>("GET", `${C}/${path}`)).status).toBe(404);
});
