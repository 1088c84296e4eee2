/** Bytes of messages on the wire, as JSON with base64, headers apart. */
import type { Gradient } from "../../src/domain/messages/messages.ts";

const ENVELOPE_BYTES = 120;

const base64Bytes = (bytes: number): number => 4 * Math.ceil(bytes / 3);

function valueBytes(rows: number, width: number, encoding: "f32" | "i8"): number {
  return encoding === "f32"
    ? base64Bytes(rows * width * 4)
    : base64Bytes(rows * width) + base64Bytes(rows * 4);
}

const digits = (row: number): number =>
  row < 10 ? 1 : row < 100 ? 2 : row < 1000 ? 3 : row < 10_000 ? 4 : 5;

/** The body of a POSTed gradient. */
export function gradientBytes({ rows, width, data }: Gradient): number {
  let rowBytes = 0;
  for (let n = 0; n < rows.length; n++) rowBytes += 1 + digits(rows[n]);
  return ENVELOPE_BYTES + rowBytes + valueBytes(rows.length, width, data.kind);
}

/**
 * The answer to a model read of so many rows, counted as base64 and without item names. In gzip, as it comes, it is as long with
 * names: 1,682 rows in i8 are 47.3 kB by this count, and 45.4 kB in `--via api`, which counts what was received.
 */
export function modelBytes(rows: number, width: number, encoding: "f32" | "i8"): number {
  return ENVELOPE_BYTES + valueBytes(rows, width, encoding);
}
