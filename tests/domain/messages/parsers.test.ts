/** Every parser against bodies that nobody thought of, and bodies that are nearly right. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FIELD_ERRORS_MAX, POINTER_LENGTH_MAX } from "../../../src/domain/limits.ts";
import {
  itemBodySchema,
  parseItemBody,
  parseListQuery,
  parseRecommendationsBody,
  recommendationsQuerySchema,
} from "../../../src/domain/messages/item-messages.ts";
import {
  communityBodySchema,
  memberBodySchema,
  type Parsed,
  parse,
  parseGradient,
  parseRating,
  seasonBodySchema,
  userFactorsBodySchema,
} from "../../../src/domain/messages/messages.ts";
import { parseWebhook } from "../../../src/domain/messages/notice-messages.ts";
import { inviteBodySchema, parseMemberChange } from "../../../src/domain/messages/people-messages.ts";
import { createUuidV7 } from "../../../src/domain/messages/uuid-v7.ts";
import { keptVersionBodySchema } from "../../../src/domain/messages/version-messages.ts";
import { macKeyBodySchema, reportSetSchema } from "../../../src/domain/secure/helper-messages.ts";

const NOW_MS = Date.UTC(2026, 2, 1);
const RUNS = 150;
const id = createUuidV7(NOW_MS, () => 0.5);
const model = { rowCount: 4, width: 2, modelVersion: 3, ownRow: 1 };

const base64Of = (bytes: number) => Buffer.alloc(bytes, 7).toString("base64");

/** Each with a body that it takes. */
const PARSERS: Record<string, { read: (input: unknown) => Parsed<unknown>; good: object }> = {
  gradient: {
    read: (input) => parseGradient(input, model, NOW_MS),
    good: {
      id,
      modelVersion: 2,
      rows: [0, 3],
      encoding: "json",
      values: [
        [0.5, -2],
        [3, 0.25],
      ],
    },
  },
  "gradient in int8": {
    read: (input) => parseGradient(input, model, NOW_MS),
    good: { id, modelVersion: 2, rows: [2], encoding: "i8", values: "fwE=", scales: "AACAPw==" },
  },
  rating: {
    read: (input) => parseRating(input, NOW_MS),
    good: { id, itemId: "film-1", value: -3, occurredAt: "2026-02-01T00:00:00Z" },
  },
  settings: {
    read: (input) => parse(communityBodySchema, input),
    good: { settings: { factors: 3, groupSize: 5, clipNorm: null, mixTags: ["team"] } },
  },
  experiment: {
    read: (input) => parse(communityBodySchema, input),
    good: {
      settings: { pinnedVersion: 3, experiment: { share: 0.5, version: 4, settings: { groupSize: 3 } } },
    },
  },
  "kept version": { read: (input) => parse(keptVersionBodySchema, input), good: { name: "spring" } },
  membership: { read: (input) => parse(memberBodySchema, input), good: { learning: "hosted", paused: true } },
  season: { read: (input) => parse(seasonBodySchema, input), good: { rounds: 7 } },
  "user factors": { read: (input) => parse(userFactorsBodySchema, input), good: { values: [0.5, -1.5] } },
  item: { read: parseItemBody, good: { kind: "film", title: "Ran", tags: { genre: "war" } } },
  "item by schema": { read: (input) => parse(itemBodySchema, input), good: { url: "https://example.com/a" } },
  lists: {
    read: parseRecommendationsBody,
    good: { lists: [{ name: "noir", limit: 3, tags: { any: { genre: ["noir", "war"] } } }], repeat: true },
  },
  query: {
    read: (input) => parseListQuery(recommendationsQuerySchema, input as Record<string, string>),
    good: { limit: "3", exclude: "met,rated", "tag.genre": "noir" },
  },
  member: { read: parseMemberChange, good: { status: "banned", tags: { team: "red" } } },
  webhook: {
    read: (input) => parseWebhook(input, false),
    good: { url: "https://example.com:8443/hook?x=1", events: ["round.published", "member.left"] },
  },
  "member's key": { read: (input) => parse(macKeyBodySchema, input), good: { key: base64Of(32) } },
  "set of reports": {
    read: (input) => parse(reportSetSchema, input),
    good: {
      valueCount: 12,
      termsHash: base64Of(32),
      reports: [{ id, enc: base64Of(32), ct: base64Of(81) }],
    },
  },
  invitation: { read: (input) => parse(inviteBodySchema, input), good: { usesMax: 3 } },
};

/** All places of a body, as paths. */
function places(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy: Record<string, unknown> = structuredClone(value) as never;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

function check(outcome: Parsed<unknown>): void {
  if (outcome.ok) return;
  expect(outcome.errors.length).toBeGreaterThan(0);
  expect(outcome.errors.length).toBeLessThanOrEqual(FIELD_ERRORS_MAX);
  for (const { pointer, detail } of outcome.errors) {
    expect(pointer).toMatch(/^#/);
    expect(pointer.length).toBeLessThanOrEqual(POINTER_LENGTH_MAX);
    expect(detail).not.toBe("");
  }
}

describe.each(Object.entries(PARSERS))("%s", (name, { read, good }) => {
  test("takes a good body as it is", () => {
    const before = structuredClone(good);
    expect(read(good)).toMatchObject({ ok: true });
    expect(good).toEqual(before);
  });

  const anything = name === "query" ? fc.dictionary(fc.string(), fc.string()) : fc.jsonValue();
  test("answers any body with a value or with faults that name their fields", () => {
    fc.assert(
      fc.property(anything, (input) => check(read(input))),
      { numRuns: RUNS, seed: 1 },
    );
  });

  test("answers a body that is wrong in one place in the same way, or takes it", () => {
    const inner = name === "query" ? fc.string() : fc.jsonValue();
    const paths = places(good).filter((path) => name !== "query" || path.length > 0);
    const mutated = fc.tuple(fc.constantFrom(...paths), inner, fc.boolean());
    const property = fc.property(mutated, ([path, by, isBeside]) => {
      const at = isBeside && path.length > 0 ? [...path.slice(0, -1), String(by).slice(0, 80)] : path;
      check(read(replaced(good, at, by)));
    });
    fc.assert(property, { numRuns: RUNS, seed: 1 });
  });
});

test("no gradient that is taken has a value or a row that its bounds forbid", () => {
  const number = fc.oneof(fc.double({ min: -1e6, max: 1e6 }), fc.constantFrom(0, Number.NaN, 1e39, -0));
  const row = fc.tuple(fc.nat(4), fc.array(number, { minLength: 2, maxLength: 2 }));
  const bodies = fc.record({
    entries: fc.array(row, { maxLength: 3 }),
    modelVersion: fc.integer({ min: -1, max: 4 }),
  });
  let taken = 0;
  const property = fc.property(bodies, ({ entries, ...rest }) => {
    const body = {
      id,
      encoding: "json",
      rows: entries.map(([at]) => at),
      values: entries.map(([, of]) => of),
    };
    const outcome = parseGradient({ ...body, ...rest }, model, NOW_MS);
    check(outcome);
    if (!outcome.ok) return;
    taken++;
    const { rows, data, modelVersion } = outcome.value;
    expect(rows.every((row, n) => row < model.rowCount && (n === 0 || row > rows[n - 1]))).toBe(true);
    expect(Array.from(data.values).every(Number.isFinite)).toBe(true);
    expect(modelVersion).toBeLessThanOrEqual(model.modelVersion);
  });
  fc.assert(property, { numRuns: 2000, seed: 1 });
  expect(taken).toBeGreaterThan(100);
});
