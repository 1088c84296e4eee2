import { expect, test } from "@jest/globals";
import {
  clipped,
  discreteGaussian,
  epsilonAtOrder,
  epsilonOf,
  privacyLossOf,
  privacyLossPerUpload,
  privatized,
} from "../../../src/domain/learning/privacy.ts";
import { uniform } from "../../../src/domain/random.ts";

test("clipping scales a long upload to the norm and leaves a short one", () => {
  expect(Array.from(clipped(Float32Array.of(6, -8), 5))).toEqual([3, -4]);
  expect(Array.from(clipped(Float32Array.of(3, -4), 6))).toEqual([3, -4]);
});

test("discrete Gaussian numbers are whole and have the wanted mean, variance and shape", () => {
  const draw = discreteGaussian(2.5, uniform(1));
  const sample = Array.from({ length: 50_000 }, draw);
  const mean = sample.reduce((a, b) => a + b) / sample.length;
  const variance = sample.reduce((a, b) => a + b * b, 0) / sample.length;
  expect(sample.every(Number.isInteger)).toBe(true);
  expect(Math.abs(mean)).toBeLessThan(0.05);
  expect(variance).toBeCloseTo(6.25, 0);
  const count = (value: number) => sample.filter((z) => z === value).length;
  expect(count(2) / count(0)).toBeCloseTo(Math.exp(-4 / (2 * 6.25)), 1);
});

test("a noised upload is the clipped one plus noise of noiseMultiplier * clipNorm", () => {
  const values = new Float32Array(20_000).fill(1);
  const noised = privatized(values, { clipNorm: 2, noiseMultiplier: 1.5 }, uniform(2));
  const kept = 2 / Math.sqrt(20_000);
  const mean = noised.reduce((a, b) => a + b) / noised.length;
  const variance = noised.reduce((a, b) => a + (b - kept) ** 2, 0) / noised.length;
  expect(Math.abs(mean - kept)).toBeLessThan(0.1);
  expect(Math.sqrt(variance)).toBeCloseTo(3, 1);
});

// Published in the tests of Google's dp_accounting (rdp_privacy_accountant_test.py).
test("the accountant finds the epsilon that dp_accounting finds for a Gaussian", () => {
  expect(epsilonOf(1 / (2 * 4.530877117 ** 2), 1e-6)).toBeCloseTo(1, 6);
});

test("the accountant finds the epsilon that dp_accounting finds for a constant divergence", () => {
  const orders = Array.from({ length: 31 }, (_, n) => n + 2);
  const epsilon = Math.min(...orders.map((order) => epsilonAtOrder(order, 1.1, 1e-5)));
  expect(epsilon).toBeCloseTo(1.32783806176, 9);
});

test("epsilon grows with each upload and shrinks with noise", () => {
  const after = (uploads: number, noiseMultiplier: number) =>
    epsilonOf(uploads * privacyLossPerUpload({ clipNorm: 1, noiseMultiplier }), 1e-5);
  expect(epsilonOf(0, 1e-5)).toBe(0);
  expect(after(2, 10)).toBeGreaterThan(after(1, 10));
  expect(after(1, 20)).toBeLessThan(after(1, 10));
});

test("a budget is the loss whose epsilon it is", () => {
  const rho = privacyLossOf(2, 1e-6);
  expect(epsilonOf(rho, 1e-6)).toBeCloseTo(2, 9);
  expect(epsilonOf(rho, 1e-6)).toBeLessThanOrEqual(2);
  expect(privacyLossOf(Number.POSITIVE_INFINITY, 1e-6)).toBe(Number.POSITIVE_INFINITY);
});
