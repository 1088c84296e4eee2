/** Devices with locked ratings, the funnel in which several gradients become one sum, and the model below it. */
import { STORY_TEXTS as T } from "../texts/story.ts";
import { markOf } from "./round-picture.tsx";
import { useWidth } from "./width.ts";

const DEVICE = { width: 34, height: 48, gap: 12 };
/** More devices than this say no more. */
const DEVICES_SHOWN = 34;
const FUNNEL_HEIGHT = 150;
const FUNNEL_TOP = 34;

interface FunnelProps {
  names: readonly string[];
  /** Senders that a sum needs. */
  needed: number;
  /** Of the last sum; null before the first. */
  senders: number | null;
  modelVersion: number;
}

interface Place {
  name: string;
  x: number;
  y: number;
}

function placesOf(names: readonly string[], width: number): Place[] {
  const step = DEVICE.width + DEVICE.gap;
  const columns = Math.max(1, Math.min(names.length, Math.floor((width + DEVICE.gap) / step)));
  return names.map((name, n) => {
    const row = Math.floor(n / columns);
    const inRow = Math.min(columns, names.length - row * columns);
    const left = (width - inRow * step + DEVICE.gap) / 2;
    return { name, x: left + (n % columns) * step, y: row * (DEVICE.height + DEVICE.gap) + 4 };
  });
}

function Device({ name, x, y }: Place) {
  return (
    <g class="device" transform={`translate(${x.toFixed(1)}, ${y})`}>
      <title>{T.deviceOf(name)}</title>
      <rect width={DEVICE.width} height={DEVICE.height} rx="6" />
      <text x={DEVICE.width / 2} y="17">
        {markOf(name)}
      </text>
      <path class="shackle" d="M13 32v-3a4 4 0 0 1 8 0v3" />
      <rect class="lock" x="10.5" y="31.5" width="13" height="10" rx="2" />
    </g>
  );
}

export function Funnel({ names, needed, senders, modelVersion }: FunnelProps) {
  const [ref, width] = useWidth();
  const places = placesOf(names.slice(0, DEVICES_SHOWN), width);
  const top = Math.max(...places.map(({ y }) => y), 0) + DEVICE.height + FUNNEL_TOP;
  const middle = width / 2;
  const [wide, narrow] = [Math.min(360, width - 20) / 2, 70];
  const bottom = top + 84;
  const said = senders === null ? T.noSum : T.lastSum(senders);
  return (
    <figure class="picture funnel" ref={ref}>
      <svg viewBox={`0 0 ${width} ${top + FUNNEL_HEIGHT}`} role="img" aria-label={T.devices(names.length)}>
        {places.map(({ name, x, y }) => (
          <path
            key={name}
            class="flow"
            d={`M${x + DEVICE.width / 2} ${y + DEVICE.height} Q${x + DEVICE.width / 2} ${top - 10} ${
              middle + (x + DEVICE.width / 2 - middle) * (wide / middle) * 0.8
            } ${top}`}
          />
        ))}
        {places.map((place) => (
          <Device key={place.name} {...place} />
        ))}
        <path
          class="cone"
          d={`M${middle - wide} ${top}H${middle + wide}L${middle + narrow} ${bottom}H${middle - narrow}Z`}
        />
        <text class="said" x={middle} y={top + 32}>
          {T.funnel(needed)}
        </text>
        <text class="said quiet" x={middle} y={top + 54}>
          {said}
        </text>
        <path class="drop" d={`M${middle} ${bottom + 4}v20m-6 -8l6 8l6 -8`} />
        <text class="said strong" x={middle} y={bottom + 48}>
          {T.model(modelVersion)}
        </text>
      </svg>
      <figcaption>
        <details>
          <summary>{T.inWords}</summary>
          <ol>
            <li>{T.devices(names.length)}.</li>
            <li>
              {T.funnel(needed)}; {said}.
            </li>
            <li>
              {T.model(modelVersion)}, and from it {T.groups}.
            </li>
          </ol>
        </details>
      </figcaption>
    </figure>
  );
}
