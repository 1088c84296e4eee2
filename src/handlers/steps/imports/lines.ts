/**
 * What the three kinds of lines have in common: some lines at a time are judged and written. Lines with the
 * same key count as one.
 */
import { COMMIT_ATTEMPTS_MAX } from "../../../domain/limits.ts";
import type { Rejection } from "../../../infra/import-store.ts";
import { retry } from "../../../infra/retry.ts";

/** Whether what a line is about is new to the community, and takes a row; or why the line is rejected. */
export type Judged = { isNew: boolean } | { reason: string };

export interface LineKind<Value> {
  /** Of lines with one key the last counts. */
  keyOf(value: Value): string;
  linesAtOnce: number;
  /**
   * Judges lines by what the community holds, of whose rows some are taken by lines before; null where there
   * is no such community.
   */
  judge(
    community: string,
    values: readonly Value[],
    rowsTaken: number,
    nowMs: number,
  ): Promise<Judged[] | null>;
  /** Makes it so; null where others came between. What is so already changes nothing. */
  load(community: string, values: readonly Value[], nowMs: number): Promise<Judged[] | "gone" | null>;
}

export interface NumberedLine<Value> {
  line: number;
  value: Value;
}

export interface Passed {
  accepted: number;
  newRows: number;
  rejections: Rejection[];
}

/** Each line that is accepted races others for rows. */
const ATTEMPTS_MAX = 4 * COMMIT_ATTEMPTS_MAX;

/** Judges lines, and unless they are only checked loads them; null where there is no such community. */
export async function passLines<Value>(
  kind: LineKind<Value>,
  community: string,
  lines: readonly NumberedLine<Value>[],
  { isCheck, rowsTaken, nowMs }: { isCheck: boolean; rowsTaken: number; nowMs: number },
): Promise<Passed | null> {
  const byKey = [...Map.groupBy(lines, ({ value }) => kind.keyOf(value)).values()];
  const passed: Passed = { accepted: 0, newRows: 0, rejections: [] };
  for (let from = 0; from < byKey.length; from += kind.linesAtOnce) {
    const part = byKey.slice(from, from + kind.linesAtOnce);
    const values = part.map((same) => same[same.length - 1].value);
    const outcomes = isCheck
      ? ((await kind.judge(community, values, rowsTaken + passed.newRows, nowMs)) ?? "gone")
      : await retry(() => kind.load(community, values, nowMs), { attemptsMax: ATTEMPTS_MAX });
    if (outcomes === "gone") return null;
    if (!outcomes) throw new Error(`lines of ${community} could not be written: others kept coming between`);
    outcomes.forEach((outcome, n) => {
      if ("reason" in outcome)
        for (const { line } of part[n]) passed.rejections.push({ line, reason: outcome.reason });
      else {
        passed.accepted += part[n].length;
        if (outcome.isNew) passed.newRows++;
      }
    });
  }
  return passed;
}
