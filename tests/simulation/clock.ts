/**
 * The simulation's time. Handlers read Date.now; here it stands still until the seed moves it, and each Lambda sees it with
 * its own clock's error. Far in the future, so that no store's TTL can fall into it.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const START_MS = Date.UTC(2100, 0, 1);
const errors = new AsyncLocalStorage<number>();
let nowMs = START_MS;

/** Takes over Date.now, and makes jitter nothing: waiting finds no fault. */
export function installClock(): void {
  Date.now = () => nowMs + (errors.getStore() ?? 0);
  Math.random = () => 0;
}

export function restartClock(): void {
  nowMs = START_MS;
}

export function advanceClock(ms: number): void {
  nowMs += ms;
}

export function clockMs(): number {
  return nowMs;
}

/** Runs code on a machine whose clock is `errorMs` off. */
export function withClockError<T>(errorMs: number, run: () => T): T {
  return errors.run(errorMs, run);
}
