/** Rounds to come: a season in which nobody meets twice, and the cadence by which rounds are published. */
import { useSignal } from "@preact/signals";
import { ApiError } from "../../client/api.ts";
import type { Cadence, Season } from "../answers.ts";
import { callsOf } from "../calls.ts";
import { useAction, useLoaded } from "../loaded.ts";
import { PLAN_TEXTS as T } from "../texts/plan.ts";
import type { ViewProps } from "../view-props.ts";
import { WEEKDAYS, weekdayText } from "../weekdays.ts";
import { Done, ErrorNote, Field, Shown, SureButton, TextField, timeText } from "../widgets.tsx";

const EVERY = ["day", "week", "2 weeks", "3 weeks", "4 weeks", "month"];

function SeasonPart({ community: { community }, moment }: ViewProps) {
  const calls = callsOf(community);
  const turn = useSignal(0);
  const rounds = useSignal("4");
  const action = useAction();
  const season = useLoaded(async () => {
    try {
      return await calls.get<Season>("/season");
    } catch (error) {
      if (error instanceof ApiError && error.type === "unknown-season") return null;
      throw error;
    }
  }, [community, turn.value, moment]);
  const change = (act: () => Promise<unknown>) =>
    void action.run(async () => {
      await act();
      turn.value++;
    });
  const plan = (event: Event) => {
    event.preventDefault();
    change(() => calls.put("/season", { rounds: Number(rounds.value) }));
  };
  return (
    <section class="card">
      <h3>{T.season}</h3>
      <p class="quiet">{T.seasonHint}</p>
      <ErrorNote error={action.error.value} />
      <Shown of={season}>
        {(planned) =>
          planned === null ? (
            <p>{T.noSeason}</p>
          ) : (
            <>
              <p>
                {T.running(planned.firstRound, planned.lastRound)}{" "}
                {T.seasonQuality(planned.quality.repeats, planned.quality.affinityShare)}
              </p>
              <ul>
                {planned.notes?.map(({ note, detail }) => (
                  <li key={note}>{detail}</li>
                ))}
              </ul>
              <SureButton label={T.end} onSure={() => change(() => calls.remove("/season"))} />
            </>
          )
        }
      </Shown>
      <form onSubmit={plan}>
        <TextField label={T.rounds} text={rounds} type="number" min={1} max={53} required />
        <button type="submit" disabled={action.isRunning.value}>
          {T.make}
        </button>
      </form>
    </section>
  );
}

const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

function CadenceForm({ community, refresh }: ViewProps) {
  const saved = community.settings.cadence as Cadence | null;
  const wish = useSignal<Cadence>(
    saved ?? { every: "week", weekday: "monday", time: "09:00", timeZone: OWN_ZONE },
  );
  const action = useAction();
  const save = (cadence: Cadence | null) =>
    void action.run(async () => {
      await callsOf(community.community).put("", { settings: { cadence } });
      await refresh();
    });
  const submit = (event: Event) => {
    event.preventDefault();
    const { weekday = "monday", ...rest } = wish.value;
    save(rest.every === "day" ? rest : { ...rest, weekday });
  };
  const set = (change: Partial<Cadence>) => {
    wish.value = { ...wish.value, ...change };
  };
  const { every, weekday, time, timeZone } = wish.value;
  return (
    <form onSubmit={submit}>
      <ErrorNote error={action.error.value} />
      <Field label={T.every}>
        {(ids) => (
          <select {...ids} value={every} onChange={(event) => set({ every: event.currentTarget.value })}>
            {EVERY.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
      </Field>
      {every !== "day" && (
        <Field label={T.weekday}>
          {(ids) => (
            <select
              {...ids}
              value={weekday}
              onChange={(event) => set({ weekday: event.currentTarget.value })}
            >
              {WEEKDAYS.map((one) => (
                <option key={one} value={one}>
                  {weekdayText(one)}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <Field label={T.time}>
        {(ids) => (
          <input
            {...ids}
            type="time"
            required
            value={time}
            onInput={(event) => set({ time: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={T.timeZone}>
        {(ids) => (
          <input
            {...ids}
            required
            value={timeZone}
            onInput={(event) => set({ timeZone: event.currentTarget.value })}
          />
        )}
      </Field>
      <div class="row">
        <button type="submit" disabled={action.isRunning.value}>
          {T.setCadence}
        </button>
        {saved && <SureButton label={T.endCadence} onSure={() => save(null)} />}
      </div>
    </form>
  );
}

export function Plan(props: ViewProps) {
  const { nextRoundAt } = props.community;
  return (
    <section>
      <h2>{T.heading}</h2>
      <div class="cards">
        <section class="card">
          <h3>{T.cadence}</h3>
          <p class="quiet">{T.cadenceHint}</p>
          <Done>{nextRoundAt ? T.next(timeText(nextRoundAt)) : null}</Done>
          {!nextRoundAt && <p>{T.byHand}</p>}
          <CadenceForm {...props} />
        </section>
        <SeasonPart {...props} />
      </div>
    </section>
  );
}
