/**
 * A checked gradient as it waits in the queue and in a page: one flat buffer, so that the consumer reads it through views and
 * parses no text. In the queue it names the community and, by a keyed hash, its sender; in a page neither. Little-endian:
 *
 *     0 'T' 'G'  2 format version  3 kind (0 f32, 1 i8)  4 u32 modelVersion  8 u32 row count n  12 u16 width w
 *     14 u16 bytes of the community's name  16 id  32 sender  48 u32 rows[n]
 *     then  f32 values[n*w]  |  f32 scales[n], i8 values[n*w]  and the community's name in UTF-8
 */
import type { Gradient } from "./messages.ts";
import { isUuidV7At, readUuid, writeUuid } from "./uuid-v7.ts";

const MAGIC = 0x4754;
const FORMAT_VERSION = 2;
const HEADER_BYTES = 48;
const NAME_BYTES_AT = 14;
const SENDER_AT = 32;
export const SENDER_BYTES = 16;
const KIND = { f32: 0, i8: 1 } as const;
const utf8 = new TextDecoder();

export interface QueuedGradient {
  community: string;
  /** A keyed hash of community and userId, SENDER_BYTES long; zeros in a page. */
  sender: Uint8Array;
  gradient: Gradient;
}

/** One that was read. */
export interface ReceivedGradient extends QueuedGradient {
  /** All of it but the community's name. */
  record: Uint8Array<ArrayBuffer>;
}

const valueBytes = (kind: number, rowCount: number, width: number): number =>
  kind === KIND.f32 ? rowCount * width * 4 : rowCount * 4 + rowCount * width;

export function encodeQueuedGradient(queued: QueuedGradient): Uint8Array<ArrayBuffer> {
  const { community, sender, gradient } = queued;
  const { rows, width, data } = gradient;
  const name = new TextEncoder().encode(community);
  const nameAt = HEADER_BYTES + rows.length * 4 + valueBytes(KIND[data.kind], rows.length, width);
  const bytes = new Uint8Array(nameAt + name.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, MAGIC, true);
  view.setUint8(2, FORMAT_VERSION);
  view.setUint8(3, KIND[data.kind]);
  view.setUint32(4, gradient.modelVersion, true);
  view.setUint32(8, rows.length, true);
  view.setUint16(12, width, true);
  view.setUint16(NAME_BYTES_AT, name.length, true);
  writeUuid(gradient.id, bytes, 16);
  bytes.set(sender, SENDER_AT);
  new Uint32Array(bytes.buffer, HEADER_BYTES, rows.length).set(rows);
  const valuesAt = HEADER_BYTES + rows.length * 4;
  if (data.kind === "f32") {
    new Float32Array(bytes.buffer, valuesAt, data.values.length).set(data.values);
  } else {
    new Float32Array(bytes.buffer, valuesAt, rows.length).set(data.scales);
    new Int8Array(bytes.buffer, valuesAt + rows.length * 4).set(data.values);
  }
  bytes.set(name, nameAt);
  return bytes;
}

/** Reads a queued gradient through views on `bytes`, or answers null: whatever this is, it is not one. */
export function decodeQueuedGradient(bytes: Uint8Array<ArrayBuffer>): ReceivedGradient | null {
  if (bytes.length < HEADER_BYTES) return null;
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  const view = new DataView(buffer, byteOffset, aligned.length);
  if (view.getUint16(0, true) !== MAGIC || view.getUint8(2) !== FORMAT_VERSION || !isUuidV7At(aligned, 16))
    return null;
  const kind = view.getUint8(3);
  const rowCount = view.getUint32(8, true);
  const width = view.getUint16(12, true);
  const nameBytes = view.getUint16(NAME_BYTES_AT, true);
  const valuesAt = HEADER_BYTES + rowCount * 4;
  const nameAt = valuesAt + valueBytes(kind, rowCount, width);
  if (kind > KIND.i8 || aligned.length !== nameAt + nameBytes) return null;
  const count = rowCount * width;
  const data: Gradient["data"] =
    kind === KIND.f32
      ? { kind: "f32", values: new Float32Array(buffer, byteOffset + valuesAt, count) }
      : {
          kind: "i8",
          scales: new Float32Array(buffer, byteOffset + valuesAt, rowCount),
          values: new Int8Array(buffer, byteOffset + valuesAt + rowCount * 4, count),
        };
  const gradient: Gradient = {
    id: readUuid(aligned, 16),
    modelVersion: view.getUint32(4, true),
    rows: new Uint32Array(buffer, byteOffset + HEADER_BYTES, rowCount),
    width,
    data,
  };
  const community = nameBytes === 0 ? "" : utf8.decode(aligned.subarray(nameAt));
  const sender = aligned.subarray(SENDER_AT, SENDER_AT + SENDER_BYTES);
  return { community, sender, gradient, record: aligned.subarray(0, nameAt) };
}

/** Writes what a page holds of a received gradient: the record, without whose and where it is. */
export function writeForPage(record: Uint8Array, page: Uint8Array, at: number): void {
  page.set(record, at);
  page.fill(0, at + NAME_BYTES_AT, at + NAME_BYTES_AT + 2);
  page.fill(0, at + SENDER_AT, at + SENDER_AT + SENDER_BYTES);
}
