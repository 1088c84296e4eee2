/** Kept versions of the model: by the day or on demand; made current again, let go of. */
import { useSignal } from "@preact/signals";
import { callsOf } from "../calls.ts";
import { useAction, useLoaded } from "../loaded.ts";
import { LEARNING_TEXTS as T } from "../texts/learning.ts";
import type { ViewProps } from "../view-props.ts";
import { Done, ErrorNote, Shown, SureButton, TextField, When } from "../widgets.tsx";

interface Version {
  version: number;
  keptAt: string;
  name?: string;
  isHeld: boolean;
  isServed?: true;
}

export function Versions({ community, refresh }: Pick<ViewProps, "community" | "refresh">) {
  const calls = callsOf(community.community);
  const action = useAction();
  const restored = useSignal<number | null>(null);
  const name = useSignal("");
  const turn = useSignal(0);
  const versions = useLoaded(
    () => calls.get<{ versions: Version[] }>("/versions"),
    [community.community, community.modelVersion, turn.value],
  );
  const change = (act: () => Promise<unknown>) =>
    void action.run(async () => {
      await act();
      turn.value++;
    });
  const restore = async (version: number) => {
    const { modelVersion } = await calls.post<{ modelVersion: number }>(`/versions/${version}/restore`);
    restored.value = modelVersion;
    await refresh();
  };
  const keep = (event: Event) => {
    event.preventDefault();
    change(() => calls.post("/versions", name.value.trim() === "" ? {} : { name: name.value.trim() }));
  };
  return (
    <>
      <h3>{T.versions}</h3>
      <ErrorNote error={action.error.value} />
      <Done>{restored.value === null ? null : T.restored(restored.value)}</Done>
      <Shown of={versions}>
        {({ versions: kept }) => (
          <>
            {kept.length === 0 && <p class="quiet">{T.noVersions}</p>}
            <ul class="entries">
              {kept.map(({ version, keptAt, name: called, isHeld, isServed }) => (
                <li key={version} class="entry">
                  <strong>{called ? `${version}, ${called}` : version}</strong>
                  <When at={keptAt} />
                  {isServed && <span class="quiet">{T.served}</span>}
                  <SureButton label={T.restore} onSure={() => change(() => restore(version))} />
                  {isHeld && !isServed && (
                    <SureButton
                      label={T.letGo}
                      onSure={() => change(() => calls.remove(`/versions/${version}`))}
                    />
                  )}
                </li>
              ))}
            </ul>
          </>
        )}
      </Shown>
      <form class="card" onSubmit={keep}>
        <TextField label={T.keepName} text={name} />
        <button type="submit" disabled={action.isRunning.value}>
          {T.keep}
        </button>
      </form>
    </>
  );
}
