/**
 * The three encodings of matrix rows on the wire: `json` (arrays of numbers), `f32` (base64 of little-endian float32) and
 * `i8` (base64 of int8, with one float32 scale a row: value = int8 * scale). All are row-major, K+1 values a row, bias last.
 */

import type { FieldError } from "../errors.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";

export type Encoding = "json" | "f32" | "i8";

/** Rows as they travel: `scales` stands beside i8 only. */
export type EncodedValues =
  | { encoding: "json"; values: number[][] }
  | { encoding: "f32"; values: string }
  | { encoding: "i8"; values: string; scales: string };

/** Decoded rows, row-major: float32 values, or int8 values that are yet to be multiplied by their row's scale. */
export type RowValues =
  | { kind: "f32"; values: Float32Array<ArrayBuffer> }
  | { kind: "i8"; values: Int8Array<ArrayBuffer>; scales: Float32Array<ArrayBuffer> };

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
if (!isLittleEndian)
  throw new Error("tertulia reads typed arrays as little-endian; this machine is big-endian");

function bytesOf(array: Float32Array | Int8Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

export const INT8_MAX = 127;

/** Quantizes each row to int8: scale = max|value| / 127. Errors are at most half a scale. */
export function quantizeRows(values: Float32Array, width: number): RowValues & { kind: "i8" } {
  const rowCount = values.length / width;
  const quantized = new Int8Array(values.length);
  const scales = new Float32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const end = (row + 1) * width;
    let largest = 0;
    for (let i = row * width; i < end; i++) {
      const size = values[i] < 0 ? -values[i] : values[i];
      if (size > largest) largest = size;
    }
    const scale = Math.fround(largest / INT8_MAX);
    scales[row] = scale;
    if (scale === 0) continue;
    const perUnit = 1 / scale;
    for (let i = row * width; i < end; i++) {
      const units = values[i] * perUnit;
      quantized[i] = units < 0 ? units - 0.5 : units + 0.5; // truncates: 3x as fast as Math.round
    }
  }
  return { kind: "i8", values: quantized, scales };
}

/** Float32 rows of decoded values. */
export function toFloat32(rows: RowValues, width: number): Float32Array<ArrayBuffer> {
  if (rows.kind === "f32") return rows.values;
  const values = new Float32Array(rows.values.length);
  for (let row = 0; row < rows.scales.length; row++) {
    const scale = rows.scales[row];
    for (let i = row * width; i < (row + 1) * width; i++) values[i] = rows.values[i] * scale;
  }
  return values;
}

export function encodeValues(values: Float32Array, width: number, encoding: Encoding): EncodedValues {
  if (encoding === "f32") return { encoding, values: encodeBase64(bytesOf(values)) };
  if (encoding === "i8") {
    const quantized = quantizeRows(values, width);
    const scales = encodeBase64(bytesOf(quantized.scales));
    return { encoding, values: encodeBase64(bytesOf(quantized.values)), scales };
  }
  const rows: number[][] = [];
  for (let i = 0; i < values.length; i += width) rows.push(Array.from(values.subarray(i, i + width)));
  return { encoding, values: rows };
}

/** The first value that is NaN or larger than `most` either way; -1 when there is none. */
export function firstBeyond(values: Float32Array, most: number): number {
  for (let i = 0; i < values.length; i++) if (!(values[i] <= most && values[i] >= -most)) return i;
  return -1;
}

const beyond = (most: number): string => `is no number from ${-most} to ${most}`;

function decodeFloats(
  text: string,
  count: number,
  pointer: string,
  most: number,
): { floats: Float32Array<ArrayBuffer> } | { errors: FieldError[] } {
  const bytes = decodeBase64(text);
  if (!bytes) return { errors: [{ pointer, detail: "is not padded base64" }] };
  if (bytes.length !== count * 4) {
    return { errors: [{ pointer, detail: `holds ${bytes.length} bytes, expected ${count} float32 values` }] };
  }
  const floats = new Float32Array(bytes.buffer);
  const bad = firstBeyond(floats, most);
  if (bad >= 0) return { errors: [{ pointer, detail: `value ${bad} ${beyond(most)}` }] };
  return { floats };
}

function decodeJson(rows: number[][], width: number, most: number): RowValues | { errors: FieldError[] } {
  const values = new Float32Array(rows.length * width);
  for (let row = 0; row < rows.length; row++) {
    const numbers = rows[row];
    const pointer = `#/values/${row}`;
    if (numbers.length !== width) {
      return {
        errors: [{ pointer, detail: `holds ${numbers.length} values, expected factors + 1 = ${width}` }],
      };
    }
    for (let i = 0; i < width; i++) {
      const value = Math.fround(numbers[i]);
      if (!(Math.abs(value) <= most)) {
        return { errors: [{ pointer: `${pointer}/${i}`, detail: beyond(most) }] };
      }
      values[row * width + i] = value;
    }
  }
  return { kind: "f32", values };
}

const FLOAT32_MAX = 3.4028234663852886e38;

/**
 * Decodes `rowCount` rows of `width` values, or says which field is wrong: shape, base64, or a value larger than `most`. Of
 * i8 the scales are bounded, so that 127 of them are `most`.
 */
export function decodeValues(
  encoded: EncodedValues,
  rowCount: number,
  width: number,
  most = FLOAT32_MAX,
): RowValues | { errors: FieldError[] } {
  if (encoded.encoding === "json") {
    if (encoded.values.length === rowCount) return decodeJson(encoded.values, width, most);
    const detail = `holds ${encoded.values.length} rows, expected ${rowCount}`;
    return { errors: [{ pointer: "#/values", detail }] };
  }
  if (encoded.encoding === "f32") {
    const decoded = decodeFloats(encoded.values, rowCount * width, "#/values", most);
    return "errors" in decoded ? decoded : { kind: "f32", values: decoded.floats };
  }
  const bytes = decodeBase64(encoded.values);
  if (!bytes) return { errors: [{ pointer: "#/values", detail: "is not padded base64" }] };
  if (bytes.length !== rowCount * width) {
    const detail = `holds ${bytes.length} bytes, expected ${rowCount} rows of factors + 1 = ${width} int8 values`;
    return { errors: [{ pointer: "#/values", detail }] };
  }
  const scales = decodeFloats(encoded.scales, rowCount, "#/scales", most / INT8_MAX);
  if ("errors" in scales) return scales;
  return { kind: "i8", values: new Int8Array(bytes.buffer), scales: scales.floats };
}
