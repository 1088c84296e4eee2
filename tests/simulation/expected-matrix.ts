/** The matrix that the log says there was at each version: with sgd and rate 1 a gradient takes 1 from each of its cells. */
import type { LoggedCommit } from "../../src/infra/commit-log.ts";
import { type Ledger, Violation } from "./ledger.ts";

export class ExpectedMatrix {
  /** By version, row-major, all rows that there ever were, with float32's rounding. */
  private readonly states: Float32Array[];
  private readonly width: number;

  constructor(ledger: Ledger, history: readonly LoggedCommit[]) {
    const { width, initialRows, leavingRow, promised } = ledger;
    this.width = width;
    const initial = Float32Array.from(initialRows.flatMap((row) => [...row]));
    this.states = [initial];
    let isErased = false;
    const isLeave = ({ senders, restored }: LoggedCommit) => !senders && restored === undefined;
    if (history.filter(isLeave).length > 1) throw new Violation("I2: somebody left twice");
    for (const commit of history) {
      const { restored } = commit;
      const next = (restored === undefined ? this.states.at(-1)! : this.states[restored]).slice();
      for (const id of commit.applied)
        for (const { row, column } of promised.get(id)!.cells) next[row * width + column] -= 1;
      isErased ||= isLeave(commit);
      if (isErased && leavingRow !== null) next.fill(0, leavingRow * width, (leavingRow + 1) * width);
      this.states.push(next);
    }
  }

  at(modelVersion: number, rowCount: number): Float32Array {
    return this.states[modelVersion].subarray(0, rowCount * this.width);
  }
}
