/**
 * The helper's work on a set of reports: it opens each seal, judges whose it is, and adds up the masks of
 * those that it accepts. It sees seeds alone, never a share.
 */
import { additionalData, type Binding, type SealedSeed } from "../messages/report.ts";
import { addTo, maskOf } from "./masks.ts";
import { isAuthentic, type OpenedSeed, type OpeningKey, openSeed } from "./sealing.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * `unreadable`: sealed for no key of ours, or bound to another sum, id or terms. `unauthentic`: by no
 * registered member, or one whose key is too young. `twice`: a second one of the same member in a sum.
 */
export const VERDICTS = ["accepted", "unreadable", "unauthentic", "twice"] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface ReportSet extends Omit<Binding, "id"> {
  community: string;
  reports: readonly SealedSeed[];
}

export interface OpenedReport {
  aad: Bytes;
  opened: OpenedSeed | null;
}

/** Opens each seal by the first of the keys that can. */
export function openReports(
  keys: readonly OpeningKey[],
  { community, reports, ...binding }: ReportSet,
): Promise<OpenedReport[]> {
  return Promise.all(
    reports.map(async (report) => {
      const aad = additionalData(community, { ...binding, id: report.id });
      for (const key of keys) {
        const opened = await openSeed(key, report, aad);
        if (opened) return { aad, opened };
      }
      return { aad, opened: null };
    }),
  );
}

/** `keys` are those that count by now, by keyId in hexadecimal digits. */
export async function judgeReports(
  opened: readonly OpenedReport[],
  keys: ReadonlyMap<string, Bytes>,
): Promise<Verdict[]> {
  const seen = new Set<string>();
  const verdicts: Verdict[] = [];
  for (const { aad, opened: seal } of opened) {
    const keyId = seal && hexOf(seal.keyId);
    const key = keyId && keys.get(keyId);
    if (!seal) verdicts.push("unreadable");
    else if (!key || !(await isAuthentic(key, aad, seal))) verdicts.push("unauthentic");
    else if (seen.has(keyId)) verdicts.push("twice");
    else verdicts.push("accepted");
    if (verdicts.at(-1) === "accepted") seen.add(keyId!);
  }
  return verdicts;
}

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * The sum of the masks of the accepted reports, modulo 2^16; null where one of them can no longer be opened.
 */
export async function sumMasks(
  opened: readonly OpenedReport[],
  verdicts: readonly Verdict[],
  valueCount: number,
): Promise<Uint16Array<ArrayBuffer> | null> {
  const sum = new Uint16Array(valueCount);
  for (const [n, { opened: seal }] of opened.entries()) {
    if (verdicts[n] !== "accepted") continue;
    if (!seal) return null;
    addTo(sum, await maskOf(seal.seed, valueCount));
  }
  return sum;
}
