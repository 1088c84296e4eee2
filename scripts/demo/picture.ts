/** The demo's picture: the mean rank that groupmates give each other, week by week, as an SVG line chart. */

export interface Line {
  name: string;
  color: string;
  /** One value a week; null leaves a gap. */
  values: (number | null)[];
}

const WIDTH = 860;
const HEIGHT = 420;
const PLOT = { left: 56, right: WIDTH - 210, top: 56, bottom: HEIGHT - 52 };
const RANK_MIN = 4;
const RANK_MAX = 10;

/** Draws `lines` over `weeks`; low is good, so the axis has 4 at the bottom. */
export function picture(title: string, weeks: readonly number[], lines: readonly Line[]): string {
  const last = weeks[weeks.length - 1];
  const x = (week: number) => PLOT.left + ((week - weeks[0]) / (last - weeks[0])) * (PLOT.right - PLOT.left);
  const y = (rank: number) =>
    PLOT.bottom - ((rank - RANK_MIN) / (RANK_MAX - RANK_MIN)) * (PLOT.bottom - PLOT.top);
  const grid = Array.from({ length: RANK_MAX - RANK_MIN + 1 }, (_, at) => RANK_MIN + at).map(
    (rank) =>
      `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(rank)}" y2="${y(rank)}" stroke="#e3e3e3"/>` +
      `<text x="${PLOT.left - 10}" y="${y(rank) + 4}" text-anchor="end">${rank}</text>`,
  );
  const ticks = weeks.map(
    (week) => `<text x="${x(week)}" y="${PLOT.bottom + 20}" text-anchor="middle">${week}</text>`,
  );
  const paths = lines.map(({ name, color, values }, at) => {
    const points = values.flatMap((value, i) =>
      value === null ? [] : [`${x(weeks[i]).toFixed(1)},${y(value).toFixed(1)}`],
    );
    const legendY = PLOT.top + 14 + at * 24;
    return (
      `<polyline points="${points.join(" ")}" fill="none" stroke="${color}" stroke-width="2.5" stroke-linejoin="round"/>` +
      `<line x1="${PLOT.right + 18}" x2="${PLOT.right + 42}" y1="${legendY}" y2="${legendY}" stroke="${color}" stroke-width="2.5"/>` +
      `<text x="${PLOT.right + 50}" y="${legendY + 4}">${name}</text>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#333">
<title>${title}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${PLOT.left}" y="28" font-size="16" font-weight="600">${title}</text>
${grid.join("\n")}
${ticks.join("\n")}
<text x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">week</text>
${paths.join("\n")}
</svg>
`;
}
