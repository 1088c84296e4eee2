import { expect, test } from "@jest/globals";
import { sampleRows } from "../../../src/domain/learning/row-sampling.ts";
import { uniform } from "../../../src/domain/random.ts";

/** Five rows of two values with norms 5, 10, 0, 0.5 and 15. */
const gradient = Float32Array.of(3, 4, -6, 8, 0, 0, 0.3, -0.4, 9, 12);

test("the mean of many samples is the whole gradient", () => {
  const next = uniform(1);
  const total = new Float64Array(gradient.length);
  const samples = 20_000;
  for (let n = 0; n < samples; n++) {
    const { rows, values } = sampleRows(gradient, 2, 2, next);
    rows.forEach((row, at) => {
      total[2 * row] += values[2 * at] / samples;
      total[2 * row + 1] += values[2 * at + 1] / samples;
    });
  }
  total.forEach((mean, i) => {
    expect(Math.abs(mean - gradient[i])).toBeLessThan(0.15);
  });
});

test("as many rows go out as aimed at, on average, and never one of zeros", () => {
  const next = uniform(2);
  let count = 0;
  for (let n = 0; n < 2000; n++) {
    const { rows } = sampleRows(gradient, 2, 3, next);
    expect(rows.includes(2)).toBe(false);
    count += rows.length;
  }
  expect(count / 2000).toBeCloseTo(3, 1);
});

test("the heaviest rows go out always and as they are", () => {
  const next = uniform(3);
  for (let n = 0; n < 100; n++) {
    const { rows, values } = sampleRows(gradient, 2, 3, next);
    expect(rows.at(-1)).toBe(4);
    expect(Array.from(values.slice(-2))).toEqual([9, 12]);
  }
});

test("an aim past the number of rows changes nothing but leaves zeros out", () => {
  const { rows, values } = sampleRows(gradient, 2, 10, uniform(4));
  expect(Array.from(rows)).toEqual([0, 1, 3, 4]);
  expect(Array.from(values)).toEqual([...gradient.slice(0, 4), ...gradient.slice(6)]);
});
