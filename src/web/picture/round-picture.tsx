/** A round as a picture (clusters, dots, lines for liking, dashes for having met) and as a list. */
import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import type { Group, Liking, PairLine } from "../answers.ts";
import type { NameOf } from "../names.ts";
import { ROUNDS_TEXTS as T } from "../texts/rounds.ts";
import { inOrderOf, type Layout, layOut, type Place } from "./layout.ts";
import { useWidth } from "./width.ts";

/** A browser draws so many groups at once without a stutter. */
const GROUPS_SHOWN = 60;
const LATELY_ROUNDS = 4;
const LIKINGS = ["high", "middle", "low"] as const satisfies Liking[];

/** Longer ago is hardly a repeat. */
export const hasMetLately = ({ metRoundsAgo }: PairLine): boolean =>
  metRoundsAgo !== null && metRoundsAgo <= LATELY_ROUNDS;

/** What fits into a dot: the number at the end of a name, else two letters. */
export function markOf(name: string): string {
  return /(\d{1,3})$/.exec(name)?.[1] ?? name.replace(/^m-/, "").slice(0, 2);
}

const shortened = (name: string): string => (name.length > 13 ? `${name.slice(0, 12)}…` : name);

/** By CSS, so that whoever moves is seen to move. */
const at = ({ x, y }: Place) => ({ transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)` });

interface DotProps {
  name: string;
  place: Place;
  isMoved: boolean;
}

function Dot({ name, place, isMoved }: DotProps) {
  return (
    <g class={isMoved ? "dot moved" : "dot"} style={at(place)}>
      <circle r="17" />
      <text class="mark" dy="5">
        {markOf(name)}
      </text>
      <text class="name" dy={place.isUpper ? -24 : 33}>
        {shortened(name)}
      </text>
    </g>
  );
}

function Line({ pair, points }: { pair: PairLine; points: Layout["points"] }) {
  const { members, liking } = pair;
  const [from, to] = members.map((memberId) => points.get(memberId));
  if (!from || !to) return null;
  return (
    <line
      class={`line ${liking}${hasMetLately(pair) ? " met" : ""}`}
      x1={from.x}
      y1={from.y}
      x2={to.x}
      y2={to.y}
    />
  );
}

function Legend({ hasMoved }: { hasMoved: boolean }) {
  return (
    <p class="legend">
      {LIKINGS.map((liking) => (
        <span key={liking}>
          <svg width="34" height="10" aria-hidden="true">
            <line class={`line ${liking}`} x1="2" y1="5" x2="32" y2="5" />
          </svg>
          {T.likings[liking]}
        </span>
      ))}
      <span>
        <svg width="34" height="10" aria-hidden="true">
          <line class="line middle met" x1="2" y1="5" x2="32" y2="5" />
        </svg>
        {T.met(LATELY_ROUNDS)}
      </span>
      {hasMoved && <span>{T.movedMark}</span>}
    </p>
  );
}

interface PictureProps {
  groups: readonly Group[];
  pairs: readonly PairLine[];
  nameOf: NameOf;
  /** Who is in another group than before. */
  moved: ReadonlySet<string>;
}

export function RoundPicture({ groups, pairs, nameOf, moved }: PictureProps) {
  const isWhole = useSignal(false);
  const [ref, width] = useWidth();
  const before = useRef<string[][]>([]);
  const ordered = useMemo(() => {
    before.current = inOrderOf(before.current, groups);
    return before.current;
  }, [groups]);
  const shown = isWhole.value ? ordered : ordered.slice(0, GROUPS_SHOWN);
  const layout = useMemo(() => layOut(shown, width), [shown.length, ordered, width]);
  // In one order whatever the groups are, so that a dot stays the same dot and only its place changes.
  const dots = [...layout.points].sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <figure class="picture" ref={ref}>
      <svg viewBox={`0 0 ${layout.width} ${layout.height}`} role="img" aria-label={T.picture}>
        {layout.clusters.map(({ x, y, radius }, n) => (
          <circle key={n} class="cluster" cx={x} cy={y} r={radius} />
        ))}
        {pairs.map((pair) => (
          <Line key={pair.members.join()} pair={pair} points={layout.points} />
        ))}
        {dots.map(([memberId, place]) => (
          <Dot key={memberId} name={nameOf(memberId)} place={place} isMoved={moved.has(memberId)} />
        ))}
      </svg>
      <figcaption>
        <Legend hasMoved={moved.size > 0} />
        {shown.length < ordered.length && (
          <button type="button" class="plain" onClick={() => (isWhole.value = true)}>
            {T.more(ordered.length - shown.length)}
          </button>
        )}
      </figcaption>
    </figure>
  );
}

interface ListProps {
  groups: readonly Group[];
  pairs: readonly PairLine[];
  nameOf: NameOf;
}

/** The same in words. */
export function RoundList({ groups, pairs, nameOf }: ListProps) {
  const groupOf = new Map(groups.flatMap(({ members }, at) => members.map(({ memberId }) => [memberId, at])));
  const pairsOf = Map.groupBy(pairs, ({ members }) => groupOf.get(members[0]) ?? -1);
  return (
    <ol class="groups">
      {groups.map(({ groupId, members, because }, at) => {
        const own = pairsOf.get(at) ?? [];
        const high = own.filter(({ liking }) => liking === "high").length;
        const met = own.filter(hasMetLately).length;
        return (
          <li key={groupId}>
            <strong>{members.map(({ memberId }) => nameOf(memberId)).join(", ")}</strong>
            {own.length > 0 && <div>{T.pairsOf(high, met, own.length, LATELY_ROUNDS)}</div>}
            {because && because.length > 0 && (
              <div class="quiet">
                {T.told} {because.join("; ")}.
              </div>
            )}
          </li>
        );
      })}
    </ol>
  );
}
