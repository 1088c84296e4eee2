import { expect, test } from "@jest/globals";
import { headingFault, type ImportKind, parseLine } from "../../../src/domain/messages/import-messages.ts";
import { NOW_MS } from "../../fixtures/gradients.ts";

const parsed = (kind: ImportKind, heading: string, line: string) =>
  parseLine(kind, heading.split(","), line.split(","), NOW_MS);

test("a heading has the columns of its kind, in any order, each once", () => {
  const faults = (kind: ImportKind, heading: string) => headingFault(kind, heading.split(","));
  expect(faults("members", "tag.language,userId,learning")).toBeNull();
  expect(faults("items", "itemId,kind,title,url,createdAt,tag.genre")).toBeNull();
  expect(faults("ratings", "userId,itemId,value,occurredAt")).toBeNull();
  expect(faults("ratings", "userId,itemId,value,tag.a")).toBe(
    'the first line must be a heading of userId, itemId, value, occurredAt; it has "tag.a"',
  );
  expect(faults("ratings", "userId,itemId")).toBe("the heading lacks value");
  expect(faults("members", "userId,userId")).toBe('the heading has "userId" twice');
  expect(faults("items", "196,242")).toContain('it has "196"');
});

test("empty fields are not there", () => {
  expect(parsed("members", "userId,learning,tag.language,tag.city", "ana,,de,")).toEqual({
    value: { userId: "ana", tags: { language: "de" } },
  });
  expect(parsed("members", "userId,learning", "ana,hosted")).toEqual({
    value: { userId: "ana", learning: "hosted" },
  });
  expect(parsed("items", "itemId", "ran")).toEqual({ value: { itemId: "ran" } });
  expect(parsed("items", "itemId,title,tag.genre", "ran,,")).toEqual({
    value: { itemId: "ran", metadata: {} },
  });
  expect(parsed("ratings", "userId,itemId,value,occurredAt", "ana,ran,-4.5,2020-01-01T00:00:00Z")).toEqual({
    value: { userId: "ana", itemId: "ran", value: -4.5, occurredAtMs: Date.UTC(2020, 0, 1) },
  });
});

test.each([
  ["members", "userId,learning", "ana", "has 1 fields, the heading 2"],
  ["members", "userId,learning", ",hosted", "userId"],
  ["members", "userId,learning", "ana,maybe", "learning"],
  ["members", "userId,tag.9", "ana,x", "tag.9"],
  ["items", "itemId,kind", "_ana,film", "itemId must be"],
  ["items", "itemId,kind", "ran,member", "kind is the kind of members, and of nothing else"],
  ["items", "itemId,url", "ran,nowhere", "url is no address"],
  ["items", "itemId,title", "ran,\uFFFD", "is not UTF-8"],
  ["ratings", "userId,itemId,value", "ana,ran,", "value is missing"],
  ["ratings", "userId,itemId,value", "ana,ran,101", "value must be a number from -100 to 100"],
  ["ratings", "userId,itemId,value", "ana,ran,1e2", "value must be a number"],
  ["ratings", "userId,itemId,value", "ana,ran,NaN", "value must be a number"],
  ["ratings", "userId,itemId,value,occurredAt", "ana,ran,1,yesterday", "occurredAt is no time"],
  ["ratings", "userId,itemId,value,occurredAt", "ana,ran,1,2126-01-01T00:00:00Z", "occurredAt is more than"],
] as const)("of %s, %s: '%s' is wrong", (kind, heading, line, reason) => {
  const outcome = parsed(kind, heading, line);
  expect("reason" in outcome && outcome.reason).toContain(reason);
});
