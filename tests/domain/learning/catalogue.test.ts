import { expect, test } from "@jest/globals";
import {
  type Catalogue,
  catalogueItem,
  filterRows,
  type ItemFilter,
} from "../../../src/domain/learning/catalogue.ts";
import { CONTENT, type ItemKind, ItemSet, NOBODY, PERSON } from "../../../src/domain/learning/item-set.ts";
import { NOW_MS } from "../../fixtures/gradients.ts";

const DAY_MS = 24 * 3600 * 1000;
const daysAgo = (days: number) => new Date(NOW_MS - days * DAY_MS).toISOString();
const kinds: ItemKind[] = [PERSON, CONTENT, CONTENT, CONTENT, NOBODY, CONTENT];
const items = new ItemSet(new Float32Array(18).fill(2), 2, (row) => kinds[row]);
/** Row 4 was deleted; of row 5 nothing is told. */
const catalogue: Catalogue = new Map([
  [1, catalogueItem({ kind: "film", tags: { genre: "noir", language: "fr" }, createdAt: daysAgo(3) })],
  [2, catalogueItem({ kind: "film", tags: { genre: "western" }, createdAt: daysAgo(30) })],
  [3, catalogueItem({ kind: "book", tags: { genre: "noir", constructor: "x" } })],
  [4, catalogueItem({ kind: "film", tags: { genre: "noir" }, createdAt: daysAgo(1) })],
]);

const passing = (filter: ItemFilter) => {
  const passes = filterRows(items, catalogue, filter, NOW_MS);
  return [0, 1, 2, 3, 4, 5].filter(passes);
};

test.each<[string, ItemFilter, number[]]>([
  ["no filter passes all that is there", {}, [0, 1, 2, 3, 5]],
  ["a kind", { kind: "film" }, [1, 2]],
  ["members have a kind of their own", { kind: "member" }, [0]],
  ["a kind that nothing has", { kind: "song" }, []],
  ["all: each tag must have its value", { tags: { all: { genre: "noir", language: "fr" } } }, [1]],
  ["all: one of several values", { tags: { all: { genre: ["noir", "western"] } } }, [1, 2, 3]],
  ["any: one tag is enough", { tags: { any: { genre: "western", language: ["de", "fr"] } } }, [1, 2]],
  ["any of nothing asks for nothing", { tags: { any: {} } }, [0, 1, 2, 3, 5]],
  ["none: what has the tag is out, what has no tags is in", { tags: { none: { genre: "noir" } } }, [0, 2, 5]],
  ["all and none together", { tags: { all: { genre: "noir" }, none: { language: "fr" } } }, [3]],
  ["a tag is not a property of every object", { tags: { all: { toString: "x" } } }, []],
  ["a tag may be named like one", { tags: { all: { constructor: "x" } } }, [3]],
  ["an age, its bound included", { maxAgeDays: 3 }, [1]],
  ["an age that has to be known", { maxAgeDays: 100 }, [1, 2]],
  ["kind, tags and age together", { kind: "film", tags: { all: { genre: "noir" } }, maxAgeDays: 5 }, [1]],
])("%s", (_, filter, rows) => {
  expect(passing(filter)).toEqual(rows);
});
