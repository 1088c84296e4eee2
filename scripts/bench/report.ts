/** How the bench averages its figures and writes them. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The mean without the smallest quarter and the largest. */
export function interquartileMean(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const quarter = Math.floor(sorted.length / 4);
  const kept = sorted.slice(quarter, sorted.length - quarter);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}

export interface Goal {
  goal: string;
  measured: string;
  met: boolean;
}

/** What one measurement found: a figure beside its reference a line, then the goals. */
export interface Section {
  title: string;
  lines: string[];
  goals: Goal[];
}

const digits = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** With thousands separated, and so many digits after the point. */
export function amount(value: number, fractionDigits = 0): string {
  return fractionDigits === 0 ? digits.format(value) : value.toFixed(fractionDigits);
}

/** Columns padded to the widest entry; numbers, which end in a digit, to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join("  ")
      .trimEnd(),
  );
}

export function write({ title, lines, goals }: Section): string {
  const verdicts = goals.map(
    ({ goal, measured, met }) => `  goal: ${goal}: ${met ? "met" : "NOT MET"} (${measured})`,
  );
  return [title, ...lines.map((line) => `  ${line}`), ...verdicts, ""].join("\n");
}
