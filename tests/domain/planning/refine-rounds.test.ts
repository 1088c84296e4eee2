import { expect, test } from "@jest/globals";
import { addToPair, createPairTable } from "../../../src/domain/assignment/pairs/pair-table.ts";
import { countRepeats } from "../../../src/domain/planning/plan-rounds.ts";
import { groupInTurn, type RefineOptions, refineRounds } from "../../../src/domain/planning/refine-rounds.ts";

/** Sixteen people of four circles, who like their own circle. */
const SIZE = 16;
const isOfCircle = (i: number, j: number) => i % 4 === j % 4;
const affinity = {
  kind: "pairwise" as const,
  size: SIZE,
  value: (i: number, j: number) => (isOfCircle(i, j) ? 0.9 : 0.2),
};

function optionsOf(change: Partial<RefineOptions> = {}): RefineOptions {
  const problemOfRound = () => ({ affinity, groupSize: 4 });
  return { problemOfRound, metBefore: createPairTable(), seed: 3, evaluationsMax: 60_000, ...change };
}

function pairsIn(rounds: Int32Array[], isWanted: (i: number, j: number) => boolean): number {
  let pairs = 0;
  for (const round of rounds)
    for (let i = 0; i < SIZE; i++)
      for (let j = i + 1; j < SIZE; j++) if (round[i] === round[j] && isWanted(i, j)) pairs++;
  return pairs;
}

/** Rows and columns of a square of four: nobody meets twice, and half of the pairs are of a circle. */
const ROWS = Int32Array.from({ length: SIZE }, (_, i) => Math.floor(i / 4));
const COLUMNS = Int32Array.from({ length: SIZE }, (_, i) => i % 4);

test("rounds grouped in turn begin with those who like each other, and nobody meets twice", () => {
  const rounds = groupInTurn(3, optionsOf())!;
  expect(countRepeats(rounds)).toBe(0);
  expect(pairsIn(rounds.slice(0, 1), isOfCircle)).toBe(24);
});

test("pairs that met before the first round are kept apart", () => {
  const metBefore = createPairTable();
  for (let i = 0; i < SIZE; i++)
    for (let j = 0; j < i; j++) if (isOfCircle(i, j)) addToPair(metBefore, i, j, 1);
  const rounds = groupInTurn(2, optionsOf({ metBefore }))!;
  expect([countRepeats(rounds), pairsIn(rounds, isOfCircle)]).toEqual([0, 0]);
});

test("a sweep takes repeats out, keeps blocked pairs apart, and leaves what is best alone", () => {
  const blocked = Int32Array.of(0, 4);
  const problemOfRound = () => ({ affinity, groupSize: 4, blocked });
  const better = refineRounds([ROWS, ROWS, COLUMNS], 2, optionsOf({ problemOfRound }));
  expect(countRepeats(better)).toBe(0);
  expect(pairsIn(better, (i, j) => i === 0 && j === 4)).toBe(0);
  expect(refineRounds([ROWS, COLUMNS], 1, optionsOf())).toEqual([ROWS, COLUMNS]);
});

test("out of time rounds in turn are none, and a sweep changes nothing", () => {
  const stopped = optionsOf({ shouldStop: () => true });
  expect(groupInTurn(3, stopped)).toBeUndefined();
  expect(refineRounds([ROWS, ROWS], 1, stopped)).toEqual([ROWS, ROWS]);
});
