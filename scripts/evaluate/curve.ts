/** What each way to learn pays, in bytes a user, for how much NDCG: all on the same splits, round by round. */
import type { Training } from "./federated.ts";
import { trainFederated } from "./federated.ts";
import { federatedMetrics } from "./ranking.ts";
import type { Split } from "./split.ts";

export interface CurvePoint {
  rounds: number;
  bytesPerUser: number;
  ndcg: number;
}

type Way = Pick<Training, "rounds" | "clientsPerCommit" | "encoding" | "rowsAim">;

const EVERYBODY = { rounds: 40, clientsPerCommit: Number.POSITIVE_INFINITY };
/** A quarter of ML-100k's users a commit: four steps for the bytes of one. */
const QUARTERS = { rounds: 30, clientsPerCommit: 236 };

export const WAYS: Record<string, Way> = {
  "dense f32, one commit a round": { ...EVERYBODY, encoding: "f32", rowsAim: null },
  "dense i8, one commit a round": { ...EVERYBODY, encoding: "i8", rowsAim: null },
  "dense f32, 236 clients a commit": { ...QUARTERS, encoding: "f32", rowsAim: null },
  "dense i8, 236 clients a commit": { ...QUARTERS, encoding: "i8", rowsAim: null },
  "500 rows i8, 236 clients a commit": { ...QUARTERS, encoding: "i8", rowsAim: 500 },
  "300 rows i8, 236 clients a commit": { ...QUARTERS, encoding: "i8", rowsAim: 300 },
};

/** Point by point: one seed alone crosses a threshold by luck, some rounds before it stays above. */
export function meanCurve(curves: CurvePoint[][]): CurvePoint[] {
  const mean = (pick: (point: CurvePoint) => number, at: number) =>
    curves.reduce((sum, points) => sum + pick(points[at]), 0) / curves.length;
  return curves[0].map(({ rounds }, at) => ({
    rounds,
    bytesPerUser: mean((point) => point.bytesPerUser, at),
    ndcg: mean((point) => point.ndcg, at),
  }));
}

export function learningCurve(split: Split, way: Way, base: Training): CurvePoint[] {
  const training = { ...base, ...way };
  const points: CurvePoint[] = [];
  for (const model of trainFederated(split.train, training)) {
    const { ndcg } = federatedMetrics(split, model.items, training);
    points.push({ rounds: model.rounds, bytesPerUser: model.bytesUpPerUser + model.bytesDownPerUser, ndcg });
  }
  return points;
}

/** The first point at or above `ndcg`. */
export function reaches(points: CurvePoint[], ndcg: number): CurvePoint | undefined {
  return points.find((point) => point.ndcg >= ndcg);
}
