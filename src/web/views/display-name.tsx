/** What others in a group call the member, and the form that changes it. */
import { useSignal } from "@preact/signals";
import type { TertuliaClient } from "../../client/client.ts";
import { useAction } from "../loaded.ts";
import { ME_TEXTS as T } from "../texts/me.ts";
import { Done, ErrorNote, TextField } from "../widgets.tsx";

interface DisplayNameProps {
  device: TertuliaClient;
  known: string;
}

/** An empty field takes the name back. */
export function DisplayNameForm({ device, known }: DisplayNameProps) {
  const name = useSignal(known);
  const isSaved = useSignal(false);
  const action = useAction();
  const save = (event: Event) => {
    event.preventDefault();
    void action.run(async () => {
      await device.join({ displayName: name.value.trim() || null });
      isSaved.value = true;
    });
  };
  return (
    <form class="card" onSubmit={save}>
      <h3>{T.name}</h3>
      <p class="quiet">{T.nameHint}</p>
      <ErrorNote error={action.error.value} />
      <TextField label={T.calledName} text={name} maxLength={64} />
      <Done>{isSaved.value ? T.nameSaved : null}</Done>
      <button type="submit" disabled={action.isRunning.value}>
        {T.saveName}
      </button>
    </form>
  );
}
