import { expect, test } from "@jest/globals";
import { normal, uniform } from "../../src/domain/random.ts";

test("the same seed gives the same numbers, another seed others", () => {
  const first = uniform(7);
  const again = uniform(7);
  const other = uniform(8);
  const numbers = [first(), first(), first()];
  expect([again(), again(), again()]).toEqual(numbers);
  expect([other(), other(), other()]).not.toEqual(numbers);
});

test("normal numbers have mean 0 and variance 1", () => {
  const next = normal(3);
  const sample = Array.from({ length: 20_000 }, next);
  const mean = sample.reduce((a, b) => a + b) / sample.length;
  const variance = sample.reduce((a, b) => a + (b - mean) ** 2, 0) / sample.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(variance - 1)).toBeLessThan(0.03);
});
