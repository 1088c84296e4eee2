/** The one loop of attempts: for lost races, for what a service leaves undone, for connections that break. */
import { COMMIT_ATTEMPTS_MAX } from "../domain/limits.ts";

const BACK_OFF_MS = 20;
/** Pauses grow up to BACK_OFF_MS times 2 to the power of this, 0.6 s. */
const BACK_OFF_STEPS_MAX = 5;

/** Waits a random time below base * 2^attempt ("full jitter", AWS Architecture Blog, Exponential Backoff And Jitter). */
async function backOff(attempt: number, baseMs: number): Promise<void> {
  const delayMs = Math.random() * baseMs * 2 ** Math.min(attempt, BACK_OFF_STEPS_MAX);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** Makes attempts, numbered from 0, until one has an answer; null is none. Answers null where the last has none either. */
export async function retry<Result>(
  attempt: (number: number) => Promise<Result | null>,
  { attemptsMax = COMMIT_ATTEMPTS_MAX, baseMs = BACK_OFF_MS } = {},
): Promise<Result | null> {
  for (let number = 0; number < attemptsMax; number++) {
    if (number > 0) await backOff(number - 1, baseMs);
    const result = await attempt(number);
    if (result !== null) return result;
  }
  return null;
}
