/**
 * A report: what a device sends in place of a gradient where sums are secure. The share is for the leader,
 * which is this system; what is sealed (`enc`, `ct`) is for the helper alone. Little-endian:
 *
 *     0 'T' 'R'  2 version  3 bits of a value  4 u32 sum  8 u32 modelVersion  12 u32 value count n  16 id
 *     32 enc[32]  64 u16 bytes of ct  66 ct[81]  147 u16 share[n]
 */
import { isUuidV7At, readUuid, writeUuid } from "./uuid-v7.ts";

const MAGIC = 0x5254;
export const REPORT_VERSION = 1;
const BITS = 16;
const ENC_AT = 32;
export const ENC_BYTES = 32;
const CT_LENGTH_AT = ENC_AT + ENC_BYTES;
const CT_AT = CT_LENGTH_AT + 2;
export const CT_BYTES = 81;
const SHARE_AT = CT_AT + CT_BYTES;

/** What is sealed, and what the seal is bound to. */
export interface SealedSeed {
  id: string;
  enc: Uint8Array<ArrayBuffer>;
  ct: Uint8Array<ArrayBuffer>;
}

export interface Report extends SealedSeed {
  /** The one sum that it may count in. */
  sum: number;
  modelVersion: number;
  /** (gradient - mask) mod 2^16, row-major. */
  share: Uint16Array<ArrayBuffer>;
}

export const reportBytes = (valueCount: number): number => SHARE_AT + 2 * valueCount;

export function encodeReport({ id, enc, ct, sum, modelVersion, share }: Report): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(reportBytes(share.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, MAGIC, true);
  view.setUint8(2, REPORT_VERSION);
  view.setUint8(3, BITS);
  view.setUint32(4, sum, true);
  view.setUint32(8, modelVersion, true);
  view.setUint32(12, share.length, true);
  writeUuid(id, bytes, 16);
  bytes.set(enc, ENC_AT);
  view.setUint16(CT_LENGTH_AT, ct.length, true);
  bytes.set(ct, CT_AT);
  bytes.set(new Uint8Array(share.buffer, share.byteOffset, share.byteLength), SHARE_AT);
  return bytes;
}

/** Whether a record of a page is a report, by how it begins. */
export const isReport = (record: Uint8Array): boolean =>
  record[0] === (MAGIC & 255) && record[1] === MAGIC >> 8;

/** Reads a report, its parts in buffers of their own, or answers null: whatever this is, it is not one. */
export function decodeReport(bytes: Uint8Array<ArrayBuffer>): Report | null {
  if (bytes.length < SHARE_AT) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isOurs = view.getUint16(0, true) === MAGIC && view.getUint8(2) === REPORT_VERSION;
  if (!isOurs || view.getUint8(3) !== BITS || !isUuidV7At(bytes, 16)) return null;
  const valueCount = view.getUint32(12, true);
  if (view.getUint16(CT_LENGTH_AT, true) !== CT_BYTES || bytes.length !== reportBytes(valueCount))
    return null;
  return {
    id: readUuid(bytes, 16),
    sum: view.getUint32(4, true),
    modelVersion: view.getUint32(8, true),
    enc: bytes.slice(ENC_AT, CT_LENGTH_AT),
    ct: bytes.slice(CT_AT, SHARE_AT),
    share: new Uint16Array(bytes.slice(SHARE_AT).buffer),
  };
}

/** What a seal is bound to beside the community. */
export interface Binding {
  sum: number;
  id: string;
  valueCount: number;
  /** SHA-256 of what the sum fixes. */
  termsHash: Uint8Array;
}

/** version u8, sum u32, id 16, value count u32, hash of the terms 32, community in UTF-8. */
export function additionalData(
  community: string,
  { sum, id, valueCount, termsHash }: Binding,
): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(community);
  const bytes = new Uint8Array(57 + name.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, REPORT_VERSION);
  view.setUint32(1, sum, true);
  writeUuid(id, bytes, 5);
  view.setUint32(21, valueCount, true);
  bytes.set(termsHash, 25);
  bytes.set(name, 57);
  return bytes;
}
