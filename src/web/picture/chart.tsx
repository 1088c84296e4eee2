/** Lines over numbers, by uPlot, which is loaded when there is something to draw. A table says the same. */
import { useEffect } from "preact/hooks";
import { useWidth } from "./width.ts";

interface ChartProps {
  label: string;
  x: readonly number[];
  y: readonly (number | null)[];
}

const HEIGHT = 200;

/** uPlot formats numbers by the browser's language at once, and throws if that is none, such as `en-US@posix`. */
async function loadPlot() {
  try {
    new Intl.NumberFormat(navigator.language);
  } catch {
    Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
  }
  return (await import("uplot")).default;
}

export function Chart({ label, x, y }: ChartProps) {
  const [ref, width] = useWidth();
  const key = JSON.stringify([x, y]);
  useEffect(() => {
    let plot: { destroy(): void } | undefined;
    let isOver = false;
    void loadPlot().then((UPlot) => {
      const element = ref.current;
      if (isOver || !element) return;
      const colors = getComputedStyle(element);
      const [ink, line, grid] = ["--quiet", "--accent", "--edge"].map((name) =>
        colors.getPropertyValue(name).trim(),
      );
      const axis = {
        stroke: () => resolved(element, ink),
        grid: { stroke: () => resolved(element, grid), width: 1 },
      };
      plot = new UPlot(
        {
          width,
          height: HEIGHT,
          scales: { x: { time: false } },
          legend: { show: false },
          cursor: { show: false },
          axes: [axis, { ...axis, size: 60 }],
          series: [{}, { label, stroke: () => resolved(element, line), width: 2, points: { size: 5 } }],
        },
        [[...x], [...y]],
        element,
      );
    });
    return () => {
      isOver = true;
      plot?.destroy();
    };
  }, [key, width]);
  return <div class="chart" role="img" aria-label={label} ref={ref as never} />;
}

/** A canvas knows no light-dark(); an element does. */
function resolved(element: HTMLElement, color: string): string {
  const probe = document.createElement("span");
  probe.style.color = color;
  element.append(probe);
  const { color: plain } = getComputedStyle(probe);
  probe.remove();
  return plain;
}
