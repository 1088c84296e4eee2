import { expect, test } from "@jest/globals";
import { parse } from "../../../src/domain/messages/messages.ts";
import {
  inviteBodySchema,
  parseMemberChange,
  rosterQuerySchema,
} from "../../../src/domain/messages/people-messages.ts";

test("a tag named __proto__ is refused, not dropped", () => {
  const input = JSON.parse('{"tags": {"__proto__": "x", "language": "es"}}');
  const errors = [{ pointer: "#/tags/__proto__", detail: "is no name of a tag" }];
  expect(parseMemberChange(input)).toEqual({ ok: false, errors });
  const good = { status: "banned", tags: { language: "es" } } as const;
  expect(parseMemberChange(good)).toEqual({ ok: true, value: good });
  expect(parseMemberChange({ tags: null })).toMatchObject({ ok: false, errors: [{ pointer: "#/tags" }] });
});

test.each([
  [parseMemberChange({ status: "awaiting-approval" }), "#/status"],
  [parseMemberChange({ state: "member" }), "#/state"],
  [parseMemberChange([]), "#"],
  [parse(inviteBodySchema, { usesMax: 0 }), "#/usesMax"],
  [parse(inviteBodySchema, { usesMax: 1.5 }), "#/usesMax"],
  [parse(inviteBodySchema, { expiresAt: "tomorrow" }), "#/expiresAt"],
  [parse(rosterQuerySchema, { status: "left" }), "#/status"],
  [parse(rosterQuerySchema, { format: "xlsx" }), "#/format"],
  [parse(rosterQuerySchema, { cursor: "a b" }), "#/cursor"],
])("what an operator may not ask is refused by its name: %j at %s", (parsed, pointer) => {
  expect(parsed).toMatchObject({ ok: false, errors: [{ pointer }] });
});
