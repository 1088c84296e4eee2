/** Lines over two axes, as an SVG: the demo's weeks, and the frontiers of `npm run evaluate -- --groups`. */

export interface Line {
  name: string;
  color: string;
  /** x and y of each; a single point is a dot. */
  points: (readonly [x: number, y: number])[];
}

export interface Axis {
  label: string;
  /** Ascending; the first and the last are the ends of the axis. */
  ticks: readonly number[];
  /** How a tick is written; as it is by default. */
  write?: (tick: number) => string;
}

const WIDTH = 860;
const HEIGHT = 420;
const PLOT = { left: 66, right: WIDTH - 210, top: 56, bottom: HEIGHT - 52 };

/** Maps the ends of the axis to two pixels. */
function scale({ ticks }: Axis, from: number, to: number): (value: number) => number {
  const [first, last] = [ticks[0], ticks[ticks.length - 1]];
  return (value) => from + ((value - first) / (last - first)) * (to - from);
}

/** Draws `lines`; both axes rise away from the lower left. */
export function picture(title: string, xAxis: Axis, yAxis: Axis, lines: readonly Line[]): string {
  const x = scale(xAxis, PLOT.left, PLOT.right);
  const y = scale(yAxis, PLOT.bottom, PLOT.top);
  const grid = yAxis.ticks.map(
    (tick) =>
      `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(tick)}" y2="${y(tick)}" stroke="#e3e3e3"/>` +
      `<text x="${PLOT.left - 10}" y="${y(tick) + 4}" text-anchor="end">${written(yAxis, tick)}</text>`,
  );
  const ticks = xAxis.ticks.map(
    (tick) =>
      `<text x="${x(tick)}" y="${PLOT.bottom + 20}" text-anchor="middle">${written(xAxis, tick)}</text>`,
  );
  const paths = lines.map(({ name, color, points }, at) => {
    const places = points.map((point) => [x(point[0]).toFixed(1), y(point[1]).toFixed(1)]);
    const dots = places.map(
      ([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="${points.length === 1 ? 5 : 2.5}" fill="${color}"/>`,
    );
    const legendY = PLOT.top + 14 + at * 24;
    return (
      `<polyline points="${places.join(" ")}" fill="none" stroke="${color}" stroke-width="2.5" stroke-linejoin="round"/>` +
      dots.join("") +
      `<line x1="${PLOT.right + 18}" x2="${PLOT.right + 42}" y1="${legendY}" y2="${legendY}" stroke="${color}" stroke-width="2.5"/>` +
      `<text x="${PLOT.right + 50}" y="${legendY + 4}">${name}</text>`
    );
  });
  const middle = (PLOT.top + PLOT.bottom) / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#333">
<title>${title}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${PLOT.left}" y="28" font-size="16" font-weight="600">${title}</text>
${grid.join("\n")}
${ticks.join("\n")}
<text x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${xAxis.label}</text>
<text x="18" y="${middle}" text-anchor="middle" transform="rotate(-90 18 ${middle})">${yAxis.label}</text>
${paths.join("\n")}
</svg>
`;
}

const written = ({ write = String }: Axis, tick: number): string => write(tick);
