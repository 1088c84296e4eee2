/**
 * Asks again now and then, in a tab that is seen: every minute, and every three seconds for two minutes after
 * an action of one's own. The API answers a community that has not changed with a 304, which the browser
 * turns into what it has.
 */
import { useEffect } from "preact/hooks";

const CALM_MS = 60_000;
const EAGER_MS = 3_000;
const EAGER_FOR_MS = 120_000;

let lastActionMs = Number.NEGATIVE_INFINITY;
const waiting = new Set<() => void>();

/** Somebody has changed something here, and wants to see what comes of it. */
export function noteAction(): void {
  lastActionMs = performance.now();
  for (const restart of waiting) restart();
}

/** Runs `ask` at once and then by the clock, as long as the component is there. */
export function usePolling(ask: () => Promise<void>, of: readonly unknown[]): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const wait = () => {
      clearTimeout(timer);
      if (isOver || document.visibilityState !== "visible") return;
      const isEager = performance.now() - lastActionMs < EAGER_FOR_MS;
      timer = setTimeout(run, isEager ? EAGER_MS : CALM_MS);
    };
    const run = async () => {
      clearTimeout(timer);
      await ask().catch(() => {});
      wait();
    };
    const onVisible = () => (document.visibilityState === "visible" ? void run() : wait());
    waiting.add(wait);
    document.addEventListener("visibilitychange", onVisible);
    void run();
    return () => {
      isOver = true;
      clearTimeout(timer);
      waiting.delete(wait);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, of);
}
