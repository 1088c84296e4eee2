/** A clock that moves when it is told to. */
import type { ScheduleClock } from "../../scripts/local/mappings/event-source-schedule.ts";

export class ManualClock implements ScheduleClock {
  #nowMs: number;
  readonly #waiting = new Set<{ untilMs: number; resolve: () => void }>();

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = { untilMs: this.#nowMs + ms, resolve };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", () => resolve());
      if (signal.aborted) resolve();
    });
  }

  /** Moves on from one wake-up to the next, so that whoever pauses again in between is woken in between. */
  async moveTo(ms: number): Promise<void> {
    while (this.#nowMs < ms) {
      const wakesMs = [...this.#waiting].map(({ untilMs }) => untilMs);
      this.#nowMs = Math.max(this.#nowMs, Math.min(ms, ...wakesMs));
      for (const waiting of this.#waiting) {
        if (waiting.untilMs > this.#nowMs) continue;
        this.#waiting.delete(waiting);
        waiting.resolve();
      }
      await new Promise((next) => setTimeout(next, 5));
    }
  }
}
