/**
 * Reads a piece of a CSV file: whole lines with their numbers, and where the next piece begins. csv-parse
 * reads fields and quotes; a line that it cannot read is rejected alone, and reading goes on behind it.
 */
import { CsvError, parse } from "csv-parse/sync";
import { IMPORT_LINE_BYTES_MAX } from "../../../domain/limits.ts";

export interface CsvLine {
  /** Where it begins; the first line of the file is 1. */
  line: number;
  /** Or why it has none. */
  fields: string[] | { reason: string };
}

export interface CsvPiece {
  lines: CsvLine[];
  /** Of the piece, what is read. */
  byteCount: number;
  /** Line ends among it. */
  lineEnds: number;
}

/** What is wrong with the whole file. */
export interface CsvFault {
  fault: string;
}

const LINE_END = 10;
const TOO_LONG = `is longer than ${IMPORT_LINE_BYTES_MAX} bytes: a quote may not be closed, or lines may not end in line feeds`;
const CLOSED = { CSV_QUOTE_NOT_CLOSED: "has a quote that is not closed" } as Record<string, string>;
const ARCHIVES: [name: string, bytes: number[]][] = [
  ["a zip archive", [0x50, 0x4b, 0x03, 0x04]],
  ["compressed by gzip", [0x1f, 0x8b]],
];

const beginsWith = (bytes: Uint8Array, start: readonly number[]) => start.every((one, n) => bytes[n] === one);

/** The bytes of a mark that says UTF-8, at the beginning of a file. */
export function markLength(bytes: Uint8Array): number {
  return beginsWith(bytes, [0xef, 0xbb, 0xbf]) ? 3 : 0;
}

/** Tells an archive by its first bytes. */
export function archiveFault(bytes: Uint8Array): CsvFault | null {
  const found = ARCHIVES.find(([, start]) => beginsWith(bytes, start));
  return found ? { fault: `the file is ${found[0]}, and must be CSV` } : null;
}

interface Place {
  at: number;
  line: number;
}

/** The place `to`, counted on from another. */
function countedTo(bytes: Uint8Array, { at, line }: Place, to: number): Place {
  let count = line;
  for (let end = bytes.indexOf(LINE_END, at); end >= 0 && end < to; end = bytes.indexOf(LINE_END, end + 1))
    count++;
  return { at: to, line: count };
}

/** Behind empty lines. */
function lineStart(bytes: Uint8Array, from: Place, end: number): Place {
  let { at, line } = from;
  for (; at < end && (bytes[at] === LINE_END || bytes[at] === 13); at++) if (bytes[at] === LINE_END) line++;
  return { at, line };
}

/**
 * Reads lines until the end, or until one that csv-parse cannot read; answers where that one begins, and its
 * error.
 */
function readLines(bytes: Buffer, from: Place, end: number, lines: CsvLine[]) {
  let place = lineStart(bytes, from, end);
  try {
    parse(bytes.subarray(from.at, end), {
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: IMPORT_LINE_BYTES_MAX,
      on_record(fields, read) {
        lines.push({ line: place.line, fields });
        place = lineStart(bytes, countedTo(bytes, place, from.at + read.bytes), end);
        return null;
      },
    });
    return { place: countedTo(bytes, place, end), code: null };
  } catch (error) {
    if (error instanceof CsvError) return { place, code: error.code as string };
    throw error;
  }
}

/**
 * `isEnd`: behind the piece there is nothing more. Else what follows its last line end, or a quote that is
 * not closed in it, is for the next piece.
 */
export function readCsvPiece(piece: Uint8Array, line: number, isEnd: boolean): CsvPiece | CsvFault {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
  if (bytes.includes(0)) return { fault: "the file has bytes that are no text in UTF-8" };
  const end = isEnd ? bytes.length : bytes.lastIndexOf(LINE_END) + 1;
  if (end === 0) return { fault: `line ${line} ${TOO_LONG}` };
  const lines: CsvLine[] = [];
  let place: Place = { at: 0, line };
  while (place.at < end) {
    const read = readLines(bytes, place, end, lines);
    place = read.place;
    if (read.code === null) break;
    if (read.code === "CSV_MAX_RECORD_SIZE") return { fault: `line ${place.line} ${TOO_LONG}` };
    if (read.code === "CSV_QUOTE_NOT_CLOSED" && !isEnd) {
      if (end - place.at > IMPORT_LINE_BYTES_MAX) return { fault: `line ${place.line} ${TOO_LONG}` };
      break;
    }
    lines.push({
      line: place.line,
      fields: { reason: CLOSED[read.code] ?? "has a quote in the middle of a field" },
    });
    const lineEnd = bytes.indexOf(LINE_END, place.at);
    place =
      lineEnd < 0 || lineEnd >= end
        ? { at: end, line: place.line }
        : { at: lineEnd + 1, line: place.line + 1 };
  }
  return { lines, byteCount: place.at, lineEnds: place.line - line };
}
