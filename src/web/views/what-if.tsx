/**
 * What the draft would be with another penalty or objective. The server is asked once the slider rests;
 * nothing is saved unless the operator says so.
 */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Community, Round } from "../answers.ts";
import { type CommunityCalls, callsOf } from "../calls.ts";
import { useAction } from "../loaded.ts";
import { ROUNDS_TEXTS as T } from "../texts/rounds.ts";
import { Done, ErrorNote, Field } from "../widgets.tsx";

/** The slider's stops: dense where a penalty changes most. */
const PENALTIES = [0, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 5];
const REST_MS = 150;

export interface Wish {
  diversityPenalty: number;
  objective: "total" | "fair";
}

export const savedWish = ({ settings }: Community): Wish => ({
  diversityPenalty: Number(settings.diversityPenalty),
  objective: settings.objective as Wish["objective"],
});

export const isSameWish = (a: Wish, b: Wish): boolean =>
  a.diversityPenalty === b.diversityPenalty && a.objective === b.objective;

/** One preview a wish and draft: previews are few. */
const previews = new Map<string, Promise<Round>>();

function previewOf(calls: CommunityCalls, key: string, wish: Wish): Promise<Round> {
  const id = `${key} ${wish.diversityPenalty} ${wish.objective}`;
  const known = previews.get(id);
  if (known) return known;
  const asked = calls.post<Round>("/rounds/preview", { settings: wish });
  previews.set(id, asked);
  asked.catch(() => previews.delete(id));
  return asked;
}

interface WhatIfProps {
  community: Community;
  draft: Round;
  /** The draft as it would be; undefined while nothing is tried. */
  preview: Signal<Round | undefined>;
  refresh: () => Promise<void>;
}

const stopOf = (penalty: number): number => {
  const distances = PENALTIES.map((stop) => Math.abs(stop - penalty));
  return distances.indexOf(Math.min(...distances));
};

export function WhatIf({ community, draft, preview, refresh }: WhatIfProps) {
  const saved = savedWish(community);
  const wish = useSignal(saved);
  const { run, error, isRunning } = useAction();
  const previewError = useSignal<unknown>(undefined);
  const latest = useRef(0);
  const calls = callsOf(community.community);
  const isSaved = isSameWish(wish.value, saved);
  const key = `${community.community} ${draft.round} ${draft.computedAt}`;

  useEffect(() => {
    const turn = ++latest.current;
    previewError.value = undefined;
    if (isSaved) {
      preview.value = undefined;
      return;
    }
    const timer = setTimeout(async () => {
      try {
        const made = await previewOf(calls, key, wish.value);
        if (turn === latest.current) preview.value = made;
      } catch (thrown) {
        if (turn === latest.current) previewError.value = thrown;
      }
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [wish.value, isSaved, key]);

  const save = () =>
    run(async () => {
      await calls.put("", { settings: wish.value });
      await refresh();
    });
  return (
    <section class="card what-if" aria-label={T.whatIf}>
      <h3>{T.whatIf}</h3>
      <Slider wish={wish} saved={saved} />
      <Objective wish={wish} />
      <ErrorNote error={previewError.value ?? error.value} />
      <Done>{preview.value && !isSaved ? T.previewed : null}</Done>
      {!isSaved && (
        <div class="row">
          <button type="button" disabled={isRunning.value} onClick={() => void save()}>
            {T.save}
          </button>
          <button type="button" class="plain" onClick={() => (wish.value = saved)}>
            {T.reset}
          </button>
        </div>
      )}
    </section>
  );
}

function Slider({ wish, saved }: { wish: Signal<Wish>; saved: Wish }) {
  const { diversityPenalty } = wish.value;
  return (
    <Field label={T.penalty} hint={T.penaltyHint}>
      {(ids) => (
        <div class="slider">
          <input
            {...ids}
            type="range"
            min="0"
            max={PENALTIES.length - 1}
            value={stopOf(diversityPenalty)}
            aria-valuetext={String(diversityPenalty)}
            onInput={(event) => {
              wish.value = { ...wish.value, diversityPenalty: PENALTIES[event.currentTarget.valueAsNumber] };
            }}
          />
          <span class="quiet">{T.low}</span>
          <span class="quiet">{T.high}</span>
          <output>
            {diversityPenalty}
            {diversityPenalty !== saved.diversityPenalty && (
              <small class="quiet"> {T.saved(String(saved.diversityPenalty))}</small>
            )}
          </output>
        </div>
      )}
    </Field>
  );
}

function Objective({ wish }: { wish: Signal<Wish> }) {
  return (
    <fieldset>
      <legend>{T.objective}</legend>
      {(["total", "fair"] as const).map((objective) => (
        <label class="check" key={objective}>
          <input
            type="radio"
            name="objective"
            checked={wish.value.objective === objective}
            onChange={() => {
              wish.value = { ...wish.value, objective };
            }}
          />
          {T.objectives[objective]}
        </label>
      ))}
    </fieldset>
  );
}
