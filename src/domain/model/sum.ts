/**
 * Sums: when the gradients of several members have waited enough to make one step of the model, and which of them count. No
 * step is made of fewer members' gradients than `needed`, so no reader of the model can tell one member's part.
 */
import type { Settings } from "../community/settings.ts";
import { GRADIENT_BYTES_PER_SUM_MAX, GRADIENTS_PER_SUM_MAX, SUM_AGE_MAX_MS } from "../limits.ts";
import type { Rejection } from "./judging.ts";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

/** One judged id of a sum. `bytes` is what its gradient takes in the page; rejected ones have none. */
export interface SumEntry {
  id: string;
  senderTag: string;
  rejection: Rejection | null;
  bytes: number;
  /** A report, of which no server alone can read a value. */
  isReport?: boolean;
}

/** How many members' reports make a step, at least and at most. */
export interface ReportBounds {
  sumMembersMin: number;
  sumMembersMax: number;
}

export interface Counted {
  /** Ids that make the step. */
  applied: Set<string>;
  senders: number;
  bytes: number;
  /** Members whose reports count. */
  reporters: number;
  /** Ids of reports that found the sum full. */
  late: Set<string>;
}

/**
 * Of each sender the newest `gradientsPerSumMax` gradients count, by the times in their ids; of reports one,
 * and of no more members than `reports` says.
 */
export function countGradients(
  entries: readonly SumEntry[],
  gradientsPerSumMax: number | null,
  reports?: ReportBounds,
): Counted {
  const ofSender = Map.groupBy(
    entries.filter((entry) => entry.rejection === null),
    (entry) => `${entry.senderTag}${entry.isReport ? " report" : ""}`,
  );
  const all = [...ofSender.values()].flatMap((sent) => {
    const most = sent[0].isReport ? 1 : gradientsPerSumMax;
    return most === null || sent.length <= most
      ? sent
      : sent.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, most);
  });
  const sealed = all.filter((entry) => entry.isReport);
  const late = new Set(sealed.slice(reports?.sumMembersMax ?? 0).map((entry) => entry.id));
  const newest = all.filter((entry) => !late.has(entry.id));
  const bytes = newest.reduce((sum, entry) => sum + entry.bytes, 0);
  const senders = new Set(newest.map((entry) => entry.senderTag)).size;
  const applied = new Set(newest.map((entry) => entry.id));
  return { applied, senders, bytes, reporters: sealed.length - late.size, late };
}

/** What is to be done with an open sum that has pages; `dueAtMs` is when to look again if nothing comes. */
export type Sealing = { outcome: "wait"; dueAtMs: number } | { outcome: "sealed" | "void"; needed: number };

type SumSettings = Pick<Settings, "sumMembersMin" | "sumSecondsMin" | "sumHoursMax">;

interface OpenSum {
  firstPageAtMs: number;
  /** All that were judged. */
  idCount: number;
  senders: number;
  bytes: number;
  reporters?: number;
  reports?: ReportBounds;
}

const isFull = ({ idCount, bytes }: OpenSum): boolean =>
  idCount >= GRADIENTS_PER_SUM_MAX || bytes >= GRADIENT_BYTES_PER_SUM_MAX;

/**
 * With reports no time makes fewer members enough: whoever they are, the helper would tell nothing of fewer.
 */
function decideSecureSealing(
  sum: OpenSum,
  { sumMembersMin, sumMembersMax }: ReportBounds,
  secondsMs: number,
  nowMs: number,
): Sealing {
  const { firstPageAtMs, reporters = 0 } = sum;
  const ageMs = nowMs - firstPageAtMs;
  const hasEnough = reporters >= sumMembersMin;
  if (hasEnough && (reporters >= sumMembersMax || isFull(sum) || ageMs >= secondsMs))
    return { outcome: "sealed", needed: sumMembersMin };
  if (!hasEnough && (isFull(sum) || ageMs >= SUM_AGE_MAX_MS))
    return { outcome: "void", needed: sumMembersMin };
  return { outcome: "wait", dueAtMs: firstPageAtMs + (hasEnough ? secondsMs : SUM_AGE_MAX_MS) };
}

/** Times run from the first page. */
export function decideSealing(
  sum: OpenSum,
  settings: SumSettings,
  memberCount: number,
  nowMs: number,
): Sealing {
  const { firstPageAtMs, senders } = sum;
  const ageMs = nowMs - firstPageAtMs;
  const secondsMs = settings.sumSecondsMin * SECOND_MS;
  if (sum.reports && sum.reporters) return decideSecureSealing(sum, sum.reports, secondsMs, nowMs);
  const hoursMs = settings.sumHoursMax * HOUR_MS;
  const usual = Math.min(settings.sumMembersMin, Math.max(1, memberCount));
  const atLeast = Math.min(usual, memberCount <= 2 ? 1 : 2);
  const needed = ageMs >= hoursMs ? atLeast : usual;
  if (senders >= needed && (isFull(sum) || ageMs >= secondsMs)) return { outcome: "sealed", needed };
  if (senders < needed && (isFull(sum) || ageMs >= SUM_AGE_MAX_MS)) return { outcome: "void", needed };
  const waitMs = senders >= usual ? secondsMs : ageMs < hoursMs ? hoursMs : SUM_AGE_MAX_MS;
  return { outcome: "wait", dueAtMs: firstPageAtMs + waitMs };
}
