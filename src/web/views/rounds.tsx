/** Rounds as a picture and as a list: the draft, what it would be by other settings, and the published ones. */
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { ApiError } from "../../client/api.ts";
import type { Community, Round } from "../answers.ts";
import { callsOf } from "../calls.ts";
import { useLoaded } from "../loaded.ts";
import { type NameOf, readNames } from "../names.ts";
import { hasMetLately, RoundList, RoundPicture } from "../picture/round-picture.tsx";
import { go } from "../router.ts";
import { PAGE_TEXTS } from "../texts/page.ts";
import { ROUNDS_TEXTS as T } from "../texts/rounds.ts";
import type { ViewProps } from "../view-props.ts";
import { Shown, When } from "../widgets.tsx";
import { Publish, Withdraw } from "./publish.tsx";
import { WhatIf } from "./what-if.tsx";

/** Who is in another group than before: not with the larger part of those they were with. */
export function movedBetween(before: Round, after: Round): Set<string> {
  const groupBefore = new Map(
    before.groups.flatMap(({ groupId, members }) =>
      members.map(({ memberId }) => [memberId, groupId] as const),
    ),
  );
  const moved = after.groups.flatMap(({ members }) => {
    const from = Map.groupBy(members, ({ memberId }) => groupBefore.get(memberId));
    const stayed = Math.max(...[...from.values()].map(({ length }) => length));
    const core = [...from.values()].find(({ length }) => length === stayed) ?? [];
    return members.filter((member) => !core.includes(member)).map(({ memberId }) => memberId);
  });
  return new Set(moved);
}

interface StepsProps {
  community: Community;
  shown: number;
  /** Where the steps lead to: the words of the address before the round. */
  base: string[];
}

/** Moves through the rounds; the last is the draft. */
export function RoundSteps({ community: { round: last }, shown, base }: StepsProps) {
  const show = (round: number) => go(...base, round >= last ? "draft" : round);
  return (
    <div class="steps">
      <button
        type="button"
        class="plain"
        disabled={shown <= 1}
        aria-label={T.earlier}
        onClick={() => show(shown - 1)}
      >
        ‹
      </button>
      <input
        type="range"
        min="1"
        max={last}
        value={shown}
        aria-label={T.slider}
        aria-valuetext={shown >= last ? T.draftHeading(shown) : T.heading(shown)}
        onInput={(event) => show(event.currentTarget.valueAsNumber)}
      />
      <button
        type="button"
        class="plain"
        disabled={shown >= last}
        aria-label={T.later}
        onClick={() => show(shown + 1)}
      >
        ›
      </button>
      <strong>{shown >= last ? T.draftHeading(shown) : T.heading(shown)}</strong>
    </div>
  );
}

function Figures({ round }: { round: Round }) {
  const { pairs } = round;
  const high = pairs.filter(({ liking }) => liking === "high").length;
  const met = pairs.filter(hasMetLately).length;
  return (
    <p class="figures" aria-live="polite">
      <span>{T.liking(high, pairs.length)}</span>
      <span>{T.repeats(met, pairs.length)}</span>
    </p>
  );
}

function Remarks({ round, nameOf }: { round: Round; nameOf: NameOf }) {
  const { absent, quality } = round;
  return (
    <>
      {quality.notes.length > 0 && (
        <section>
          <h3>{T.notes}</h3>
          <ul>
            {quality.notes.map(({ note, detail }) => (
              <li key={note}>{detail}</li>
            ))}
          </ul>
        </section>
      )}
      {absent.length > 0 && (
        <section>
          <h3>{T.absent}</h3>
          <ul>
            {absent.map(({ memberId, why }) => (
              <li key={memberId}>
                {nameOf(memberId)}: {T.whyAbsent[why] ?? why}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface RoundViewProps {
  round: Round;
  nameOf: NameOf;
  preview: Signal<Round | undefined>;
}

/** The picture, its figures and its list; of the preview while there is one. */
export function RoundView({ round, nameOf, preview }: RoundViewProps) {
  const tried = round.state === "draft" ? preview.value : undefined;
  const shown = tried ?? round;
  const moved = tried ? movedBetween(round, tried) : new Set<string>();
  return (
    <>
      <Figures round={shown} />
      {tried && <p role="status">{T.moved(moved.size)}</p>}
      <RoundPicture groups={shown.groups} pairs={shown.pairs} nameOf={nameOf} moved={moved} />
      {round.state === "published" && <p class="quiet">{T.modelNote}</p>}
      <details open>
        <summary>{T.list}</summary>
        <RoundList groups={shown.groups} pairs={shown.pairs} nameOf={nameOf} />
      </details>
      <Remarks round={shown} nameOf={nameOf} />
    </>
  );
}

/** The round that the address names, with its lines. */
export function useRound({ community, moment, words }: ViewProps) {
  const calls = callsOf(community.community);
  const number = /^\d+$/.test(words[0] ?? "") ? Number(words[0]) : community.round;
  const isDraft = number >= community.round;
  const name = isDraft ? "draft" : String(number);
  const round = useLoaded(
    () => calls.get<Round>(`/rounds/${name}?pairs=true`),
    [community.community, name, moment],
  );
  const names = useLoaded(() => readNames(calls), [community.community, community.memberCount]);
  return { round, names, shown: isDraft ? community.round : number };
}

interface ShownRoundProps extends Pick<ReturnType<typeof useRound>, "round" | "names"> {
  children: (round: Round, nameOf: NameOf) => ComponentChildren;
}

/** A loaded round with its members' names. Until a new draft is there, the one before it stays. */
export function ShownRound({ round, names, children }: ShownRoundProps) {
  const { value, error } = round.value;
  if (!value && error instanceof ApiError && error.type === "unknown-round") return <p>{T.noDraft}</p>;
  return <Shown of={names}>{(nameOf) => <Shown of={round}>{(read) => children(read, nameOf)}</Shown>}</Shown>;
}

export function Rounds(props: ViewProps) {
  const { community, refresh } = props;
  const { round, names, shown } = useRound(props);
  const preview = useSignal<Round | undefined>(undefined);
  return (
    <section class="rounds">
      <h2 class="hidden">{PAGE_TEXTS.tabs.round}</h2>
      <RoundSteps community={community} shown={shown} base={["c", community.community, "round"]} />
      <ShownRound {...{ round, names }}>
        {(read, nameOf) => (
          <>
            <p class="quiet">
              {T.states[read.state]} <When at={read.publishedAt ?? read.computedAt} />
            </p>
            <div class={read.state === "draft" ? "beside" : ""}>
              <div>
                <RoundView round={read} nameOf={nameOf} preview={preview} />
                {read.state === "published" && read.round === community.round - 1 && (
                  <Withdraw community={community} round={read.round} refresh={refresh} />
                )}
              </div>
              {read.state === "draft" && (
                <div>
                  <WhatIf community={community} draft={read} preview={preview} refresh={refresh} />
                  <Publish community={community} refresh={refresh} />
                </div>
              )}
            </div>
          </>
        )}
      </ShownRound>
    </section>
  );
}
