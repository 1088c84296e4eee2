import { expect, test } from "@jest/globals";
import { fromFloat16, toFloat16 } from "../../../src/domain/model/float16.ts";
import { uniform } from "../../../src/domain/random.ts";

/** The platform's own float16, and its bits. */
const halves = new Float16Array(1);
const halfBits = new Uint16Array(halves.buffer);

test("every finite float16 is read as the platform reads it, and written back to the same bits", () => {
  const wrong: number[] = [];
  for (let half = 0; half < 0x10000; half++) {
    halfBits[0] = half;
    const value = halves[0];
    if (!Number.isFinite(value)) continue;
    if (!Object.is(fromFloat16(half), value) || toFloat16(value) !== half) wrong.push(half);
  }
  expect(wrong).toEqual([]);
});

test("what lies between two float16 goes to the nearest one, halfway to the even one", () => {
  const random = uniform(16);
  for (let n = 0; n < 20_000; n++) {
    const value = (random() - 0.5) * 2 ** (random() * 38 - 22);
    const written = fromFloat16(toFloat16(value));
    halves[0] = value;
    expect(Math.abs(written - value)).toBeLessThanOrEqual(Math.abs(halves[0] - value) * 1.001);
  }
  expect(fromFloat16(toFloat16(2049))).toBe(2048);
  expect(fromFloat16(toFloat16(2051))).toBe(2052);
});

test.each([65_504, 65_520, 1e30, 1e300, Number.POSITIVE_INFINITY])("%d is 65,504 in float16", (value) => {
  expect(fromFloat16(toFloat16(value))).toBe(65_504);
  expect(fromFloat16(toFloat16(-value))).toBe(-65_504);
});
