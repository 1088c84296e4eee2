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
}

export interface Counted {
  /** Ids that make the step. */
  applied: Set<string>;
  senders: number;
  bytes: number;
}

/** Of each sender the newest `gradientsPerSumMax` gradients count, by the times in their ids. */
export function countGradients(entries: readonly SumEntry[], gradientsPerSumMax: number | null): Counted {
  const ofSender = Map.groupBy(
    entries.filter((entry) => entry.rejection === null),
    (entry) => entry.senderTag,
  );
  const newest = [...ofSender.values()].flatMap((sent) =>
    gradientsPerSumMax === null || sent.length <= gradientsPerSumMax
      ? sent
      : sent.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, gradientsPerSumMax),
  );
  const bytes = newest.reduce((sum, entry) => sum + entry.bytes, 0);
  return { applied: new Set(newest.map((entry) => entry.id)), senders: ofSender.size, bytes };
}

/** What is to be done with an open sum that has pages; `dueAtMs` is when to look again if nothing comes. */
export type Sealing = { outcome: "wait"; dueAtMs: number } | { outcome: "sealed" | "void"; needed: number };

type SumSettings = Pick<Settings, "sumMembersMin" | "sumSecondsMin" | "sumHoursMax">;

/** `idCount` counts all that were judged. Times run from the first page. */
export function decideSealing(
  sum: { firstPageAtMs: number; idCount: number; senders: number; bytes: number },
  settings: SumSettings,
  memberCount: number,
  nowMs: number,
): Sealing {
  const { firstPageAtMs, senders } = sum;
  const ageMs = nowMs - firstPageAtMs;
  const secondsMs = settings.sumSecondsMin * SECOND_MS;
  const hoursMs = settings.sumHoursMax * HOUR_MS;
  const usual = Math.min(settings.sumMembersMin, Math.max(1, memberCount));
  const atLeast = Math.min(usual, memberCount <= 2 ? 1 : 2);
  const needed = ageMs >= hoursMs ? atLeast : usual;
  const isFull = sum.idCount >= GRADIENTS_PER_SUM_MAX || sum.bytes >= GRADIENT_BYTES_PER_SUM_MAX;
  if (senders >= needed && (isFull || ageMs >= secondsMs)) return { outcome: "sealed", needed };
  if (senders < needed && (isFull || ageMs >= SUM_AGE_MAX_MS)) return { outcome: "void", needed };
  const waitMs = senders >= usual ? secondsMs : ageMs < hoursMs ? hoursMs : SUM_AGE_MAX_MS;
  return { outcome: "wait", dueAtMs: firstPageAtMs + waitMs };
}
