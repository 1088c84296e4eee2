/** A computation inside an invocation: it ends in time to write its result, and says in the log that it goes on. */
import type { Context } from "aws-lambda";
import { HEARTBEAT_MS, WRITE_RESERVE_MS } from "../../domain/limits.ts";
import { logEvent } from "./log.ts";

/** What is asked of Lambda's context. */
export type Clock = Pick<Context, "functionName" | "getRemainingTimeInMillis">;

/**
 * Returns a function that says whether to stop, for a search to ask now and then. Where less than twice the reserve is
 * left from the start, as with a short timeout, half of what there is goes to the search.
 */
export function stopInTime(clock: Clock, fields: Record<string, unknown>): () => boolean {
  const remainingAtStartMs = clock.getRemainingTimeInMillis();
  const reserveMs = Math.min(WRITE_RESERVE_MS, remainingAtStartMs / 2);
  let heartbeatAtMs = remainingAtStartMs - HEARTBEAT_MS;
  return () => {
    const remainingMs = clock.getRemainingTimeInMillis();
    if (remainingMs <= heartbeatAtMs) {
      heartbeatAtMs = remainingMs - HEARTBEAT_MS;
      const elapsedMs = remainingAtStartMs - remainingMs;
      logEvent("heartbeat", { functionName: clock.functionName, ...fields, elapsedMs, remainingMs });
    }
    return remainingMs <= reserveMs;
  };
}
