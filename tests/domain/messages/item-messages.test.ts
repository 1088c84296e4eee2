import { expect, test } from "@jest/globals";
import {
  parseItemBody,
  parseListQuery,
  parseRecommendationsBody,
  recommendationsQuerySchema,
  similarQuerySchema,
} from "../../../src/domain/messages/item-messages.ts";
import type { Parsed } from "../../../src/domain/messages/messages.ts";

const pointersOf = (parsed: Parsed<unknown>) =>
  parsed.ok ? [] : parsed.errors.map(({ pointer }) => pointer);
const tagsOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`tag${n}`, "x"]));

test("what is told of an item comes through as it was said", () => {
  const item = {
    kind: "film",
    title: "Vertigo",
    url: "https://example.com/vertigo?x=1",
    createdAt: "1958-05-09T00:00:00+02:00",
    tags: { genre: "noir", ...tagsOf(15) },
  };
  expect(parseItemBody(item)).toEqual({ ok: true, value: item });
  expect(parseItemBody({})).toEqual({ ok: true, value: {} });
});

test.each<[unknown, string]>([
  [{ kind: "member" }, "#/kind"],
  [{ kind: "a b" }, "#/kind"],
  [{ title: "" }, "#/title"],
  [{ title: "x".repeat(257) }, "#/title"],
  [{ url: "javascript:alert(1)" }, "#/url"],
  [{ url: "example" }, "#/url"],
  [{ url: `https://example.com/${"x".repeat(2048)}` }, "#/url"],
  [{ createdAt: "yesterday" }, "#/createdAt"],
  [{ createdAt: "2026-13-01T00:00:00Z" }, "#/createdAt"],
  [{ tags: { genre: 5 } }, "#/tags/genre"],
  [{ tags: { genre: "" } }, "#/tags/genre"],
  [{ tags: { "1st": "x" } }, "#/tags/1st"],
  [{ tags: tagsOf(17) }, "#/tags"],
  [{ tags: JSON.parse('{"__proto__":"x"}') }, "#/tags/__proto__"],
  [{ colour: "red" }, "#/colour"],
  [[], "#"],
])("an item of %j is refused at %s", (body, pointer) => {
  expect(pointersOf(parseItemBody(body))).toEqual([pointer]);
});

test("a query reads as the list that a body could ask for", () => {
  const query = {
    ...{
      limit: "5",
      exclude: "rated",
      kind: "film",
      maxAgeDays: "30.5",
      scoreMin: "0.6",
      cursor: "3f8000001a",
    },
    ...{ "tag.genre": "noir", "tag.language": "fr" },
  };
  expect(parseListQuery(recommendationsQuerySchema, query)).toEqual({
    ok: true,
    value: {
      wish: {
        ...{ limit: 5, exclude: ["rated"], kind: "film", maxAgeDays: 30.5, scoreMin: 0.6 },
        tags: { all: { genre: "noir", language: "fr" } },
      },
      cursor: "3f8000001a",
    },
  });
  const empty = parseListQuery(recommendationsQuerySchema, { exclude: "" });
  expect(empty).toEqual({ ok: true, value: { wish: { exclude: [] } } });
});

test.each([
  ["limit", "0"],
  ["limit", "101"],
  ["limit", "1.5"],
  ["limit", "1e1"],
  ["exclude", "seen"],
  ["kind", ""],
  ["maxAgeDays", "-1"],
  ["maxAgeDays", "soon"],
  ["scoreMin", "2"],
  ["cursor", "x"],
  ["offset", "3"],
  ["tag.", "x"],
  ["tag.a b", "x"],
  ["tag.genre", ""],
  ["tag.__proto__", "x"],
])("a query with %s=%s is refused by that name", (name, text) => {
  const query = Object.fromEntries([[name, text]]);
  expect(pointersOf(parseListQuery(recommendationsQuerySchema, query))).toEqual([`#/${name}`]);
});

test("similar items are not asked for by what was met, or by a score", () => {
  for (const name of ["exclude", "scoreMin"])
    expect(pointersOf(parseListQuery(similarQuerySchema, { [name]: "" }))).toEqual([`#/${name}`]);
});

test.each<[object, string]>([
  [{}, "#/lists"],
  [{ lists: [] }, "#/lists"],
  [{ lists: Array.from({ length: 11 }, (_, n) => ({ name: `list ${n}` })) }, "#/lists"],
  [{ lists: [{}] }, "#/lists/0/name"],
  [{ lists: [{ name: "a" }, { name: "b" }, { name: "a" }] }, "#/lists/2/name"],
  [{ lists: [{ name: "a", limit: 101 }] }, "#/lists/0/limit"],
  [{ lists: [{ name: "a", limit: 1.5 }] }, "#/lists/0/limit"],
  [{ lists: [{ name: "a", exclude: ["seen"] }] }, "#/lists/0/exclude/0"],
  [{ lists: [{ name: "a" }, { name: "b", tags: { genre: "noir" } }] }, "#/lists/1/tags/genre"],
  [{ lists: [{ name: "a", tags: { all: { genre: [] } } }] }, "#/lists/0/tags/all/genre"],
  [
    { lists: [{ name: "a", tags: { any: JSON.parse('{"__proto__":"x"}') } }] },
    "#/lists/0/tags/any/__proto__",
  ],
  [{ lists: [{ name: "a", scoreMin: 1.1 }] }, "#/lists/0/scoreMin"],
  [{ lists: [{ name: "a", maxAgeDays: -1 }] }, "#/lists/0/maxAgeDays"],
  [{ lists: [{ name: "a" }], repeat: "yes" }, "#/repeat"],
])("lists of %j are refused at %s", (body, pointer) => {
  expect(pointersOf(parseRecommendationsBody(body))).toContain(pointer);
});
