/**
 * Kirkman triple systems: people in threes, each pair once. D. K. Ray-Chaudhuri and R. M. Wilson, Solution of Kirkman's
 * schoolgirl problem (1971), theorems 5 and 6.
 */
import { type GaloisField, galoisField } from "./galois-field.ts";
import { roundOf } from "./rounds.ts";

/** Points are F_q on two or three levels, which adding each field element turns; `at` numbers a point of a level. */
export function kirkmanRounds(groupCount: number, groupSize: number): Int32Array[] | undefined {
  if (groupSize !== 3) return undefined;
  return threeLevels(groupCount) ?? twoLevels(3 * groupCount);
}

/** 3q people for a prime power q = 6t + 1. */
function threeLevels(q: number): Int32Array[] | undefined {
  const field = q % 6 === 1 ? galoisField(q) : undefined;
  if (!field) return undefined;
  const t = (q - 1) / 6;
  const at = (element: number, level: number) => element + level * q;
  const line = (i: number) => [0, 1, 2].map((level) => at(field.power(i + 2 * t * level), level));
  const exponents = Array.from({ length: 6 * t }, (_, i) => i);
  const isOdd = (i: number) => Math.floor(i / t) % 2 === 1;
  const base = [
    [0, 1, 2].map((level) => at(0, level)),
    ...exponents
      .slice(0, t)
      .flatMap((i) => [0, 1, 2].map((level) => [0, 2, 4].map((j) => at(field.power(i + j * t), level)))),
    ...exponents.filter(isOdd).map(line),
  ];
  const lines = exponents
    .filter((i) => !isOdd(i))
    .map((i) => turned(field, 3, [line(i)]).map(([block]) => block));
  return [...turned(field, 3, base), ...lines].map((blocks) => roundOf(blocks, 3 * q));
}

/** 2q + 1 people for a prime power q = 6t + 1. */
function twoLevels(size: number): Int32Array[] | undefined {
  const q = (size - 1) / 2;
  const field = q % 6 === 1 ? galoisField(q) : undefined;
  if (!field) return undefined;
  const t = (q - 1) / 6;
  const at = (element: number, level: number) => element + level * q;
  const sum = field.add(field.power(t), 1);
  // 2 x^m = x^t + 1
  const m = Array.from({ length: q - 1 }, (_, i) => i).find(
    (i) => field.add(field.power(i), field.power(i)) === sum,
  );
  if (m === undefined) return undefined;
  const base = [[at(0, 0), at(0, 1), 2 * q]];
  for (let i = 0; i < t; i++) {
    for (const j of [0, 2, 4]) {
      const e = i + j * t;
      base.push([at(field.power(e), 0), at(field.power(e + t), 0), at(field.power(e + m), 1)]);
    }
    base.push([1, 3, 5].map((j) => at(field.power(i + m + j * t), 1)));
  }
  return turned(field, 2, base).map((blocks) => roundOf(blocks, size));
}

/** The blocks plus each field element; a point past the levels is at infinity and stays. */
function turned(field: GaloisField, levels: number, blocks: number[][]): number[][][] {
  const q = field.order;
  return Array.from({ length: q }, (_, shift) =>
    blocks.map((block) =>
      block.map((point) => (point >= levels * q ? point : field.add(point % q, shift) + point - (point % q))),
    ),
  );
}
