import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  additionalData,
  decodeReport,
  encodeReport,
  type Report,
} from "../../../src/domain/messages/report.ts";
import { idOf } from "../../fixtures/gradients.ts";

const REPORT: Report = {
  id: idOf(9),
  sum: 0x0a0b0c0d,
  modelVersion: 515,
  enc: Uint8Array.from({ length: 32 }, (_, n) => n + 3),
  ct: Uint8Array.from({ length: 81 }, (_, n) => 200 - n),
  share: Uint16Array.of(2, 65_535, 40_000),
};

test("a report is its fields at their places, and 57,335 bytes for 1,682 rows of 17 values", () => {
  const bytes = encodeReport(REPORT);
  expect(bytes.length).toBe(147 + 6);
  expect(Array.from(bytes.subarray(0, 16))).toEqual([
    ...[0x54, 0x52, 1, 16],
    ...[0x0d, 0x0c, 0x0b, 0x0a],
    ...[3, 2, 0, 0],
    ...[3, 0, 0, 0],
  ]);
  expect([bytes[32], bytes[63], bytes[64], bytes[65], bytes[66], bytes[146]]).toEqual([
    3, 34, 81, 0, 200, 120,
  ]);
  expect(Array.from(bytes.subarray(147))).toEqual([2, 0, 255, 255, 64, 156]);
  expect(encodeReport({ ...REPORT, share: new Uint16Array(1682 * 17) }).length).toBe(57_335);
});

test("a report is read back, from wherever in a buffer it lies", () => {
  const bytes = encodeReport(REPORT);
  const apart = new Uint8Array(bytes.length + 5).fill(9);
  apart.set(bytes, 3);
  expect(decodeReport(apart.subarray(3, 3 + bytes.length))).toEqual(REPORT);
});

test.each([
  ["magic", 0, 7],
  ["version", 2, 2],
  ["bits", 3, 8],
  ["value count", 12, 4],
  ["id's version", 22, 0x40],
  ["length of what is sealed", 64, 80],
])("bytes with another %s are no report", (_, at, value) => {
  const bytes = encodeReport(REPORT);
  bytes[at] = value;
  expect(decodeReport(bytes)).toBeNull();
  expect(decodeReport(encodeReport(REPORT).subarray(0, 152))).toBeNull();
});

test("what a seal is bound to: version, sum, id, value count, terms and community", () => {
  const termsHash = new Uint8Array(32).fill(5);
  const data = additionalData("chess", { sum: 258, id: REPORT.id, valueCount: 770, termsHash });
  expect(Array.from(data.subarray(0, 5))).toEqual([1, 2, 1, 0, 0]);
  expect(Array.from(data.subarray(5, 21))).toEqual(Array.from(encodeReport(REPORT).subarray(16, 32)));
  expect(Array.from(data.subarray(21, 25))).toEqual([2, 3, 0, 0]);
  expect(data.subarray(25, 57)).toEqual(termsHash);
  expect(new TextDecoder().decode(data.subarray(57))).toBe("chess");
});

test("whatever bytes there are, they are a report that is written as it was, or none", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (given, isNearly) => {
    const bytes = isNearly ? encodeReport(REPORT) : Uint8Array.from(given);
    if (isNearly && given.length > 0) bytes[given[0] % bytes.length] = given.at(-1)!;
    const report = decodeReport(bytes);
    if (report) expect(encodeReport(report)).toEqual(bytes);
  });
  fc.assert(property, { numRuns: 150, seed: 1 });
});
