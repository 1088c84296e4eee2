import { expect, test } from "@jest/globals";
import { ndcgOf, topRows } from "../../../src/domain/learning/ranking-quality.ts";
import {
  beginTraining,
  heldOutNdcg,
  likingsOf,
  nextEpoch,
  popularityNdcg,
  sendersPerSum,
  type Training,
  traineeOf,
} from "../../../src/domain/learning/training.ts";

/** The epochs that come of these qualities: their numbers, the last one's with a minus. */
function epochsOf(qualities: number[]): number[] {
  const epochs: number[] = [];
  let training: Training | null = beginTraining(0);
  while (training) {
    epochs.push(training.isLast ? -training.epoch : training.epoch);
    const quality: number | undefined = qualities[training.epoch - 1];
    training = nextEpoch({ ...training, judged: quality === undefined ? 0 : 2, gain: 2 * (quality ?? 0) }, 0);
  }
  return epochs;
}

test("training ends three epochs after the best one, and then learns what was held out", () => {
  expect(epochsOf([0.1, 0.3, 0.2, 0.4, 0.39, 0.4, 0.38])).toEqual([1, 2, 3, 4, 5, 6, 7, -8]);
  expect(epochsOf([])).toEqual([1, 2, 3, -4]);
});

test("training that only gets better ends all the same", () => {
  expect(epochsOf(Array.from({ length: 100 }, (_, n) => n / 100)).at(-1)).toBe(-60);
});

test("a sum of training has a quarter of the members, as many as it needs, and no more than fit", () => {
  expect([400, 12, 6, 3].map((members) => sendersPerSum(members, 5))).toEqual([100, 5, 5, 5]);
  expect(sendersPerSum(1_000_000, 5)).toBe(2_000);
});

const ratings = (rows: number[], value = 4) => rows.map((row) => ({ row, value }));

test("a tenth of a member's likings is held out, the same each time", () => {
  const many = ratings(Array.from({ length: 5_000 }, (_, n) => n));
  const { heldOut, seen, all } = traineeOf(5_001, 17, many);
  expect(heldOut.size).toBeGreaterThan(420);
  expect(heldOut.size).toBeLessThan(580);
  expect([seen.rows.length + heldOut.size, all.rows.length]).toEqual([5_000, 5_000]);
  expect(traineeOf(5_001, 17, many.slice(0, 100)).heldOut).toEqual(
    new Set([...heldOut].filter((row) => row < 100)),
  );
  expect(traineeOf(5_001, 17, ratings([...heldOut].slice(0, 4))).heldOut.size).toBe(0);
  expect(traineeOf(5_001, 18, many).heldOut).not.toEqual(heldOut);
  expect(traineeOf(5_001, 17, ratings([...heldOut], -4)).heldOut.size).toBe(0);
});

test("quality is of rows that somebody has rated, without those the member is seen to have rated", () => {
  const trainee = (row: number, seen: number[], heldOut: number[]) => ({
    ...traineeOf(row, 0, []),
    seen: { rows: Uint32Array.from(seen), values: new Float32Array(seen.length).fill(3), ownRow: row },
    heldOut: new Set(heldOut),
  });
  const trainees = [trainee(8, [0, 1], [2]), trainee(9, [1, 2], []), trainee(10, [1, 3], [0])];
  const likings = likingsOf(trainees, 11);
  expect([...likings]).toEqual([1, 3, 1, 1, -1, -1, -1, -1, -1, -1, -1]);
  const scores = [9, 9, 5, 6, 9, 9, 9, 9, 9, 9, 9];
  expect(heldOutNdcg(trainees[0], scores, likings)).toBeCloseTo(1 / Math.log2(3), 12);
  expect(heldOutNdcg(trainees[1], scores, likings)).toBeUndefined();
  expect(popularityNdcg(trainees, likings)).toBe(1);
});

test("the best ten rows are in order, ties by row, and NDCG is 1 for the best ranking there is", () => {
  const scores = [3, 7, 7, 1, 9, 2, 4, 4, 5, 6, 8, 0.5];
  expect(topRows(scores, (row) => row === 4)).toEqual([10, 1, 2, 9, 8, 6, 7, 0, 5, 3]);
  expect(ndcgOf([4, 2, 7], new Set([2, 4]))).toBe(1);
  expect(ndcgOf([7, 2], new Set([2, 4]))).toBeCloseTo(0.6309 / (1 + 0.6309), 4);
});
