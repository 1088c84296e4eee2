/**
 * The ceiling: implicit alternating least squares (Hu, Koren, Volinsky 2008) by a server that sees every rating. It is
 * written apart from src/domain, without biases, so that the federated model is held against the textbook and not itself.
 */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { normal } from "../../src/domain/random.ts";
import type { Dataset, UserRatings } from "./dataset.ts";

export interface IalsOptions {
  factors: number;
  alpha: number;
  regularization: number;
  iterations: number;
  seed: number;
}

export interface Factorization {
  userFactors: Matrix;
  itemFactors: Matrix;
}

export function trainIals(train: Dataset, options: IalsOptions): Factorization {
  const next = normal(options.seed);
  const itemFactors = new Matrix(train.itemCount, options.factors);
  for (let i = 0; i < train.itemCount; i++) {
    for (let k = 0; k < options.factors; k++) itemFactors.set(i, k, 0.1 * next());
  }
  const userFactors = new Matrix(train.users.length, options.factors);
  const byItem = transpose(train);
  for (let n = 0; n < options.iterations; n++) {
    solveSide(itemFactors, train.users, userFactors, options);
    solveSide(userFactors, byItem, itemFactors, options);
  }
  solveSide(itemFactors, train.users, userFactors, options);
  return { userFactors, itemFactors };
}

export function ialsScores(model: Factorization, user: number): Float64Array {
  return Float64Array.from(
    model.itemFactors.mmul(model.userFactors.getRowVector(user).transpose()).to1DArray(),
  );
}

function solveSide(fixed: Matrix, ratings: UserRatings[], solved: Matrix, options: IalsOptions): void {
  const { factors, alpha, regularization } = options;
  const gram = fixed.transpose().mmul(fixed);
  ratings.forEach(({ rows, values }, index) => {
    const left = Matrix.eye(factors, factors, regularization).add(gram);
    const right = new Matrix(factors, 1);
    rows.forEach((row, n) => {
      const confidence = 1 + alpha * Math.abs(values[n]);
      for (let j = 0; j < factors; j++) {
        const y = fixed.get(row, j);
        if (values[n] > 0) right.set(j, 0, right.get(j, 0) + confidence * y);
        for (let k = 0; k < factors; k++) {
          left.set(j, k, left.get(j, k) + (confidence - 1) * (y * fixed.get(row, k)));
        }
      }
    });
    solved.setRow(index, new CholeskyDecomposition(left).solve(right).to1DArray());
  });
}

function transpose(train: Dataset): UserRatings[] {
  const rows: number[][] = Array.from({ length: train.itemCount }, () => []);
  const values: number[][] = Array.from({ length: train.itemCount }, () => []);
  train.users.forEach((user, u) => {
    user.rows.forEach((row, n) => {
      rows[row].push(u);
      values[row].push(user.values[n]);
    });
  });
  return rows.map((list, i) => ({ rows: Uint32Array.from(list), values: Float32Array.from(values[i]) }));
}
