/** The object of a page: the gradients that one batch added to a sum, each at a multiple of four bytes. */
import type { Gradient } from "../domain/messages/messages.ts";
import { decodeQueuedGradient, writeForPage } from "../domain/messages/queued-gradient.ts";
import { getObject } from "./object-store.ts";
import type { Page } from "./sum-store.ts";

const MAGIC = 0x5054; // 'T' 'P'
const FORMAT_VERSION = 1;
const HEADER_BYTES = 4;

/** Views on four-byte values begin at multiples of four. */
const aligned = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** Received gradients, by their records, as one object. */
export function encodePage(records: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(records.reduce((sum, { length }) => sum + aligned(length), HEADER_BYTES));
  new DataView(bytes.buffer).setUint16(0, MAGIC, true);
  bytes[2] = FORMAT_VERSION;
  let at = HEADER_BYTES;
  for (const record of records) {
    writeForPage(record, bytes, at);
    at += aligned(record.length);
  }
  return bytes;
}

/** Those of a page's gradients that are `wanted`, through views on its bytes. Throws on another format. */
export function decodePage(
  bytes: Uint8Array<ArrayBuffer>,
  { objectKey, entries }: Page,
  wanted: ReadonlySet<string>,
): Gradient[] {
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint16(0, true);
  if (magic !== MAGIC || bytes[2] !== FORMAT_VERSION)
    throw new Error(`${objectKey} is no v${FORMAT_VERSION} page`);
  const gradients: Gradient[] = [];
  let at = HEADER_BYTES;
  for (const { id, rejection, bytes: length } of entries) {
    if (rejection !== null) continue;
    if (wanted.has(id)) {
      const decoded = decodeQueuedGradient(bytes.subarray(at, at + length));
      if (decoded?.gradient.id !== id) throw new Error(`${objectKey} does not hold ${id} at ${at}`);
      gradients.push(decoded.gradient);
    }
    at += aligned(length);
  }
  return gradients;
}

/** The gradients of a page that are among `wanted`, or null when its object is gone. */
export async function getPage(page: Page, wanted: ReadonlySet<string>): Promise<Gradient[] | null> {
  if (!page.objectKey || !page.entries.some((entry) => wanted.has(entry.id))) return [];
  const bytes = await getObject(page.objectKey);
  return bytes && decodePage(bytes, page, wanted);
}
