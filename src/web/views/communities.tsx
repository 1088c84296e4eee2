/** Where somebody is and what they run; making one, joining one. */
import { useSignal } from "@preact/signals";
import { ApiError } from "../../client/api.ts";
import type { Community, Place } from "../answers.ts";
import { callsOf, get } from "../calls.ts";
import { useAction, useLoaded } from "../loaded.ts";
import { addressOf, go } from "../router.ts";
import { COMMUNITIES_TEXTS as T } from "../texts/communities.ts";
import { ErrorNote, Shown, TextField } from "../widgets.tsx";

interface Known {
  places: Place[];
  /** Null for who runs none. */
  run: Community[] | null;
}

async function readKnown(): Promise<Known> {
  const run = get<{ communities: Community[] }>("/communities").then(
    ({ communities }) => communities,
    (error) => {
      if (error instanceof ApiError && error.status === 403) return null;
      throw error;
    },
  );
  const [{ communities: places }, own] = await Promise.all([get<{ communities: Place[] }>("/me"), run]);
  return { places, run: own };
}

function Entry({ community, line }: { community: string; line: string }) {
  return (
    <li>
      <a class="entry" href={addressOf("c", community)}>
        <strong>{community}</strong>
        <span class="quiet">{line}</span>
      </a>
    </li>
  );
}

interface NameFormProps {
  heading: string;
  button: string;
  onName: (name: string) => Promise<void>;
}

function NameForm({ heading, button, onName }: NameFormProps) {
  const name = useSignal("");
  const { run, error, isRunning } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    void run(() => onName(name.value.trim()));
  };
  return (
    <form class="card" onSubmit={submit}>
      <h2>{heading}</h2>
      <ErrorNote error={error.value} />
      <TextField label={T.name} hint={T.nameHint} text={name} required />
      <button type="submit" disabled={isRunning.value}>
        {button}
      </button>
    </form>
  );
}

async function make(name: string): Promise<void> {
  await callsOf(name).put("", { settings: {} });
  go("c", name);
}

function Lists({ places, run }: Known) {
  const runs = new Set(run?.map(({ community }) => community));
  const others = places.filter(({ community }) => !runs.has(community));
  return (
    <ul class="entries">
      {run?.map(({ community, memberCount, round }) => (
        <Entry key={community} community={community} line={T.count(memberCount, round)} />
      ))}
      {others.map(({ community, status, isOperator }) => (
        <Entry
          key={community}
          community={community}
          line={isOperator || !status ? T.run : T.status[status]}
        />
      ))}
    </ul>
  );
}

export function Communities() {
  const known = useLoaded(readKnown, []);
  return (
    <section>
      <h1>{T.heading}</h1>
      <Shown of={known}>
        {({ places, run }) => (
          <>
            {places.length + (run?.length ?? 0) === 0 && <p class="quiet">{T.none}</p>}
            <Lists places={places} run={run} />
            <div class="cards">
              {run && <NameForm heading={T.make} button={T.makeButton} onName={make} />}
              <NameForm heading={T.join} button={T.joinButton} onName={async (name) => go("c", name, "me")} />
            </div>
          </>
        )}
      </Shown>
    </section>
  );
}
