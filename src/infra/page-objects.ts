/**
 * The object of a page: the gradients and reports that one batch added to a sum, each at a multiple of four
 * bytes.
 */
import type { Gradient } from "../domain/messages/messages.ts";
import { decodeQueuedGradient, writeForPage } from "../domain/messages/queued-gradient.ts";
import { decodeReport, isReport, type Report } from "../domain/messages/report.ts";
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
    if (isReport(record)) bytes.set(record, at);
    else writeForPage(record, bytes, at);
    at += aligned(record.length);
  }
  return bytes;
}

/** Of a page, what is wanted. */
export interface PageContent {
  gradients: Gradient[];
  reports: Report[];
}

/**
 * Those of a page's gradients and reports that are `wanted`; gradients through views on its bytes. Throws on
 * another format.
 */
export function decodePage(
  bytes: Uint8Array<ArrayBuffer>,
  { objectKey, entries }: Page,
  wanted: ReadonlySet<string>,
): PageContent {
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint16(0, true);
  if (magic !== MAGIC || bytes[2] !== FORMAT_VERSION)
    throw new Error(`${objectKey} is no v${FORMAT_VERSION} page`);
  const content: PageContent = { gradients: [], reports: [] };
  let at = HEADER_BYTES;
  for (const { id, rejection, bytes: length, isReport } of entries) {
    if (rejection !== null) continue;
    if (wanted.has(id)) {
      const record = bytes.subarray(at, at + length);
      const found = isReport ? decodeReport(record) : (decodeQueuedGradient(record)?.gradient ?? null);
      if (found?.id !== id) throw new Error(`${objectKey} does not hold ${id} at ${at}`);
      if ("share" in found) content.reports.push(found);
      else content.gradients.push(found);
    }
    at += aligned(length);
  }
  return content;
}

/** What of a page is among `wanted`, or null when its object is gone. */
export async function getPage(page: Page, wanted: ReadonlySet<string>): Promise<PageContent | null> {
  if (!page.objectKey || !page.entries.some((entry) => wanted.has(entry.id)))
    return { gradients: [], reports: [] };
  const bytes = await getObject(page.objectKey);
  return bytes && decodePage(bytes, page, wanted);
}
