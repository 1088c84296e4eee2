/** Figures as a table for people, and the mean of several seeds. */
import type { Figures } from "./frontier.ts";
import { meanOf } from "./measures.ts";

/** Rows and rounds of all `figures` are the same ones in the same order. */
export function meanFigures(figures: readonly Figures[]): Figures {
  const rows = figures[0].rows.map(({ name, penalty }, at) => {
    return { name, ...meanOf(figures.map(({ rows }) => rows[at])), penalty };
  });
  const { withinCamp } = figures[0];
  if (!withinCamp) return { rows };
  const mean = (round: number) =>
    figures.reduce((sum, one) => sum + (one.withinCamp?.[round] ?? 0), 0) / figures.length;
  return { rows, withinCamp: withinCamp.map((_, round) => mean(round)) };
}

export function printFigures({ rows, withinCamp }: Figures): void {
  const width = Math.max(...rows.map(({ name }) => name.length));
  console.log(`${"".padEnd(width)}  penalty  liked  again  nobody liked`);
  for (const { name, penalty, liked, again, nobodyLiked } of rows) {
    const cells = [
      String(penalty ?? "-").padStart(7),
      share(liked, 5),
      share(again, 5),
      share(nobodyLiked, 12),
    ];
    console.log(`${name.padEnd(width)}  ${cells.join("  ")}`);
  }
  if (withinCamp)
    console.log(`pairs within a camp, by round: ${withinCamp.map((of) => share(of, 4)).join(" ")}`);
}

const share = (value: number, width: number): string => value.toFixed(3).replace(/^0\./, ".").padStart(width);
