/** A member's group: who, why, when, and whether they met. */
import { useSignal } from "@preact/signals";
import type { TertuliaClient } from "../../client/client.ts";
import type { Assignment } from "../device.ts";
import { useAction, useLoaded } from "../loaded.ts";
import { shortHandle } from "../names.ts";
import { noteAction } from "../polling.ts";
import { ME_TEXTS as T } from "../texts/me.ts";
import { ROUNDS_TEXTS } from "../texts/rounds.ts";
import { Done, ErrorNote, Shown, timeText } from "../widgets.tsx";

interface GroupProps {
  device: TertuliaClient;
  assignment: Assignment | null;
  ownId: string;
}

function DidYouMeet({ device, assignment, ownId }: GroupProps & { assignment: Assignment }) {
  const { round, members, feedback } = assignment;
  const missing = useSignal<string[]>(feedback?.missing ?? []);
  const said = useSignal<boolean | undefined>(feedback?.met);
  const action = useAction();
  const say = (met: boolean, gone: string[]) =>
    void action.run(async () => {
      await device.feedback(round, met && gone.length > 0 ? { met, missing: gone } : { met });
      said.value = met;
      missing.value = gone;
      noteAction();
    });
  const others = members.filter(({ memberId }) => memberId !== ownId);
  const toggle = (memberId: string, isGone: boolean) =>
    say(
      true,
      others
        .map((one) => one.memberId)
        .filter((one) => (one === memberId ? isGone : missing.value.includes(one))),
    );
  return (
    <fieldset>
      <legend>{T.didYouMeet}</legend>
      <ErrorNote error={action.error.value} />
      <div class="row">
        {[true, false].map((met) => (
          <button
            key={String(met)}
            type="button"
            class={said.value === met ? "" : "plain"}
            aria-pressed={said.value === met}
            disabled={action.isRunning.value}
            onClick={() => say(met, [])}
          >
            {met ? T.yes : T.no}
          </button>
        ))}
      </div>
      {said.value && (
        <>
          <p>{T.missing}</p>
          {others.map(({ memberId }) => (
            <label class="check" key={memberId}>
              <input
                type="checkbox"
                checked={missing.value.includes(memberId)}
                onChange={(event) => toggle(memberId, event.currentTarget.checked)}
              />
              {shortHandle(memberId)}
            </label>
          ))}
        </>
      )}
      <Done>{said.value === undefined ? null : T.thanks}</Done>
    </fieldset>
  );
}

export function MyGroup({ device, assignment, ownId }: GroupProps) {
  if (assignment === null) {
    return (
      <section class="card">
        <h3>{T.group}</h3>
        <p class="quiet">{T.noGroup}</p>
      </section>
    );
  }
  const { round, state, members, because, suggestedTimes } = assignment;
  return (
    <section class="card">
      <h3>{T.group}</h3>
      <p class="quiet">
        {ROUNDS_TEXTS.heading(round)}, {state === "published" ? T.published : T.draft}
      </p>
      <ul class="people">
        {members.map(({ memberId }) => (
          <li key={memberId}>{memberId === ownId ? T.you : shortHandle(memberId)}</li>
        ))}
      </ul>
      <p class="quiet">{because.join("; ")}.</p>
      {suggestedTimes.length > 0 && (
        <>
          <p>{T.times}</p>
          <ul>
            {suggestedTimes.map(({ from }) => (
              <li key={from}>{timeText(from)}</li>
            ))}
          </ul>
        </>
      )}
      {state === "published" && <DidYouMeet key={round} {...{ device, assignment, ownId }} />}
    </section>
  );
}

/** Whom the member was grouped with, by the server's own list. */
export function Met({ device, moment }: { device: TertuliaClient; moment: number }) {
  const meetings = useLoaded(() => device.meetings(), [moment]);
  return (
    <details>
      <summary>{T.met}</summary>
      <Shown of={meetings}>
        {(all) => {
          const kept = all.filter(({ missed }) => !missed);
          if (kept.length === 0) return <p class="quiet">{T.notMet}</p>;
          const rounds = Map.groupBy(kept, ({ memberId }) => memberId);
          return (
            <ul>
              {[...rounds].map(([memberId, list]) => (
                <li key={memberId}>
                  {shortHandle(memberId)}: {T.metIn(list.map(({ round }) => round).join(", "))}
                </li>
              ))}
            </ul>
          );
        }}
      </Shown>
    </details>
  );
}
