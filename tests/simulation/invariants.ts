/** What must hold after the drain (design, section 6), from the commit log, the matrix, the statuses and the dead letters. */
import { GRADIENT_AGE_MAX_MS, SERVER_SKEW_MAX_MS } from "../../src/domain/limits.ts";
import { timeOfUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { type LoggedCommit, readHistory } from "../../src/infra/commit-log.ts";
import type { Delivered } from "../fixtures/events.ts";
import { clockMs } from "./clock.ts";
import { type Cell, type Ledger, type Promised, type Reading, Violation } from "./ledger.ts";

interface Verdict {
  modelVersion: number;
  committedAtMs: number;
  reason?: string;
}

/** I2: each version once, none left out, in the order of time. */
function checkHistory(history: readonly LoggedCommit[], modelVersion: number): void {
  let committedAtMs = 0;
  history.forEach((commit, at) => {
    if (commit.modelVersion !== at + 1) throw new Violation(`I2: version ${at + 1} is not in the history`);
    if (commit.committedAtMs < committedAtMs)
      throw new Violation(`I2: version ${at + 1} is older than ${at}`);
    committedAtMs = commit.committedAtMs;
  });
  if (history.length !== modelVersion) {
    throw new Violation(`I2: the head is at version ${modelVersion}, the history ends at ${history.length}`);
  }
}

/** The log's word on each id; an id that has two is a violation of I1. */
function verdictsOf(history: readonly LoggedCommit[]): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  for (const { modelVersion, committedAtMs, applied, rejected } of history) {
    for (const { id, reason } of [...applied.map((id) => ({ id, reason: undefined })), ...rejected]) {
      const before = verdicts.get(id);
      if (before) {
        throw new Violation(`I1: ${id} stands in versions ${before.modelVersion} and ${modelVersion}`);
      }
      verdicts.set(id, { modelVersion, committedAtMs, reason });
    }
  }
  return verdicts;
}

/** The reasons for which this commit had to reject the gradient; undefined among them: it had to be applied. */
function dueReasons(promised: Promised, verdict: Verdict, ledger: Ledger): (string | undefined)[] {
  const { kind, modelVersion } = promised;
  if (kind === "expired" || kind === "shape") return [kind];
  const ageMs = verdict.committedAtMs - timeOfUuidV7(promised.id);
  const isStale = verdict.modelVersion - 1 - modelVersion > ledger.stalenessVersionsMax;
  const inTime = isStale ? "stale" : kind === "norm" ? kind : undefined;
  if (ageMs > GRADIENT_AGE_MAX_MS + SERVER_SKEW_MAX_MS) return ["expired"];
  return ageMs > GRADIENT_AGE_MAX_MS - SERVER_SKEW_MAX_MS ? ["expired", inTime] : [inTime];
}

/** I1, by the log: every accepted id is there with the outcome that it had to have. */
function checkVerdicts(ledger: Ledger, verdicts: Map<string, Verdict>): void {
  for (const promised of ledger.promised.values()) {
    const { id, isAccepted, isUncertain } = promised;
    const verdict = verdicts.get(id);
    if (!verdict && isAccepted) throw new Violation(`I1: ${id} was accepted and is lost`);
    if (!verdict) continue;
    if (!isAccepted && !isUncertain) throw new Violation(`I1: ${id} was never accepted and is in the log`);
    const due = dueReasons(promised, verdict, ledger);
    if (!due.includes(verdict.reason)) {
      const was = verdict.reason ?? "applied";
      throw new Violation(
        `I1: ${id} (${promised.kind}) was ${was}, expected ${due.map((d) => d ?? "applied")}`,
      );
    }
  }
  for (const id of verdicts.keys()) {
    if (!ledger.promised.has(id)) throw new Violation(`I1: ${id} is in the log and was never sent`);
  }
}

/** I1, by GET status: what it says never contradicts the log, and after the drain it says all. */
function checkStatuses(ledger: Ledger, verdicts: Map<string, Verdict>): void {
  for (const { isFinal, id, status, modelVersion, reason } of ledger.statuses) {
    const verdict = verdicts.get(id);
    if (status === "queued" && !(isFinal && verdict)) continue;
    const expected = verdict && { status: verdict.reason ? "rejected" : "applied", ...verdict };
    const isRight =
      status === expected?.status && modelVersion === expected.modelVersion && reason === expected.reason;
    if (!isRight) {
      const told = JSON.stringify({ status, modelVersion, reason });
      throw new Violation(`I1: the status of ${id} reads ${told}, the log says ${JSON.stringify(expected)}`);
    }
  }
}

/** How often the log says that each cell was taken 1 from, by version. */
class ExpectedMatrix {
  private readonly changes: { version: number; cell: Cell }[] = [];
  private readonly erased: { version: number; row: number } | null;
  private readonly ledger: Ledger;

  constructor(ledger: Ledger, history: readonly LoggedCommit[]) {
    this.ledger = ledger;
    const leaves = history.filter((commit) => commit.applied.length + commit.rejected.length === 0);
    if (leaves.length > 1) throw new Violation(`I2: ${leaves.length} commits say nothing`);
    const row = ledger.leavingRow;
    this.erased = leaves.length === 0 || row === null ? null : { version: leaves[0].modelVersion, row };
    for (const { modelVersion, applied } of history) {
      for (const id of applied) {
        for (const cell of ledger.promised.get(id)!.cells) this.changes.push({ version: modelVersion, cell });
      }
    }
  }

  /** Values at a version, row-major, with float32's rounding. */
  at(modelVersion: number, rowCount: number): Float32Array {
    const { width, initialRows } = this.ledger;
    const values = new Float32Array(rowCount * width);
    for (let row = 0; row < rowCount; row++) values.set(initialRows[row], row * width);
    for (const { version, cell } of this.changes) {
      if (version <= modelVersion) values[cell.row * width + cell.column] -= 1;
    }
    if (this.erased && this.erased.version <= modelVersion) {
      values.fill(0, this.erased.row * width, (this.erased.row + 1) * width);
    }
    return values;
  }
}

/** I1 and I2, by the matrix: what was read is the state of one version, each applied gradient in it once. */
function checkReading(reading: Reading, expected: ExpectedMatrix, width: number): void {
  const { reader, modelVersion, rowCount, values } = reading;
  const right = expected.at(modelVersion, rowCount);
  if (values.length !== right.length) throw new Violation(`I2: ${reader}: ${values.length} values`);
  const at = values.findIndex((value, i) => value !== right[i]);
  if (at < 0) return;
  const times = Math.round(right[at] - values[at]);
  const place = `row ${Math.floor(at / width)}, column ${at % width}`;
  throw new Violation(
    `I1/I2: ${reader} at version ${modelVersion}: ${place} is ${values[at]}, by the log ${right[at]} (${times} off)`,
  );
}

/** I3: the dead letters are the poison, each once. */
function checkDeadLetters(ledger: Ledger, dead: readonly Delivered[]): void {
  const ids = dead.map((message) => message.messageId).sort();
  const expected = [...ledger.poison].sort();
  if (ids.join() === expected.join()) return;
  const healthy = dead.filter((message) => !ledger.poison.has(message.messageId));
  throw new Violation(
    `I3: ${ids.length} dead letters, ${expected.length} poison messages; ${healthy.length} of them were gradients`,
  );
}

/** Throws the first violation; answers how many commits there were. */
export async function checkInvariants(
  ledger: Ledger,
  community: string,
  dead: readonly Delivered[],
): Promise<number> {
  const history = await readHistory(community, 1, 10_000, clockMs());
  const verdicts = verdictsOf(history);
  checkVerdicts(ledger, verdicts);
  checkHistory(history, ledger.latestVersion);
  checkStatuses(ledger, verdicts);
  const expected = new ExpectedMatrix(ledger, history);
  for (const reading of ledger.readings) checkReading(reading, expected, ledger.width);
  checkDeadLetters(ledger, dead);
  return history.length;
}
