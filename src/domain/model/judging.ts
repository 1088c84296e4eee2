/**
 * Judges gradients, each once, when it is gathered. Rejections are outcomes, not errors; their precedence is
 * the order of `rejectionOf`.
 */
import type { Settings } from "../community/settings.ts";
import { CLOCK_SKEW_MAX_MS, GRADIENT_AGE_MAX_MS, GRADIENT_VALUE_MAX } from "../limits.ts";
import type { Gradient } from "../messages/messages.ts";
import type { Report } from "../messages/report.ts";
import { timeOfUuidV7 } from "../messages/uuid-v7.ts";
import { firstBeyond, INT8_MAX } from "../messages/value-encoding.ts";

/**
 * Why a gradient does not count. Judged when it is gathered: its id is too old (`expired`), its rows do not
 * fit the model (`shape`), its model is too old (`stale`), its values are out of bounds (`norm`), or, of a
 * report, its sum is closed (`late`). Judged when its sum is committed: newer ones of the same sender count
 * (`superseded`), too few members have sent any (`too-few`), its bytes are gone (`lost`), or the helper does
 * not take the report (`unreadable`, `unauthentic`, `twice`). Both: its sender may spoil sums (`set-aside`).
 * Stored by their places, so new ones come last.
 */
export const REJECTIONS = [
  "expired",
  "shape",
  "stale",
  "norm",
  "superseded",
  "too-few",
  "lost",
  "late",
  "unreadable",
  "unauthentic",
  "twice",
  "set-aside",
] as const;
export type Rejection = (typeof REJECTIONS)[number];

export interface JudgingContext {
  modelVersion: number;
  rowCount: number;
  settings: Settings;
  nowMs: number;
  /** A gradient of an earlier version is stale whatever the settings say: the matrix was another one. */
  restoredVersion: number;
  /** Versions after which more sums were committed than `stalenessMax` says. */
  staleVersions: ReadonlySet<number>;
  /** What reports must have; null where the open sum has none. */
  reports?: { sum: number; valueCount: number } | null;
}

/**
 * A community of a few people moves its model on each day; a device that is offline over a weekend must not
 * miss it.
 */
const STALENESS_FLOOR = 50;

/**
 * After how many sums a gradient no longer counts. By the rule as many as there are members: then each has
 * moved the model five times on average since (`sumMembersMin`), be they 300 or 25,000.
 */
export function stalenessMax({ stalenessVersionsMax }: Settings, memberCount: number): number {
  return stalenessVersionsMax ?? Math.max(STALENESS_FLOOR, memberCount);
}

function rowsFit(gradient: Gradient, context: JudgingContext): boolean {
  const { rows, width } = gradient;
  if (width !== context.settings.factors + 1 || rows.length === 0) return false;
  for (let i = 1; i < rows.length; i++) if (rows[i] <= rows[i - 1]) return false;
  return rows[rows.length - 1] < context.rowCount && gradient.modelVersion <= context.modelVersion;
}

/**
 * The API has checked the same; what was made here for a hosted member, or waited in the queue, is checked
 * here alone.
 */
function hasBoundedValues({ data }: Gradient): boolean {
  return data.kind === "f32"
    ? firstBeyond(data.values, GRADIENT_VALUE_MAX) < 0
    : firstBeyond(data.scales, GRADIENT_VALUE_MAX / INT8_MAX) < 0;
}

/** Whether an id is out of the day that it is good for. */
export function isExpired(id: string, nowMs: number): boolean {
  const ageMs = nowMs - timeOfUuidV7(id);
  return ageMs > GRADIENT_AGE_MAX_MS || ageMs < -2 * CLOCK_SKEW_MAX_MS;
}

/** What is wrong with it by itself. Of a report's values nobody can say. */
function faultOf(gradient: Gradient | Report, context: JudgingContext): Rejection | null {
  if (!("share" in gradient))
    return rowsFit(gradient, context) ? (hasBoundedValues(gradient) ? null : "norm") : "shape";
  const { reports, modelVersion } = context;
  if (gradient.sum !== reports?.sum) return "late";
  const isWhole = gradient.share.length === reports.valueCount && gradient.modelVersion <= modelVersion;
  return isWhole ? null : "shape";
}

/** Why the gradient cannot count, or null if it can. */
export function rejectionOf(gradient: Gradient | Report, context: JudgingContext): Rejection | null {
  if (isExpired(gradient.id, context.nowMs)) return "expired";
  const fault = faultOf(gradient, context);
  if (fault) return fault;
  const { modelVersion } = gradient;
  const isStale = modelVersion < context.restoredVersion || context.staleVersions.has(modelVersion);
  return isStale ? "stale" : null;
}
