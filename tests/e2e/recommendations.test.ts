import { beforeAll, expect, test } from "@jest/globals";
import { AT_ONCE, type Caller, caller, newId, type Problem, until } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

interface Recommendation {
  itemId: string;
  score: number;
  reason?: string;
  item?: { kind?: string; title?: string; tags?: Record<string, string> };
}
interface Lists {
  lists: { name: string; recommendations: Recommendation[]; notes?: { note: string; detail: string }[] }[];
}

const C = "/communities/library";
const ME = `${C}/recommendations/me`;
const DAY_MS = 24 * 3600 * 1000;
let ana: Caller;

const idsOf = (list: readonly { itemId: string }[]) => list.map(({ itemId }) => itemId);

startSystem();
beforeAll(async () => {
  await operator("PUT", C, { body: { settings: { ...AT_ONCE, factors: 2 } } });
  ana = await caller(system, "ana");
  await ana("PUT", `${C}/members/me`, { body: { learning: "hosted" } });
  await (await caller(system, "bo"))("PUT", `${C}/members/me`, { body: {} });
  for (let n = 0; n < 6; n++) {
    const genre = n % 3 === 0 ? "noir" : "western";
    const createdAt = new Date(Date.now() - n * 10 * DAY_MS).toISOString();
    const body = { kind: n < 4 ? "film" : "book", title: `Number ${n}`, createdAt, tags: { genre } };
    await operator("PUT", `${C}/items/item-${n}`, { body });
  }
});

const list = async (query = "") => (await ana<Recommendation[]>("GET", ME + query)).body;
const ask = async (body: object) => (await ana<Lists>("POST", ME, { body })).body.lists;

test("somebody who has rated nothing gets what is popular, with what is told of it", async () => {
  const all = await list();
  expect(all).toHaveLength(7);
  expect(new Set(all.map(({ reason }) => reason))).toEqual(new Set(["popular"]));
  const film = all.find(({ itemId }) => itemId === "item-3");
  expect(film?.item).toMatchObject({ kind: "film", title: "Number 3", tags: { genre: "noir" } });
  expect(all.find(({ itemId }) => itemId.startsWith("_"))?.item).toEqual({ kind: "member" });
});

test("a query filters by kind, tags and age, over its pages too", async () => {
  expect(idsOf(await list("?kind=book")).sort()).toEqual(["item-4", "item-5"]);
  expect(idsOf(await list("?kind=film&tag.genre=noir")).sort()).toEqual(["item-0", "item-3"]);
  expect(idsOf(await list("?maxAgeDays=15")).sort()).toEqual(["item-0", "item-1"]);
  expect((await list("?kind=member")).every(({ itemId }) => itemId.startsWith("_"))).toBe(true);
  const whole = await list("?kind=film");
  const paged: Recommendation[] = [];
  let next: string | undefined = `${ME}?kind=film&limit=3`;
  while (next) {
    const page: { body: Recommendation[]; headers: Headers } = await ana<Recommendation[]>("GET", next);
    paged.push(...page.body);
    next = /^<(.+)>; rel="next"$/.exec(page.headers.get("link") ?? "")?.[1];
  }
  expect(paged).toEqual(whole);
  expect(whole).toHaveLength(4);
});

test("a filter that leaves too few says so, and one that leaves enough does not", async () => {
  const few = await ana<Recommendation[]>("GET", `${ME}?kind=book&limit=3`);
  expect(few.headers.get("note")).toBe("few-items: 3 were asked for, 2 found.");
  expect((await ana("GET", `${ME}?kind=book&limit=2`)).headers.get("note")).toBeNull();
  const [books, songs] = await ask({
    lists: [
      { name: "books", kind: "book", limit: 2 },
      { name: "songs", kind: "song", limit: 1 },
    ],
  });
  expect(books.notes).toBeUndefined();
  expect(songs).toEqual({
    name: "songs",
    recommendations: [],
    notes: [{ note: "few-items", detail: "1 were asked for, 0 found." }],
  });
});

test("several lists come in one call, no item in two of them unless items may repeat", async () => {
  const lists = [
    { name: "noir", tags: { all: { genre: "noir" } }, limit: 1 },
    { name: "not noir", tags: { none: { genre: "noir" } }, kind: "film" },
    { name: "films", kind: "film" },
    { name: "new", maxAgeDays: 15 },
  ];
  const [noir, notNoir, films, fresh] = await ask({ lists });
  expect(idsOf(notNoir.recommendations).sort()).toEqual(["item-1", "item-2"]);
  const taken = [...idsOf(noir.recommendations), "item-1", "item-2"];
  expect(idsOf(films.recommendations)).toEqual(
    ["item-0", "item-3"].filter((itemId) => !taken.includes(itemId)),
  );
  expect(fresh.recommendations).toEqual([]);
  const repeated = await ask({ lists, repeat: true });
  expect(repeated[2].recommendations).toEqual(await list("?kind=film"));
  expect(idsOf(repeated[3].recommendations).sort()).toEqual(["item-0", "item-1"]);
});

test("what is told anew, added or deleted shows at once, and costs the model nothing but the deletion", async () => {
  const version = async () => (await ana<{ modelVersion: number }>("GET", C)).body.modelVersion;
  const before = await version();
  await operator("PUT", `${C}/items/item-5`, { body: { kind: "song" } });
  expect(idsOf(await list("?kind=song"))).toEqual(["item-5"]);
  await operator("PUT", `${C}/items/extra`, { body: { kind: "song", title: "Extra" } });
  expect(idsOf(await list("?kind=song")).sort()).toEqual(["extra", "item-5"]);
  expect(await version()).toBe(before);
  await operator("DELETE", `${C}/items/item-5`);
  expect(await version()).toBe(before + 1);
  expect(idsOf(await list("?kind=song"))).toEqual(["extra"]);
  expect(idsOf(await list("?limit=100"))).not.toContain("item-5");
});

test("ratings of a deleted item are ignored, those that wait too, and it comes back unrated", async () => {
  const rate = (itemId: string) =>
    ana<{ id: string } & Problem>("POST", `${C}/ratings`, { body: { id: newId(), itemId, value: 5 } });
  await rate("extra");
  await operator("DELETE", `${C}/items/extra`);
  await system.drain();
  expect((await list("?exclude="))[0].reason).toBe("popular");
  const gone = await rate("extra");
  expect([gone.status, gone.body.errors?.[0].pointer]).toEqual([400, "#/itemId"]);
  await operator("PUT", `${C}/items/extra`, { body: { kind: "song" } });
  expect(idsOf(await list("?kind=song"))).toEqual(["extra"]);
  const { body } = await rate("extra");
  await until(
    async () => (await ana<{ status: string }>("GET", `${C}/ratings/${body.id}`)).body.status,
    (status) => status === "applied",
  );
  expect(await list("?kind=song")).toEqual([]);
  const [{ reason, itemId }] = await list("?kind=song&exclude=");
  expect([reason, itemId]).toEqual([undefined, "extra"]);
});

test("bad lists are refused by the name of their field, and local members are told so", async () => {
  const bad: [object, string][] = [
    [{}, "#/lists"],
    [{ lists: [{ name: "a", limit: 0 }] }, "#/lists/0/limit"],
    [{ lists: [{ name: "a" }, { name: "a" }] }, "#/lists/1/name"],
  ];
  for (const [body, pointer] of bad) {
    const answer = await ana<Problem>("POST", ME, { body });
    expect([body, answer.status, answer.body.errors?.[0].pointer]).toEqual([body, 400, pointer]);
  }
  const query = await ana<Problem>("GET", `${ME}?tag.a%20b=x`);
  expect([query.status, query.body.errors?.[0].pointer]).toEqual([400, "#/tag.a b"]);
  const local = await (await caller(system, "bo"))<Problem>("POST", ME, { body: { lists: [{ name: "a" }] } });
  expect([local.status, local.body.type]).toEqual([409, "learning-is-local"]);
});

interface Outcomes {
  ratings: { id?: string; index?: number; status: string; errors?: { pointer: string }[]; type?: string }[];
}

test("of ratings in an array each has its own outcome, and the good ones stand", async () => {
  const [good, alsoGood] = [newId(), newId()];
  const body = [
    { id: good, itemId: "item-0", value: 5 },
    { id: newId(), itemId: "solaris", value: 5 },
    { id: newId(), itemId: "item-1", value: "much" },
    { id: good, itemId: "item-1", value: 1 },
    7,
    { id: alsoGood, itemId: "item-2", value: -2 },
  ];
  const answer = await ana<Outcomes>("POST", `${C}/ratings`, { body });
  expect(answer.status).toBe(202);
  const { ratings } = answer.body;
  expect(ratings.map(({ status }) => status)).toEqual([
    ...["queued", "rejected", "rejected", "rejected", "rejected", "queued"],
  ]);
  expect(ratings[0]).toEqual({ id: good, status: "queued" });
  expect(ratings.map(({ errors }) => errors?.[0].pointer)).toEqual([
    ...[undefined, "#/1/itemId", "#/2/value", "#/3/id", "#/4", undefined],
  ]);
  expect(ratings[2]).toMatchObject({ index: 2, id: body[2] && (body[2] as { id: string }).id });
  for (const id of [good, alsoGood])
    await until(
      async () => (await ana<{ status: string }>("GET", `${C}/ratings/${id}`)).body.status,
      (status) => status === "applied",
    );
  expect(idsOf(await list("?limit=100")).filter((itemId) => /item-[02]/.test(itemId))).toEqual([]);
});

test("an array without a good rating is a problem, as is an empty one or one of more than 100", async () => {
  const bad = Array.from({ length: 30 }, () => ({ id: newId(), itemId: "solaris", value: 1 }));
  const answer = await ana<Problem>("POST", `${C}/ratings`, { body: bad });
  expect([answer.status, answer.body.errors?.[0].pointer, answer.body.errors?.length]).toEqual([
    400,
    "#/0/itemId",
    20,
  ]);
  for (const body of [[], Array.from({ length: 101 }, () => bad[0])]) {
    const wrong = await ana<Problem>("POST", `${C}/ratings`, { body });
    expect([wrong.status, wrong.body.errors?.[0].pointer]).toEqual([400, "#"]);
  }
});

test("where the hour is full in the middle of an array, the ratings before that stand", async () => {
  const D = "/communities/busy";
  await operator("PUT", D, { body: { settings: { ...AT_ONCE, factors: 1, gradientsPerHourMax: 3 } } });
  await ana("PUT", `${D}/members/me`, { body: { learning: "hosted" } });
  await operator("PUT", `${D}/items/ran`);
  const some = (count: number) =>
    Array.from({ length: count }, (_, value) => ({ id: newId(), itemId: "ran", value }));
  const answer = await ana<Outcomes>("POST", `${D}/ratings`, { body: some(5) });
  expect([answer.status, Number(answer.headers.get("retry-after")) > 0]).toEqual([202, true]);
  expect(answer.body.ratings.map(({ status, type }) => type ?? status)).toEqual([
    ...["queued", "queued", "queued", "too-many-gradients", "too-many-gradients"],
  ]);
  const full = await ana<Problem>("POST", `${D}/ratings`, { body: some(2) });
  expect([full.status, full.body.type]).toEqual([429, "too-many-gradients"]);
});
