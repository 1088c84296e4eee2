/**
 * A caller that gives up no call: it repeats, as a device does, what a broken connection or a 5xx left
 * without an answer.
 */
import { type Caller, type CallOptions, callerWith, type Response } from "../../tests/e2e/caller.ts";

const PAUSE_MS = 100;
/** Far longer than a start of the system takes; a call that lasts so long is a violation of its own. */
const PATIENCE_MS = 120_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** `heard` is told of each attempt: how long it took, and its status, 0 where no answer came. */
export function patientCaller(
  url: string,
  token: string,
  heard: (ms: number, status: number, what: string) => void = () => {},
): Caller {
  const once = callerWith(url, token);
  return async <T>(method: string, path: string, options: CallOptions = {}): Promise<Response<T>> => {
    const givenUpAtMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const startedMs = performance.now();
      const failed = { status: 0, headers: new Headers(), body: {} as T };
      const attempt = once<T>(method, path, options).catch((): Response<T> => failed);

      const answer = await attempt;
      heard(performance.now() - startedMs, answer.status, `${method} ${path}`);
      if (answer.status > 0 && answer.status < 500) return answer;
      if (performance.now() > givenUpAtMs)
        throw new Error(`${method} ${path} has had no answer for 2 minutes`);
      await pause(PAUSE_MS);
    }
  };
}
