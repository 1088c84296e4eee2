/** Invitations: made, listed, taken back. */
import { useSignal } from "@preact/signals";
import type { Invite } from "../answers.ts";
import { callsOf, everyPage } from "../calls.ts";
import { useAction, useLoaded } from "../loaded.ts";
import { MEMBERS_TEXTS as T } from "../texts/members.ts";
import { ErrorNote, Shown, SureButton, TextField, timeText } from "../widgets.tsx";

export function Invites({ community }: { community: string }) {
  const calls = callsOf(community);
  const turn = useSignal(0);
  const most = useSignal("");
  const action = useAction();
  const invites = useLoaded(() => everyPage<Invite>(calls, "/invites", "invites"), [community, turn.value]);
  const change = (act: () => Promise<unknown>) =>
    void action.run(async () => {
      await act();
      turn.value++;
    });
  const make = (event: Event) => {
    event.preventDefault();
    change(() => calls.post("/invites", most.value === "" ? {} : { usesMax: Number(most.value) }));
  };
  return (
    <section>
      <h2>{T.invites}</h2>
      <ErrorNote error={action.error.value} />
      <Shown of={invites}>
        {(list) => (
          <ul class="entries">
            {list.map(({ code, uses = 0, usesMax = null, expiresAt }) => (
              <li key={code} class="entry">
                <code>{code}</code>
                <span class="quiet">
                  {T.uses(uses, usesMax)} {expiresAt && T.until(timeText(expiresAt))}
                </span>
                <SureButton
                  label={T.takeBack}
                  onSure={() => change(() => calls.remove(`/invites/${code}`))}
                />
              </li>
            ))}
          </ul>
        )}
      </Shown>
      <form class="card" onSubmit={make}>
        <TextField label={T.usesMax} text={most} type="number" min={1} />
        <button type="submit" disabled={action.isRunning.value}>
          {T.invite}
        </button>
      </form>
    </section>
  );
}
