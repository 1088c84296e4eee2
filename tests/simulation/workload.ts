/** The gradients, and what is none, that a seed sends. */

import { encodeBase64 } from "../../src/domain/messages/base64.ts";
import type { Gradient } from "../../src/domain/messages/messages.ts";
import { encodeQueuedGradient } from "../../src/domain/messages/queued-gradient.ts";
import { createUuidV7, timeOfUuidV7, writeUuid } from "../../src/domain/messages/uuid-v7.ts";
import { gradientMessageBody } from "../../src/infra/gradient-queue.ts";
import { senderOf } from "../../src/infra/sender-tags.ts";
import { clockMs } from "./clock.ts";
import type { Cell, GradientKind, Ledger, Promised } from "./ledger.ts";
import type { RandomSource } from "./random-source.ts";

/** Members who post; each gradient is one of theirs. */
export const SENDERS = ["ana", "cleo", "dan"] as const;
const NOBODY = new Uint8Array(16);
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** One to three rows, a cell of its own in each; null when the matrix has no such cell left. */
function takeCells(ledger: Ledger, random: RandomSource): Cell[] | null {
  const cells: Cell[] = [];
  const rowCount = ledger.initialRows.length;
  const rows = new Set(Array.from({ length: random.whole(1, 3) }, () => random.whole(0, rowCount - 1)));
  for (const row of [...rows].sort((a, b) => a - b)) {
    const cell = ledger.takeCell(row, random.next());
    if (cell) cells.push(cell);
  }
  return cells.length > 0 ? cells : null;
}

const SCALE = 64; // 64 and 1/64 have no rounding error in int8 and float32

function int8Of(cells: readonly Cell[], width: number) {
  const values = new Int8Array(cells.length * width);
  cells.forEach((cell, at) => {
    values[at * width + cell.column] = SCALE;
  });
  return { values, scales: new Float32Array(cells.length).fill(1 / SCALE) };
}

function float32Of(cells: readonly Cell[], width: number): Float32Array<ArrayBuffer> {
  const { values } = int8Of(cells, width);
  return Float32Array.from(values, (value) => value / SCALE);
}

function bodyOf(promised: Promised, width: number, random: RandomSource): object {
  const { id, modelVersion, cells } = promised;
  const rows = cells.map((cell) => cell.row);
  const floats = float32Of(cells, width);
  const encoding = random.pick(["json", "f32", "i8"]);
  if (encoding === "json") {
    const values = cells.map((_, at) => Array.from(floats.subarray(at * width, (at + 1) * width)));
    return { id, modelVersion, rows, encoding, values };
  }
  if (encoding === "f32") {
    return { id, modelVersion, rows, encoding, values: encodeBase64(new Uint8Array(floats.buffer)) };
  }
  const { values, scales } = int8Of(cells, width);
  const text = encodeBase64(new Uint8Array(values.buffer));
  return {
    id,
    modelVersion,
    rows,
    encoding,
    values: text,
    scales: encodeBase64(new Uint8Array(scales.buffer)),
  };
}

/** When a client's id was made: mostly now by a clock that may be off, at times hours before the device was online. */
function idTimeMs(random: RandomSource): number {
  if (random.isHit(0.1)) return clockMs() - random.whole(1, 22 * 60) * MINUTE_MS;
  return clockMs() + random.whole(-MINUTE_MS, 4 * MINUTE_MS);
}

function promise(
  ledger: Ledger,
  random: RandomSource,
  kind: GradientKind,
  modelVersion: number,
): Promised | null {
  const cells = takeCells(ledger, random);
  if (!cells) return null;
  const timeMs = kind === "expired" ? clockMs() - 2 * DAY_MS : idTimeMs(random);
  const id = createUuidV7(timeMs, random.next);
  const promised: Promised = {
    ...{ id, kind, modelVersion, cells },
    sender: random.pick(SENDERS),
    newestVersion: ledger.latestVersion,
    isAccepted: false,
    isUncertain: false,
  };
  ledger.add(promised);
  return promised;
}

/** A gradient for a client to post, made against a version it may have: the newest it has read, or an older one. */
export function createPost(ledger: Ledger, random: RandomSource, isStale: boolean): Promised | null {
  const newest = ledger.latestVersion;
  const oldest = Math.max(0, newest - ledger.stalenessVersionsMax - 2);
  const promised = promise(ledger, random, "fit", isStale ? random.whole(oldest, newest) : newest);
  if (promised) promised.body = bodyOf(promised, ledger.width, random);
  return promised;
}

/** A readable message that the API would not have let through, and why the consumer must reject it. */
export async function createUnfit(
  ledger: Ledger,
  random: RandomSource,
  community: string,
): Promise<{ promised: Promised; body: string } | null> {
  const kind = random.pick(["shape", "norm", "expired"] as const);
  const promised = promise(ledger, random, kind, ledger.latestVersion);
  if (!promised) return null;
  const { width } = ledger;
  const values = float32Of(promised.cells, width);
  const rows = Uint32Array.from(promised.cells, (cell) => cell.row);
  const { id, modelVersion } = promised;
  const gradient: Gradient = { id, modelVersion, rows, width, data: { kind: "f32", values } };
  if (kind === "norm") values[0] = random.pick([Number.NaN, Number.POSITIVE_INFINITY]);
  if (kind === "shape") {
    if (random.isHit(0.5)) rows[rows.length - 1] = 1_000_000;
    else gradient.modelVersion = 1_000_000;
  }
  promised.isAccepted = true;
  return {
    promised,
    body: gradientMessageBody({
      community,
      sender: await senderOf(community, promised.sender),
      gradient,
    })!,
  };
}

/** A body that is no gradient of any community. */
export function createPoison(random: RandomSource, community: string): string {
  const id = createUuidV7(clockMs(), random.next);
  const gradient: Gradient = {
    id,
    modelVersion: 0,
    rows: Uint32Array.of(0),
    width: 3,
    data: { kind: "f32", values: Float32Array.of(2, 3, 4) },
  };
  const bytes = encodeQueuedGradient({ community, sender: NOBODY, gradient });
  switch (random.pick(["text", "cut", "format", "id", "unknown", "nameless"])) {
    case "text":
      return "{}";
    case "cut":
      return encodeBase64(bytes.subarray(0, random.whole(1, bytes.length - 1)));
    case "format":
      bytes[2] = 9;
      return encodeBase64(bytes);
    case "id":
      writeUuid(`${id.slice(0, 14)}4${id.slice(15)}`, bytes, 16); // a UUIDv4
      return encodeBase64(bytes);
    case "unknown":
      return encodeBase64(encodeQueuedGradient({ community: `no-${community}`, sender: NOBODY, gradient }));
    default:
      return encodeBase64(encodeQueuedGradient({ community: "", sender: NOBODY, gradient }));
  }
}

/** How old an id is by the simulation's clock. */
export function ageMs(id: string): number {
  return clockMs() - timeOfUuidV7(id);
}
