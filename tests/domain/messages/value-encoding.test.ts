import { describe, expect, test } from "@jest/globals";
import { encodeBase64 } from "../../../src/domain/messages/base64.ts";
import {
  decodeValues,
  type EncodedValues,
  encodeValues,
  quantizeRows,
  toFloat32,
} from "../../../src/domain/messages/value-encoding.ts";

const values = Float32Array.of(0.5, -2, 3, 40, -50, 6);
const base64 = (array: Float32Array | Int8Array) => encodeBase64(new Uint8Array(array.buffer));
const f32 = (...numbers: number[]): EncodedValues => ({
  encoding: "f32",
  values: base64(Float32Array.from(numbers)),
});
const i8 = (numbers: number[], scales: number[]): EncodedValues => ({
  encoding: "i8",
  values: base64(Int8Array.from(numbers)),
  scales: base64(Float32Array.from(scales)),
});

function errorsOf(encoded: EncodedValues, rowCount: number, width: number) {
  const decoded = decodeValues(encoded, rowCount, width);
  return "errors" in decoded ? decoded.errors : [];
}

function rowsOf(encoded: EncodedValues, rowCount: number, width: number): Float32Array {
  const decoded = decodeValues(encoded, rowCount, width);
  if ("errors" in decoded) throw new Error(JSON.stringify(decoded.errors));
  return toFloat32(decoded, width);
}

test.each(["json", "f32"] as const)("%s gives back the very values", (encoding) => {
  expect(rowsOf(encodeValues(values, 3, encoding), 2, 3)).toEqual(values);
});

test("i8 gives back values within half a scale of their row, and the largest exactly", () => {
  const read = rowsOf(encodeValues(values, 3, "i8"), 2, 3);
  expect(read[2]).toBeCloseTo(3, 6);
  expect(read[4]).toBeCloseTo(-50, 5);
  values.forEach((value, i) => {
    const half = (i < 3 ? 3 : 50) / 127 / 2;
    expect(Math.abs(read[i] - value)).toBeLessThanOrEqual(half * 1.0001);
  });
});

test("a row of zeros is a row of zeros in i8", () => {
  expect(quantizeRows(new Float32Array(3), 3)).toEqual({
    kind: "i8",
    values: new Int8Array(3),
    scales: new Float32Array(1),
  });
});

test("no rows are no rows in every encoding", () => {
  for (const encoding of ["json", "f32", "i8"] as const) {
    expect(rowsOf(encodeValues(new Float32Array(0), 3, encoding), 0, 3)).toHaveLength(0);
  }
});

const FLOAT32 = "from -3.4028234663852886e+38 to 3.4028234663852886e+38";

describe("what is no finite float32 number is named", () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.5e38])("json %d", (bad) => {
    const errors = errorsOf(
      {
        encoding: "json",
        values: [
          [2, 3],
          [4, bad],
        ],
      },
      2,
      2,
    );
    expect(errors).toEqual([{ pointer: "#/values/1/1", detail: `is no number ${FLOAT32}` }]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("f32 %d", (bad) => {
    expect(errorsOf(f32(2, 3, bad, 5), 2, 2)).toEqual([
      { pointer: "#/values", detail: `value 2 is no number ${FLOAT32}` },
    ]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("i8 scale %d", (bad) => {
    expect(errorsOf(i8([2, 3, 4, 5], [6, bad]), 2, 2)).toEqual([
      { pointer: "#/scales", detail: expect.stringContaining("value 1 is no number from -2.67") },
    ]);
  });
});

describe("what has another shape is named", () => {
  test.each<[string, EncodedValues, string]>([
    ["json rows", { encoding: "json", values: [[2, 3]] }, "#/values: holds 1 rows, expected 2"],
    [
      "json columns",
      { encoding: "json", values: [[2, 3], [4]] },
      "#/values/1: holds 1 values, expected factors + 1 = 2",
    ],
    ["f32 values", f32(2, 3, 4), "#/values: holds 12 bytes, expected 4 float32 values"],
    ["f32 text", { encoding: "f32", values: "AAA" }, "#/values: is not padded base64"],
    ["f32 alphabet", { encoding: "f32", values: "AA-_" }, "#/values: is not padded base64"],
    [
      "i8 values",
      i8([2, 3], [4, 5]),
      "#/values: holds 2 bytes, expected 2 rows of factors + 1 = 2 int8 values",
    ],
    ["i8 scales", i8([2, 3, 4, 5], [6]), "#/scales: holds 4 bytes, expected 2 float32 values"],
    ["i8 text", { encoding: "i8", values: "*", scales: "" }, "#/values: is not padded base64"],
    [
      "i8 scale text",
      { ...i8([2, 3, 4, 5], []), scales: "?" } as EncodedValues,
      "#/scales: is not padded base64",
    ],
  ])("%s", (_, encoded, message) => {
    expect(errorsOf(encoded, 2, 2).map(({ pointer, detail }) => `${pointer}: ${detail}`)).toEqual([message]);
  });
});
