// One-hot gradients: each takes 1 from a cell of its own, so under Y <- Y - sum a cell that rose by 1 was applied once,
// by 2 twice, by 0 never. (The simulation of Janus, github.com/divviup/janus, works like this.)
import { createUuidV7 } from "../../src/domain/messages/uuid-v7.ts";

export const FACTORS = 3;
const COLUMNS = FACTORS + 1; // the bias stands last

export type OneHot = { id: string; row: number; column: number };
export type Model = { modelVersion: number; rowCount: number; values: number[][] };

const TOLERANCE = 1e-4; // rows are stored as float32

/** One gradient for each cell of the first `rowCount` rows. */
export function oneHotGradients(rowCount: number): OneHot[] {
  return Array.from({ length: rowCount * COLUMNS }, (_, cell) => ({
    id: createUuidV7(Date.now(), Math.random),
    row: Math.floor(cell / COLUMNS),
    column: cell % COLUMNS,
  }));
}

export function bodyOf({ id, row, column }: OneHot, modelVersion: number) {
  const values = [Array.from({ length: COLUMNS }, (_, at) => (at === column ? -1 : 0))];
  return { id, modelVersion, rows: [row], encoding: "json", values };
}

/** Fails unless exactly the cells of `applied` rose by 1 from `before` to `after`. */
export function checkAppliedOnce(before: Model, after: Model, applied: readonly OneHot[]): void {
  const wrong = after.values.flatMap((values, row) =>
    values.flatMap((value, column) => {
      const expected = applied.some((each) => each.row === row && each.column === column) ? 1 : 0;
      const rise = value - before.values[row][column];
      return Math.abs(rise - expected) > TOLERANCE
        ? [`(${row},${column}) rose by ${rise}, not ${expected}`]
        : [];
    }),
  );
  if (wrong.length > 0) throw new Error(`Not applied exactly once: ${wrong.join("; ")}`);
}
