import { describe, expect, test } from "@jest/globals";
import { CLOCK_SKEW_MAX_MS, GRADIENT_AGE_MAX_MS } from "../../../src/domain/limits.ts";
import { encodeBase64 } from "../../../src/domain/messages/base64.ts";
import {
  communityBodySchema,
  communityNameSchema,
  memberBodySchema,
  modelQuerySchema,
  parse,
  parseGradient,
} from "../../../src/domain/messages/messages.ts";
import { idOf, NOW_MS } from "../../fixtures/gradients.ts";

const model = { rowCount: 5, width: 3, modelVersion: 8 };
const body = {
  id: idOf(1),
  modelVersion: 7,
  rows: [1, 4],
  encoding: "json",
  values: [
    [2, 3, 4],
    [5, 6, 7],
  ],
};

/** `pointer: detail` of each error; empty when the input is good. */
function faults(parsed: ReturnType<typeof parse>): string[] {
  return parsed.ok ? [] : parsed.errors.map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

const gradientFaults = (change: object) => faults(parseGradient({ ...body, ...change }, model, NOW_MS));

test("a posted gradient is read in each encoding", () => {
  const base64 = (array: Float32Array | Int8Array) => encodeBase64(new Uint8Array(array.buffer));
  const float32 = Float32Array.of(2, 3, 4, 5, 6, 7);
  const common = { id: idOf(1), modelVersion: 7, rows: Uint32Array.of(1, 4), width: 3 };
  const read = { ok: true, value: { ...common, data: { kind: "f32", values: float32 } } };
  expect(parseGradient(body, model, NOW_MS)).toEqual(read);
  expect(parseGradient({ ...body, encoding: "f32", values: base64(float32) }, model, NOW_MS)).toEqual(read);
  const int8 = Int8Array.of(2, 3, 4, 5, 6, 7);
  const scales = Float32Array.of(0.5, 2);
  const encoded = { encoding: "i8", values: base64(int8), scales: base64(scales) };
  expect(parseGradient({ ...body, ...encoded }, model, NOW_MS)).toEqual({
    ok: true,
    value: { ...common, data: { kind: "i8", values: int8, scales } },
  });
});

describe("a gradient's faulty field is named", () => {
  test.each<[string, object, string]>([
    ["no UUIDv7", { id: "1" }, "#/id: is not a UUIDv7 in lower case (RFC 9562)"],
    [
      "an id from yesterday",
      { id: idOf(1, NOW_MS - GRADIENT_AGE_MAX_MS - 1) },
      "#/id: is older than 24 hours",
    ],
    [
      "an id of the future",
      { id: idOf(1, NOW_MS + CLOCK_SKEW_MAX_MS + 1) },
      "#/id: is more than 5 minutes in the future",
    ],
    ["a version ahead", { modelVersion: 9 }, "#/modelVersion: is ahead of the model, which is at version 8"],
    ["a row too far", { rows: [1, 5] }, "#/rows/1: row 5 does not exist; there are 5 rows"],
    ["a row twice", { rows: [4, 4] }, "#/rows/1: rows must be strictly ascending"],
    ["rows that fall", { rows: [4, 1] }, "#/rows/1: rows must be strictly ascending"],
    ["too few values", { rows: [1, 2, 3] }, "#/values: holds 2 rows, expected 3"],
  ])("%s", (_, change, message) => {
    expect(gradientFaults(change)).toEqual([message]);
  });

  test.each<[string, object, string]>([
    ["a fractional version", { modelVersion: 1.5 }, "#/modelVersion"],
    ["a negative version", { modelVersion: -1 }, "#/modelVersion"],
    ["a version past all", { modelVersion: 1e300 }, "#/modelVersion"],
    ["a negative row", { rows: [-1, 2] }, "#/rows/0"],
    ["a fractional row", { rows: [1, 2.5] }, "#/rows/1"],
    ["no rows", { rows: [] }, "#/rows"],
    ["rows of text", { rows: "14" }, "#/rows"],
    [
      "NaN",
      {
        values: [
          [2, Number.NaN, 4],
          [5, 6, 7],
        ],
      },
      "#/values/0/1",
    ],
    [
      "infinity",
      {
        values: [
          [2, 3, 4],
          [5, 6, Number.POSITIVE_INFINITY],
        ],
      },
      "#/values/1/2",
    ],
    [
      "null",
      {
        values: [
          [2, 3, null],
          [5, 6, 7],
        ],
      },
      "#/values/0/2",
    ],
    ["an unknown encoding", { encoding: "f64" }, "#/encoding"],
    ["an unknown field", { userId: "ana" }, "#/userId"],
    ["a field that needs escaping", { "a/b~c": 1 }, "#/a~1b~0c"],
    ["scales where none belong", { scales: "" }, "#/scales"],
  ])("%s", (_, change, pointer) => {
    const found = gradientFaults(change);
    expect(found.map((fault) => fault.split(": ")[0])).toContain(pointer);
  });

  test.each(["id", "modelVersion", "rows", "encoding", "values"])("a missing %s", (name) => {
    expect(gradientFaults({ [name]: undefined }).map((fault) => fault.split(":")[0])).toContain(`#/${name}`);
  });

  test("all of id, rows and version are told at once", () => {
    const change = { id: idOf(1, NOW_MS - 2 * GRADIENT_AGE_MAX_MS), rows: [1, 9], modelVersion: 99 };
    expect(gradientFaults(change)).toHaveLength(3);
  });

  test.each([null, 7, "text", [], true])("%j is no gradient", (input) => {
    expect(parseGradient(input, model, NOW_MS).ok).toBe(false);
  });

  test("a __proto__ in the JSON is an unknown field and touches no prototype", () => {
    const input = JSON.parse(`{"__proto__": {"polluted": true}, ${JSON.stringify(body).slice(1)}`);
    parseGradient(input, model, NOW_MS);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("JSON ten thousand levels deep is refused, not descended into", () => {
    const deep = JSON.parse("[".repeat(10_000) + "]".repeat(10_000));
    expect(gradientFaults({ values: deep }).length).toBeGreaterThan(0);
    expect(gradientFaults({ extra: deep })).toEqual(["#/extra: is not a known field"]);
  });
});

describe("names, settings, queries", () => {
  test.each(["a", "Newcomb.1961_wk-3", "0".repeat(64)])("%s names a community", (name) => {
    expect(faults(parse(communityNameSchema, name))).toEqual([]);
  });

  test.each(["", "-a", ".a", "__proto__", "a b", "a/b", "a\n", "a\u0000", "ñ", "0".repeat(65), undefined])(
    "%j names none",
    (name) => {
      expect(faults(parse(communityNameSchema, name, ["community"]))[0]).toMatch(/^#\/community: /);
    },
  );

  test.each<[object, string]>([
    [{ factors: 0 }, "#/settings/factors"],
    [{ factors: 129 }, "#/settings/factors"],
    [{ learningRate: 0 }, "#/settings/learningRate"],
    [{ regularization: -1 }, "#/settings/regularization"],
    [{ optimizer: "lion" }, "#/settings/optimizer"],
    [{ aggregation: "median" }, "#/settings/aggregation"],
    [{ clipNorm: 0 }, "#/settings/clipNorm"],
    [{ groupSize: 1 }, "#/settings/groupSize"],
    [{ color: "red" }, "#/settings/color"],
  ])("settings %j are faulty in %s", (settings, pointer) => {
    expect(faults(parse(communityBodySchema, { settings }))[0]).toMatch(new RegExp(`^${pointer}: `));
  });

  test("settings may be given in part, and null turns a bound off", () => {
    const settings = { clipNorm: null, gradientsPerHourMax: null, groupSize: 5, cadence: null };
    expect(parse(communityBodySchema, { settings })).toEqual({ ok: true, value: { settings } });
    expect(parse(communityBodySchema, {})).toEqual({ ok: true, value: {} });
  });

  test("a member's wish is checked", () => {
    expect(parse(memberBodySchema, { learning: "hosted", paused: true }).ok).toBe(true);
    expect(faults(parse(memberBodySchema, { paused: "yes", row: 3 })).sort()[1]).toBe(
      "#/row: is not a known field",
    );
  });

  test.each(["-1", "1.5", "01", "1e3", "", " 1", "9".repeat(16)])(
    "?sinceVersion=%j is no version",
    (sinceVersion) => {
      expect(faults(parse(modelQuerySchema, { sinceVersion }))).toEqual([
        "#/sinceVersion: must be a whole number",
      ]);
    },
  );
});
