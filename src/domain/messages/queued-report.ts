/**
 * A report as it waits in the queue, beside gradients: with the community's name and, by a keyed hash, its
 * sender. A page holds the report alone. Little-endian:
 *
 *     0 'T' 'Q'  2 format version  3 bytes of the community's name  4 sender[16]  20 report, name in UTF-8
 */
import { SENDER_BYTES } from "./queued-gradient.ts";
import { decodeReport, type Report } from "./report.ts";

const MAGIC = 0x5154;
const FORMAT_VERSION = 1;
const SENDER_AT = 4;
const REPORT_AT = SENDER_AT + SENDER_BYTES;

export interface ReceivedReport {
  community: string;
  sender: Uint8Array;
  gradient: Report;
  /** The report as it was posted. */
  record: Uint8Array<ArrayBuffer>;
}

export function encodeQueuedReport(
  community: string,
  sender: Uint8Array,
  report: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(community);
  const bytes = new Uint8Array(REPORT_AT + report.length + name.length);
  new DataView(bytes.buffer).setUint16(0, MAGIC, true);
  bytes[2] = FORMAT_VERSION;
  bytes[3] = name.length;
  bytes.set(sender, SENDER_AT);
  bytes.set(report, REPORT_AT);
  bytes.set(name, REPORT_AT + report.length);
  return bytes;
}

/** Reads a queued report, or answers null: whatever this is, it is not one. */
export function decodeQueuedReport(bytes: Uint8Array<ArrayBuffer>): ReceivedReport | null {
  if (bytes.length < REPORT_AT) return null;
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint16(0, true);
  if (magic !== MAGIC || bytes[2] !== FORMAT_VERSION) return null;
  const nameAt = bytes.length - bytes[3];
  if (nameAt < REPORT_AT) return null;
  const record = bytes.subarray(REPORT_AT, nameAt);
  const gradient = decodeReport(record);
  const community = new TextDecoder().decode(bytes.subarray(nameAt));
  return gradient && { community, sender: bytes.subarray(SENDER_AT, REPORT_AT), gradient, record };
}
