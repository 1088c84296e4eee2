/**
 * What the system has promised in one run, and what it has shown. Each gradient adds 1 to cells of its own, so the matrix
 * tells how often each counted: with sgd, rate 1, no regularization and sum, a cell is its initial value less 1, or as it was.
 */
export class Violation extends Error {}

export interface Cell {
  row: number;
  column: number;
}

/**
 * Why a gradient is as it is: `fit` may only be rejected for what became of it on its way (stale, expired); the others
 * were put on the queue with a fault that the consumer has to find.
 */
export type GradientKind = "fit" | "shape" | "norm" | "expired";

export interface Promised {
  id: string;
  /** The userId of whoever posts it. */
  sender: string;
  /** The newest version that anybody had read when it was made. */
  newestVersion: number;
  kind: GradientKind;
  modelVersion: number;
  cells: Cell[];
  /** What a client posts; missing where it was put on the queue past the API. */
  body?: object;
  /** Answered 202, or put on the queue. */
  isAccepted: boolean;
  /** Some attempt ended in no answer, so it may be on the queue. */
  isUncertain: boolean;
}

/** One complete answer of GET model, row-major. */
export interface Reading {
  reader: string;
  modelVersion: number;
  rowCount: number;
  values: Float32Array;
}

/** What GET gradient answers. */
export interface StatusBody {
  id: string;
  status: string;
  modelVersion?: number;
  reason?: string;
}

/** `isFinal`: asked after the drain. */
export interface StatusReading extends StatusBody {
  isFinal: boolean;
}

export class Ledger {
  readonly width: number;
  readonly stalenessVersionsMax: number;
  /** Page objects that the bucket was made to lose. */
  readonly lostPages = new Set<string>();
  readonly promised = new Map<string, Promised>();
  readonly readings: Reading[] = [];
  readonly statuses: StatusReading[] = [];
  /** Message ids of what is no gradient. */
  readonly poison = new Set<string>();
  /** A row's values when it was first read; no gradient touches a row before. */
  readonly initialRows: Float32Array[] = [];
  private readonly ownedCells = new Set<string>();
  private readonly columnsLeft = new Map<number, number[]>();
  memberCount = 0;
  /** Of members, by userId; nobody may move their own. */
  readonly ownRows = new Map<string, number>();
  leavingRow: number | null = null;

  constructor(width: number, stalenessVersionsMax: number) {
    this.width = width;
    this.stalenessVersionsMax = stalenessVersionsMax;
  }

  get latestVersion(): number {
    return this.readings.at(-1)?.modelVersion ?? 0;
  }

  /** Takes note of a model, in the order in which answers came. */
  addReading(reading: Reading): void {
    this.readings.push(reading);
    for (let row = this.initialRows.length; row < reading.rowCount; row++) {
      this.initialRows.push(reading.values.slice(row * this.width, (row + 1) * this.width));
    }
  }

  /** A cell of the row that no gradient owns yet; null when all are taken. `choice` in [0, 1). */
  takeCell(row: number, choice: number): Cell | null {
    const columns = this.columnsLeft.get(row) ?? Array.from({ length: this.width }, (_, column) => column);
    this.columnsLeft.set(row, columns);
    const [column] = columns.splice(Math.floor(choice * columns.length), 1);
    if (column === undefined) return null;
    this.ownedCells.add(`${row},${column}`);
    return { row, column };
  }

  add(promised: Promised): void {
    this.promised.set(promised.id, promised);
  }
}
