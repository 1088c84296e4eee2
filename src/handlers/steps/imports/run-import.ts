/**
 * An import, step by step: upload, check (if it is all or nothing), load, train (ratings), clean. What each
 * step leaves stands in the import's item, and each may be done again, so an import that was stopped anywhere
 * goes on.
 */
import {
  IMPORT_BYTES_MAX,
  IMPORT_EXPIRY_MS,
  IMPORT_PIECE_BYTES,
  IMPORT_RATINGS_PIECE_BYTES,
  IMPORT_REJECTIONS_TOLD_MAX,
  IMPORT_STEP_RESERVE_MS,
  PAGE_IMPORTS_MAX,
} from "../../../domain/limits.ts";
import { headingFault, type ImportKind, parseLine } from "../../../domain/messages/import-messages.ts";
import { readHead } from "../../../infra/head-store.ts";
import {
  type DueImport,
  deleteFile,
  findFile,
  type Import,
  NO_PROGRESS,
  noteImport,
  type Progress,
  type Rejection,
  readFilePiece,
  readImports,
  removeImport,
  takeLease,
} from "../../../infra/import-store.ts";
import { writeNoticeOnce } from "../../../infra/notice-store.ts";
import { logEvent } from "../log.ts";
import type { TimeBudget } from "../time-limit.ts";
import { archiveFault, type CsvFault, type CsvLine, markLength, readCsvPiece } from "./csv-piece.ts";
import { itemLines } from "./items.ts";
import { type LineKind, type NumberedLine, type Passed, passLines } from "./lines.ts";
import { memberLines } from "./members.ts";
import { ratingLines } from "./ratings.ts";
import { readTrainees, refreshFactors, type Trainees, trainOneSum } from "./train.ts";

const PIECE_BYTES: Record<ImportKind, number> = {
  members: IMPORT_PIECE_BYTES,
  items: IMPORT_PIECE_BYTES,
  ratings: IMPORT_RATINGS_PIECE_BYTES,
};

/** Tries that told nothing; from then on an import has failed. At a lease each they are an hour. */
const ATTEMPTS_MAX = 12;

/** What an invocation keeps between the steps of an import. */
interface Memory {
  trainees?: Trainees;
}

const failed = (one: Import, failure: string): Import => ({ ...one, failure, step: "clean" });

/** `waiting`: there is nothing to do before the next tick. `gone`: its community is. */
type Step = Import | "waiting" | "gone";

async function awaitUpload(one: Import, nowMs: number): Promise<Step> {
  const file = await findFile(one);
  if (!file) {
    if (nowMs - one.createdAtMs < IMPORT_EXPIRY_MS) return "waiting";
    return { ...one, status: "expired", step: "end", endedAtMs: nowMs };
  }
  if (await isBehind(one)) return "waiting";
  const running: Import = { ...one, file, status: "running", startedAtMs: nowMs, step: firstStep(one) };
  if (file.byteCount === 0) return failed(running, "the file is empty");
  if (file.byteCount > IMPORT_BYTES_MAX)
    return failed(running, `the file has ${file.byteCount} bytes, and may have ${IMPORT_BYTES_MAX}`);
  return running;
}

/**
 * Whether one that was asked for before still runs: ratings need the members and items of the files before
 * theirs.
 */
async function isBehind({ community, id }: Import): Promise<boolean> {
  const { values } = await readImports(community, undefined, PAGE_IMPORTS_MAX);
  return values.some((other) => other.id < id && other.status === "running");
}

const firstStep = ({ isAllOrNothing }: Import): Import["step"] => (isAllOrNothing ? "check" : "load");

/** Lines of a piece as values, and those that are none. */
function parsedLines(one: Import, lines: readonly CsvLine[], nowMs: number) {
  const values: NumberedLine<never>[] = [];
  const rejections: Rejection[] = [];
  for (const { line, fields } of lines) {
    const parsed = "reason" in fields ? fields : parseLine(one.kind, one.heading!, fields, nowMs);
    if ("reason" in parsed) rejections.push({ line, reason: parsed.reason });
    else values.push({ line, value: parsed.value as never });
  }
  return { values, rejections };
}

async function pass(one: Import, values: readonly NumberedLine<never>[], nowMs: number) {
  const { community, kind, step, progress } = one;
  const options = { isCheck: step === "check", rowsTaken: progress.newRows, nowMs };
  const kinds: Record<ImportKind, LineKind<never>> = {
    members: memberLines,
    items: itemLines,
    ratings: ratingLines(one),
  };
  return passLines(kinds[kind], community, values, options);
}

function advanced(
  progress: Progress,
  passed: Passed,
  rejections: readonly Rejection[],
  read: { byteCount: number; lineEnds: number },
): Progress {
  const wrong = [...rejections, ...passed.rejections].sort((a, b) => a.line - b.line);
  return {
    position: progress.position + read.byteCount,
    lines: progress.lines + read.lineEnds,
    accepted: progress.accepted + passed.accepted,
    rejected: progress.rejected + wrong.length,
    rejections: [...progress.rejections, ...wrong].slice(0, IMPORT_REJECTIONS_TOLD_MAX),
    newRows: progress.newRows + passed.newRows,
  };
}

/** The heading, from the first lines of a file, and the file's fault where it is none. */
function readHeading(one: Import, [first]: readonly CsvLine[]): CsvFault | string[] {
  if (!first || "reason" in first.fields) return { fault: "the file has no heading" };
  const fault = headingFault(one.kind, first.fields);
  return fault === null ? first.fields : { fault };
}

/** Reads the next piece of the file and checks or loads its lines. */
async function passPiece(one: Import, nowMs: number): Promise<Step> {
  const { progress, file } = one;
  const bytes = await readFilePiece(one, progress.position, PIECE_BYTES[one.kind]);
  if (!bytes) return failed(one, "the file was replaced or deleted after its import began");
  const isFirst = one.heading === undefined;
  const archive = isFirst ? archiveFault(bytes) : null;
  if (archive) return failed(one, archive.fault);
  const mark = isFirst ? markLength(bytes) : 0;
  const isEnd = progress.position + bytes.length >= file!.byteCount;
  const read = readCsvPiece(bytes.subarray(mark), progress.lines + 1, isEnd);
  if ("fault" in read) return failed(one, read.fault);
  const heading = one.heading ?? readHeading(one, read.lines);
  if (!Array.isArray(heading)) return failed(one, heading.fault);
  const begun: Import = { ...one, heading };
  const { values, rejections } = parsedLines(begun, isFirst ? read.lines.slice(1) : read.lines, nowMs);
  const passed = await pass(begun, values, nowMs);
  if (!passed) return "gone";
  const done = { byteCount: mark + read.byteCount, lineEnds: read.lineEnds };
  const next = { ...begun, progress: advanced(progress, passed, rejections, done) };
  return next.progress.position < file!.byteCount ? next : afterFile(next);
}

/** What follows a pass over the file. */
function afterFile(one: Import): Import {
  const { step, kind, progress } = one;
  if (step === "load")
    return { ...one, step: kind === "ratings" && progress.accepted > 0 ? "train" : "clean" };
  if (progress.rejected > 0) return failed(one, "a line is wrong, so nothing is loaded");
  return { ...one, step: "load", progress: NO_PROGRESS, heading: undefined };
}

async function train(one: Import, memory: Memory, nowMs: number): Promise<Step> {
  const { community } = one;
  const head = await readHead(community);
  if (!head) return "gone";
  memory.trainees ??= await readTrainees(head);
  const training = await trainOneSum(one, memory.trainees, nowMs);
  if (training) return { ...one, training };
  await refreshFactors(community, memory.trainees);
  return { ...one, step: "clean" };
}

/** Nobody needs the file any more. The notice is one however often this step is done. */
async function clean(one: Import, nowMs: number): Promise<Step> {
  const { community, id: importId, kind, failure } = one;
  const status = failure === undefined ? "finished" : "failed";
  await deleteFile(one);
  const told = { event: "import.finished", facts: { importId, kind, status } } as const;
  await writeNoticeOnce(community, told, nowMs, `import.finished-${importId}`);
  return { ...one, status, step: "end", endedAtMs: nowMs };
}

function takeStep(one: Import, memory: Memory, nowMs: number): Promise<Step> {
  switch (one.step) {
    case "upload":
      return awaitUpload(one, nowMs);
    case "check":
    case "load":
      return passPiece(one, nowMs);
    case "train":
      return train(one, memory, nowMs);
    default:
      return clean(one, nowMs);
  }
}

function logEnd(one: Import): void {
  const { community, id, kind, status, failure, progress, startedAtMs, endedAtMs } = one;
  const { accepted, rejected } = progress;
  const seconds = startedAtMs === undefined ? 0 : Math.round((endedAtMs! - startedAtMs) / 1000);
  logEvent("run-imports", { community, id, kind, status, failure, accepted, rejected, seconds });
}

/** Goes on with an import, as far as there is time for it; at least one step, so that it comes to an end. */
export async function runImport(due: DueImport, budget: TimeBudget): Promise<void> {
  const taken = await takeLease(due, Date.now());
  if (!taken) return;
  const { holder, attempts } = taken;
  let { one } = taken;
  const memory: Memory = {};
  if (attempts > ATTEMPTS_MAX && one.step !== "clean")
    one = failed(one, `the step '${one.step}' came to an error ${ATTEMPTS_MAX} times`);
  for (;;) {
    const next = await takeStep(one, memory, Date.now());
    if (next === "gone") {
      await deleteFile(one);
      return removeImport(due);
    }
    if (next !== "waiting") one = next;
    const isOver = one.step === "end";
    const mustStop = next === "waiting" || budget.getRemainingTimeInMillis() < IMPORT_STEP_RESERVE_MS;
    if (!(await noteImport({ one, holder }, Date.now(), mustStop))) return;
    if (isOver) logEnd(one);
    if (isOver || mustStop) return;
  }
}
