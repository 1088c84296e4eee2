import { expect, test } from "@jest/globals";
import { DENSE_PEOPLE_MAX } from "../../../src/domain/limits.ts";
import { normal } from "../../../src/domain/random.ts";
import { mutualAffinity, type Person } from "../../../src/domain/rounds/mutual-affinity.ts";

const FACTORS = 2;
const VICTIM = 3;

/** People with rows and factors of their own; person 0 shares what is given. */
function communityOf(size: number, shared: (row: Float32Array) => number[]) {
  const next = normal(5);
  const values = Float32Array.from({ length: size * (FACTORS + 1) }, () => 0.6 * next());
  const people = Array.from({ length: size }, (_, row): Person => {
    const userFactors = Float32Array.from({ length: FACTORS + 1 }, () => 0.6 * next());
    return { row, userFactors, blockedRows: [] };
  });
  const victim = values.subarray(VICTIM * (FACTORS + 1), VICTIM * (FACTORS + 1) + FACTORS);
  people[0].userFactors = Float32Array.from(shared(victim));
  return { people, items: { values, factors: FACTORS } };
}

const along = (times: number) => (victim: Float32Array) => [
  ...Array.from(victim, (value) => times * value),
  -times * 0.9 * victim.reduce((sum, value) => sum + value * value, 0),
];

test("a wish that is strong already counts no more at five times its strength", () => {
  const of = (times: number) => {
    const { people, items } = communityOf(12, along(times));
    const { value } = mutualAffinity(people, items);
    return Array.from({ length: 11 }, (_, at) => value(0, at + 1));
  };
  const strong = of(40);
  const wild = of(200);
  expect(wild[VICTIM - 1]).toBeCloseTo(strong[VICTIM - 1], 2);
  expect(wild.every(Number.isFinite)).toBe(true);
});

test("nobody's wish spans more than the typical member's, and none is worth more by sharing wild factors", () => {
  const { people, items } = communityOf(12, along(1000));
  const honest = communityOf(12, along(1));
  const { value } = mutualAffinity(people, items);
  const before = mutualAffinity(honest.people, honest.items).value;
  // Pairs of others stay as they are but for the medians, which one member hardly moves.
  for (let i = 1; i < 12; i++)
    for (let j = 1; j < i; j++) expect(Math.abs(value(i, j) - before(i, j))).toBeLessThan(0.1);
});

test("among many people a shared taste is no longer than the typical one", () => {
  const size = DENSE_PEOPLE_MAX + 1;
  const strengthOf = (times: number) => {
    const { people, items } = communityOf(size, along(times));
    const { affinity } = mutualAffinity(people, items);
    if (affinity.kind !== "low-rank") throw new Error("expected an affinity of low rank");
    return Math.hypot(...affinity.x.subarray(0, FACTORS));
  };
  expect(strengthOf(1000)).toBeCloseTo(strengthOf(200), 5);
  expect(strengthOf(1000)).toBeLessThan(0.25);
});
