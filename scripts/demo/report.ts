/** The demo's results as a table for people and as lines of a table of terms. */
import type { Quality } from "./newcomb.ts";

export interface WeekRow {
  week: number;
  accepted: number;
  applied: number;
  modelVersion: number;
  /** null in the last week: there is no next one to compare with. */
  quality: Quality | null;
}

export interface SummaryRow {
  name: string;
  quality: Quality;
}

const number = (value: number, width: number) => value.toFixed(2).padStart(width);
const percent = (value: number, width: number) => `${Math.round(value * 100)}%`.padStart(width);

export function weekTable(rows: readonly WeekRow[]): string {
  const head = "week  accepted  applied  version   mean rank  worst-off   met before\n";
  const lines = rows.map(({ week, accepted, applied, modelVersion, quality }) => {
    const counts = `${String(week).padStart(4)}  ${String(accepted).padStart(8)}  ${String(applied).padStart(7)}`;
    const measured = quality
      ? `${number(quality.meanRank, 9)}  ${number(quality.worstRank, 9)}  ${percent(quality.repeats, 11)}`
      : `${"-".padStart(9)}  ${"-".padStart(9)}  ${"-".padStart(11)}`;
    return `${counts}  ${String(modelVersion).padStart(7)}   ${measured}`;
  });
  return head + lines.join("\n");
}

export function summaryTable(rows: readonly SummaryRow[]): string {
  const width = Math.max(...rows.map((row) => row.name.length));
  const head = `${"mean over the weeks".padEnd(width)}   mean rank  worst-off   met before\n`;
  const lines = rows.map(({ name, quality }) => {
    const { meanRank, worstRank, repeats } = quality;
    return `${name.padEnd(width)}   ${number(meanRank, 9)}  ${number(worstRank, 9)}  ${percent(repeats, 11)}`;
  });
  return head + lines.join("\n");
}
