/** When a member can meet: hours of their week, on the clocks of where they are. */
import { useSignal } from "@preact/signals";
import type { TertuliaClient } from "../../client/client.ts";
import type { Availability } from "../device.ts";
import { useAction } from "../loaded.ts";
import { ME_TEXTS as T } from "../texts/me.ts";
import { WEEKDAYS, weekdayText } from "../weekdays.ts";
import { Done, ErrorNote } from "../widgets.tsx";

const QUARTER_SECONDS = 900;

type Period = Availability["weekly"][number];

const FIRST: Period = { day: "monday", from: "18:00", to: "21:00" };

interface PeriodProps {
  period: Period;
  onChange: (period: Period) => void;
  onRemove: () => void;
}

function Hours({ period, onChange, onRemove }: PeriodProps) {
  const time = (name: "from" | "to") => (
    <input
      type="time"
      required
      step={QUARTER_SECONDS}
      aria-label={T[name]}
      value={period[name]}
      onInput={(event) => onChange({ ...period, [name]: event.currentTarget.value })}
    />
  );
  return (
    <div class="row hours">
      <select
        aria-label={T.day}
        value={period.day}
        onChange={(event) => onChange({ ...period, day: event.currentTarget.value as Period["day"] })}
      >
        {WEEKDAYS.map((day) => (
          <option key={day} value={day}>
            {weekdayText(day)}
          </option>
        ))}
      </select>
      {time("from")}
      {time("to")}
      <button type="button" class="plain" aria-label={T.removeHours} onClick={onRemove}>
        ×
      </button>
    </div>
  );
}

interface AvailabilityProps {
  device: TertuliaClient;
  known: Availability | null;
}

export function AvailabilityForm({ device, known }: AvailabilityProps) {
  const weekly = useSignal<Period[]>(known?.weekly ?? []);
  const isSaved = useSignal(false);
  const action = useAction();
  const timeZone = known?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const set = (periods: Period[]) => {
    weekly.value = periods;
    isSaved.value = false;
  };
  const save = (event: Event) => {
    event.preventDefault();
    void action.run(async () => {
      await device.setAvailability(weekly.value.length === 0 ? null : { timeZone, weekly: weekly.value });
      isSaved.value = true;
    });
  };
  return (
    <form class="card" onSubmit={save}>
      <h3>{T.when}</h3>
      <p class="quiet">
        {T.whenHint} {timeZone}
      </p>
      <ErrorNote error={action.error.value} />
      {weekly.value.map((period, n) => (
        <Hours
          key={n}
          period={period}
          onChange={(changed) => set(weekly.value.with(n, changed))}
          onRemove={() => set(weekly.value.toSpliced(n, 1))}
        />
      ))}
      <Done>{isSaved.value ? T.hoursSaved : null}</Done>
      <div class="row">
        <button type="button" class="plain" onClick={() => set([...weekly.value, FIRST])}>
          {T.addHours}
        </button>
        <button type="submit" disabled={action.isRunning.value}>
          {T.saveHours}
        </button>
      </div>
    </form>
  );
}
