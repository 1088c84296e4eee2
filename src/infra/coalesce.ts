/**
 * Joins calls that are made at the same time into one request of many keys. A Lambda that serves one event at a time sends
 * requests of one key; where a process serves many at once (Lambda managed instances, the local runtime), the SDK's cost,
 * 0.6 ms of CPU a request, is shared.
 */

interface Waiting<Key, Value> {
  key: Key;
  resolve: (value: Value) => void;
  reject: (error: unknown) => void;
}

/** Requests under way at once, while there are keys to fill them. */
const IN_FLIGHT_MAX = 4;

/**
 * Returns a function of one key over `run`, a function of up to `keysMax`. A key leaves at once when no request is under
 * way; those after it gather until one has come back or until they fill a request, so that requests grow with the load.
 * `run` answers in the order of its keys, an Error for a failed one.
 */
export function coalesce<Key, Value>(
  keysMax: number,
  run: (keys: Key[]) => Promise<(Value | Error)[]>,
): (key: Key) => Promise<Value> {
  const waiting: Waiting<Key, Value>[] = [];
  let inFlight = 0;

  async function send(calls: Waiting<Key, Value>[]): Promise<void> {
    try {
      const values = await run(calls.map((call) => call.key));
      calls.forEach((call, at) => {
        const value = values[at];
        if (value instanceof Error) call.reject(value);
        else call.resolve(value);
      });
    } catch (error) {
      for (const call of calls) call.reject(error);
    }
  }

  function next(): void {
    while (inFlight === 0 ? waiting.length > 0 : waiting.length >= keysMax && inFlight < IN_FLIGHT_MAX) {
      inFlight++;
      void send(waiting.splice(0, keysMax)).finally(() => {
        inFlight--;
        next();
      });
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      next();
    });
}
