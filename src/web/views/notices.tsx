/** Webhooks: made, tried, with what came of their last deliveries. */
import { useSignal } from "@preact/signals";
import { type CommunityCalls, callsOf, get } from "../calls.ts";
import { type Action, useAction, useLoaded } from "../loaded.ts";
import { NOTICES_TEXTS as T } from "../texts/notices.ts";
import type { ViewProps } from "../view-props.ts";
import { Done, ErrorNote, Shown, SureButton, Table, TextField, timeText, When } from "../widgets.tsx";

interface Webhook {
  name: string;
  url: string;
  events: string[];
  failingSince?: string;
  disabledAt?: string;
}

interface Delivery {
  id: string;
  event: string;
  state: string;
  attempts: number;
  status?: number;
  error?: string;
  triedAt?: string;
}

/** The events that the API's own document names; a test is no event. */
async function readEvents(): Promise<string[]> {
  const { webhooks = {} } = await get<{ webhooks?: Record<string, unknown> }>("/openapi.json");
  return Object.keys(webhooks).filter((event) => event !== "test");
}

function Deliveries({ calls, name, moment }: { calls: CommunityCalls; name: string; moment: number }) {
  const deliveries = useLoaded(
    () => calls.get<{ deliveries: Delivery[] }>(`/webhooks/${name}/deliveries`),
    [name, moment],
  );
  return (
    <details>
      <summary>{T.deliveries}</summary>
      <Shown of={deliveries}>
        {({ deliveries: list }) => (
          <Table
            caption={T.deliveries}
            columns={[T.event, T.state, T.attempts, T.tried, T.status]}
            rows={list.map(({ id, event, state, attempts, triedAt, status, error }) => ({
              key: id,
              cells: [event, state, attempts, <When at={triedAt} />, status ?? error ?? ""],
            }))}
          />
        )}
      </Shown>
    </details>
  );
}

interface EntryProps {
  webhook: Webhook;
  calls: CommunityCalls;
  action: Action;
  moment: number;
  reload: () => void;
  onSecret: (name: string, secret: string) => void;
}

function Entry({ webhook, calls, action, moment, reload, onSecret }: EntryProps) {
  const { name, url, events, failingSince, disabledAt } = webhook;
  const tested = useSignal<string | null>(null);
  const path = `/webhooks/${name}`;
  const act = (work: () => Promise<void>) => void action.run(work);
  const test = async () => {
    const { delivered, ms } = await calls.post<{ delivered: boolean; ms: number }>(`${path}/test`);
    tested.value = T.tested(delivered, ms);
    reload();
  };
  const rotate = async () => {
    const { secret } = await calls.post<{ secret: string }>(`${path}/rotate`);
    onSecret(name, secret);
  };
  const remove = async () => {
    await calls.remove(path);
    reload();
  };
  return (
    <li class="card">
      <h3>{name}</h3>
      <code>{url}</code>
      <p class="quiet">{events.join(", ")}</p>
      {failingSince && <p>{T.failing(timeText(failingSince))}</p>}
      {disabledAt && <p>{T.disabled(timeText(disabledAt))}</p>}
      <Done>{tested.value}</Done>
      <div class="row">
        <button type="button" class="plain" disabled={action.isRunning.value} onClick={() => act(test)}>
          {T.test}
        </button>
        <SureButton label={T.rotate} onSure={() => act(rotate)} />
        <SureButton label={T.remove} onSure={() => act(remove)} />
      </div>
      <Deliveries calls={calls} name={name} moment={moment} />
    </li>
  );
}

interface MakeProps {
  events: readonly string[];
  action: Action;
  onMake: (name: string, body: { url: string; events: string[] }) => Promise<void>;
}

function Make({ events, action, onMake }: MakeProps) {
  const name = useSignal("");
  const url = useSignal("");
  const chosen = useSignal<string[]>(["round.published"]);
  const submit = (event: Event) => {
    event.preventDefault();
    void action.run(() => onMake(name.value.trim(), { url: url.value.trim(), events: chosen.value }));
  };
  const choose = (event: string, isChosen: boolean) => {
    chosen.value = events.filter((one) => (one === event ? isChosen : chosen.value.includes(one)));
  };
  return (
    <form class="card" onSubmit={submit}>
      <TextField label={T.name} text={name} required />
      <TextField label={T.url} text={url} type="url" required />
      <fieldset>
        <legend>{T.events}</legend>
        {events.map((one) => (
          <label class="check" key={one}>
            <input
              type="checkbox"
              checked={chosen.value.includes(one)}
              onChange={(event) => choose(one, event.currentTarget.checked)}
            />
            {one}
          </label>
        ))}
      </fieldset>
      <button type="submit" disabled={action.isRunning.value}>
        {T.make}
      </button>
    </form>
  );
}

export function Notices({ community: { community }, moment }: ViewProps) {
  const calls = callsOf(community);
  const turn = useSignal(0);
  const secret = useSignal<{ name: string; secret: string } | null>(null);
  const action = useAction();
  const events = useLoaded(readEvents, []);
  const webhooks = useLoaded(
    () => calls.get<{ webhooks: Webhook[] }>("/webhooks"),
    [community, turn.value, moment],
  );
  const reload = () => {
    turn.value++;
  };
  const onSecret = (name: string, told: string) => {
    secret.value = { name, secret: told };
  };
  const make = async (name: string, body: { url: string; events: string[] }) => {
    const { secret: told } = await calls.put<{ secret?: string }>(
      `/webhooks/${encodeURIComponent(name)}`,
      body,
    );
    if (told) onSecret(name, told);
    reload();
  };
  return (
    <section>
      <h2>{T.heading}</h2>
      <p class="quiet">{T.lead}</p>
      <ErrorNote error={action.error.value} />
      <Done>
        {secret.value && (
          <>
            {T.secret(secret.value.name)} <code>{secret.value.secret}</code>
          </>
        )}
      </Done>
      <Shown of={webhooks}>
        {({ webhooks: list }) => (
          <ul class="plain-list">
            {list.length === 0 && <li class="quiet">{T.none}</li>}
            {list.map((webhook) => (
              <Entry
                key={webhook.name}
                {...{ webhook, calls, action, reload, onSecret }}
                moment={moment + turn.value}
              />
            ))}
          </ul>
        )}
      </Shown>
      <Shown of={events}>{(known) => <Make events={known} action={action} onMake={make} />}</Shown>
    </section>
  );
}
