/**
 * The terms of a secure sum: what all of its reports must have in common to be added up. They are
 * fixed for the sum, and each report is bound to them, so neither server can have devices answer to
 * different ones within a sum.
 */
import type { Settings } from "../community/settings.ts";

export interface SumTerms {
  sum: number;
  /**
   * Other after the community was made anew or went back to a kept version: sums of one number are then two.
   */
  epoch: string;
  rowCount: number;
  factors: number;
  sumMembersMin: number;
  sumMembersMax: number;
  clipFactor: number;
  clipBias: number;
}

/** The terms that a sum has if it is opened now. */
export function termsOf(
  sum: number,
  model: { rowCount: number; settings: Settings; createdAtMs: number; restoredVersion: number },
): SumTerms {
  const { rowCount, createdAtMs, restoredVersion } = model;
  const { factors, sumMembersMin, sumMembersMax, clipFactor, clipBias } = model.settings;
  const epoch = `${createdAtMs}.${restoredVersion}`;
  return { sum, epoch, rowCount, factors, sumMembersMin, sumMembersMax, clipFactor, clipBias };
}

/**
 * The terms of the open sum: fixed by its first report, and before that what the
 * community's state makes them.
 */
export function openTerms(
  head: Parameters<typeof termsOf>[1] & { openSum: number },
  fixed: SumTerms | null,
): SumTerms {
  return fixed ?? termsOf(head.openSum, head);
}

export const valueCountOf = ({ rowCount, factors }: SumTerms): number => rowCount * (factors + 1);

/** SHA-256 of the terms, by which devices and the helper know them. */
export async function termsHash(terms: SumTerms): Promise<Uint8Array<ArrayBuffer>> {
  const { sum, epoch, rowCount, factors, sumMembersMin, sumMembersMax, clipFactor, clipBias } = terms;
  const fields = [sum, epoch, rowCount, factors, sumMembersMin, sumMembersMax, clipFactor, clipBias];
  const bytes = new TextEncoder().encode(JSON.stringify(fields));
  return new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes));
}
