import { expect, test } from "@jest/globals";
import { filterPattern } from "../../../scripts/local/mappings/filter-pattern.ts";
import type { Json } from "../../../scripts/local/template/variables.ts";

const record = {
  eventName: "MODIFY",
  empty: "",
  nothing: null,
  dynamodb: { Keys: { part: { S: "head" } }, SizeBytes: 40 },
};

test.each<[Record<string, Json>, boolean]>([
  [{ eventName: ["MODIFY"] }, true],
  [{ eventName: ["INSERT", "MODIFY"] }, true],
  [{ eventName: ["INSERT"] }, false],
  [{ eventName: ["MODIFY"], dynamodb: { Keys: { part: { S: ["tail"] } } } }, false],
  [{ dynamodb: { Keys: { part: { S: ["head"] } } } }, true],
  [{ dynamodb: { Keys: { part: { S: [{ prefix: "he" }] } } } }, true],
  [{ dynamodb: { Keys: { part: { S: [{ suffix: "he" }] } } } }, false],
  [{ eventName: [{ "equals-ignore-case": "modify" }] }, true],
  [{ eventName: [{ "anything-but": ["INSERT", "REMOVE"] }] }, true],
  [{ eventName: [{ "anything-but": { prefix: "MOD" } }] }, false],
  [{ dynamodb: { NewImage: [{ exists: false }] } }, true],
  [{ dynamodb: { SizeBytes: [{ exists: true }] } }, true],
  [{ dynamodb: { SizeBytes: [{ numeric: [">", 0, "<=", 40] }] } }, true],
  [{ dynamodb: { SizeBytes: [{ numeric: ["<", 40] }] } }, false],
  [{ dynamodb: { SizeBytes: [40] } }, true],
  [{ empty: [""] }, true],
  [{ nothing: [null] }, true],
  [{ missing: [null] }, false],
  [{ $or: [{ eventName: ["INSERT"] }, { empty: [""] }] }, true],
])("%j holds: %j", (pattern, holds) => {
  expect(filterPattern(pattern)(record)).toBe(holds);
});

test.each<[Record<string, Json>, string]>([
  [{ a: [{ cidr: "10.0.0.0/8" }] }, 'the rule "cidr" is not known'],
  [{ a: "b" }, "a must be a list of rules or an object"],
  [{ a: [{ numeric: ["!", 1] }] }, "is malformed"],
  [{ a: [{ prefix: "x", suffix: "y" }] }, "holds two rules"],
])("%j is refused", (pattern, message) => {
  expect(() => filterPattern(pattern)).toThrow(message);
});
