/**
 * The schedule expressions that the local runtime knows: `rate(5 minutes)`, and `cron(...)` whose minutes alone are chosen.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */

const MINUTE_MS = 60_000;
const UNIT_MS: Record<string, number> = { minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: 24 * 60 * MINUTE_MS };

/** The first firing after `afterMs` of a schedule that was made at `madeMs`. */
export type Firings = (afterMs: number, madeMs: number) => number;

function readRate(text: string): Firings | undefined {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  const periodMs = Number(count) * UNIT_MS[unit];
  if (!(periodMs > 0)) return undefined;
  return (afterMs, madeMs) => madeMs + (Math.floor((afterMs - madeMs) / periodMs) + 1) * periodMs;
}

/** `*`, `30`, `0/5`, or several with commas. */
function readMinutes(text: string): boolean[] | undefined {
  const chosen = Array.from({ length: 60 }, () => false);
  for (const part of text.split(",")) {
    const [, from, every] = /^(\*|\d{1,2})(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const first = from === "*" ? 0 : Number(from);
    const step = Number(every ?? (from === "*" ? 1 : 60));
    if (!(first < 60) || !(step > 0)) return undefined;
    for (let minute = first; minute < 60; minute += step) chosen[minute] = true;
  }
  return chosen;
}

function readCron(text: string): Firings | undefined {
  const [, minutes] = /^cron\((\S+) \* \* \* \? \*\)$/.exec(text) ?? [];
  const chosen = minutes === undefined ? undefined : readMinutes(minutes);
  if (!chosen) return undefined;
  return (afterMs) => {
    let minute = Math.floor(afterMs / MINUTE_MS) + 1;
    while (!chosen[minute % 60]) minute++;
    return minute * MINUTE_MS;
  };
}

/** Reads an expression; undefined is one that the local runtime does not know. */
export function readScheduleExpression(text: string): Firings | undefined {
  return readRate(text) ?? readCron(text);
}
