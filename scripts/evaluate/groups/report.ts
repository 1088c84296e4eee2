/** Figures as a table and as a picture, and the mean of several seeds. */
import { picture } from "../../demo/picture.ts";
import { type Figures, NAMES, type Row } from "./frontier.ts";
import { meanOf } from "./measures.ts";

/** Rows and rounds of all `figures` are the same ones in the same order. */
export function meanFigures(figures: readonly Figures[]): Figures {
  const mean = (pick: (one: Figures) => number) =>
    figures.reduce((sum, one) => sum + pick(one), 0) / figures.length;
  const { rows, withinCamp } = figures[0];
  return {
    rows: rows.map(({ name, penalty }, at) => {
      return { name, ...meanOf(figures.map((one) => one.rows[at])), penalty };
    }),
    ofRaw: mean(({ ofRaw }) => ofRaw),
    ...(withinCamp && { withinCamp: withinCamp.map((_, round) => mean((one) => one.withinCamp![round])) }),
  };
}

export function tableOf({ rows, ofRaw, withinCamp }: Figures): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, penalty, liked, again, nobodyLiked }) => {
    const measured = [share(liked, 5), share(again, 5), share(nobodyLiked, 12)];
    return [name.padEnd(width), String(penalty ?? "-").padStart(7), ...measured].join("  ");
  });
  const head = `${"".padEnd(width)}  penalty  liked  again  nobody liked`;
  const beside = `${NAMES.given}: ${share(ofRaw, 0)} of what raw answers reach at as many repeats`;
  const camps = withinCamp?.map((of) => share(of, 0)).join(" ");
  return [head, ...lines, "", beside, ...(camps ? [`pairs within a camp, by round: ${camps}`] : [])].join(
    "\n",
  );
}

/** .498, 1.00 */
const share = (value: number, width: number): string =>
  value
    .toFixed(value < 0.9995 ? 3 : 2)
    .replace(/^0\./, ".")
    .padStart(width);

const COLORS: [name: string, color: string][] = [
  [NAMES.frontier, "#1b6ca8"],
  [NAMES.raw, "#e08e0b"],
  [NAMES.oracle, "#2a9d5c"],
  [NAMES.given, "#b8405e"],
  [NAMES.random, "#999"],
];
const SHARES = { ticks: [0, 0.2, 0.4, 0.6, 0.8, 1], write: (tick: number) => `${100 * tick}%` };

/** Liking over meeting again: the further up and to the left, the better. */
export function frontierPicture(rows: readonly Row[]): string {
  const lines = COLORS.map(([name, color]) => {
    const own = rows.filter((row) => row.name === name);
    return { name, color, points: own.map(({ again, liked }) => [again, liked] as const) };
  });
  return picture(
    "What is liked of groupmates the wave after, and how many pairs meet again",
    { label: "pairs who met in the last 4 rounds", ...SHARES },
    { label: "liked", ...SHARES },
    lines,
  );
}
