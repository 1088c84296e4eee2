/** A computation inside an invocation: it ends in time to write its result, and says in the log that it goes on. */
import type { Context } from "aws-lambda";
import { HEARTBEAT_MS, WRITE_RESERVE_MS } from "../../domain/limits.ts";
import { logEvent } from "./log.ts";

/** Lambda's context, as far as it says how much time is left. */
export type TimeBudget = Pick<Context, "functionName" | "getRemainingTimeInMillis">;

/** A budget of at most so many milliseconds from now. */
export function shortBudget(budget: TimeBudget, timeMs: number): TimeBudget {
  const endMs = performance.now() + timeMs;
  return {
    functionName: budget.functionName,
    getRemainingTimeInMillis: () => Math.min(budget.getRemainingTimeInMillis(), endMs - performance.now()),
  };
}

/**
 * Returns a function that says whether to stop, for a search to ask now and then. Where less than twice the reserve is
 * left from the start, as with a short timeout, half of what there is goes to the search.
 */
export function stopInTime(budget: TimeBudget, fields: Record<string, unknown>): () => boolean {
  const remainingAtStartMs = budget.getRemainingTimeInMillis();
  const reserveMs = Math.min(WRITE_RESERVE_MS, remainingAtStartMs / 2);
  let heartbeatAtMs = remainingAtStartMs - HEARTBEAT_MS;
  return () => {
    const remainingMs = budget.getRemainingTimeInMillis();
    if (remainingMs <= heartbeatAtMs) {
      heartbeatAtMs = remainingMs - HEARTBEAT_MS;
      const elapsedMs = remainingAtStartMs - remainingMs;
      logEvent("heartbeat", { functionName: budget.functionName, ...fields, elapsedMs, remainingMs });
    }
    return remainingMs <= reserveMs;
  };
}
