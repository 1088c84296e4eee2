/**
 * Drives a schedule as EventBridge Scheduler does: it invokes the function at each of its times, asynchronously, so that one
 * invocation does not hold up the next, and a failed one is tried twice more:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import { randomUUID } from "node:crypto";
import type { EventBridgeEvent } from "aws-lambda";
import type { LocalFunction } from "../functions.ts";
import { accountId } from "../template/resources.ts";
import { type EventSource, pause } from "./event-source.ts";
import type { Firings } from "./schedule-expression.ts";

const RETRIES_AFTER_MS = [60_000, 120_000];
/** Timers do not reach beyond 24 days. */
const PAUSE_MAX_MS = 3_600_000;

/** The time a schedule goes by. Tests have one that need not be waited for. */
export interface ScheduleClock {
  now(): number;
  /** Waits, or less when `signal` fires. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

const realClock: ScheduleClock = { now: () => Date.now(), pause };

export interface ScheduleMapping {
  name: string;
  firings: Firings;
  region: string;
  fn: LocalFunction;
  clock?: ScheduleClock;
}

/** The event's shape, as captured: `detail` is a text. */
function scheduledEvent(firedMs: number, { name, region }: ScheduleMapping) {
  const event: EventBridgeEvent<"Scheduled Event", string> = {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: accountId,
    time: `${new Date(firedMs).toISOString().slice(0, 19)}Z`,
    region,
    resources: [`arn:aws:scheduler:${region}:${accountId}:schedule/default/${name}`],
    detail: "{}",
  };
  return event;
}

export function driveSchedule(mapping: ScheduleMapping): EventSource {
  const { firings, fn, clock = realClock } = mapping;
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Set<Promise<void>>();

  async function invoke(event: object): Promise<void> {
    for (const retryAfterMs of [...RETRIES_AFTER_MS, undefined]) {
      try {
        await fn.invoke(event);
        return;
      } catch {
        if (retryAfterMs === undefined) return; // logged by the function
        await clock.pause(retryAfterMs, signal);
        if (signal.aborted) return;
      }
    }
  }

  async function loop(): Promise<void> {
    const madeMs = clock.now();
    for (let lastMs = madeMs; ; ) {
      const dueMs = firings(Math.max(lastMs, clock.now() - 1), madeMs);
      while (clock.now() < dueMs && !signal.aborted) {
        await clock.pause(Math.min(dueMs - clock.now(), PAUSE_MAX_MS), signal);
      }
      if (signal.aborted) return;
      lastMs = dueMs;
      const invocation = invoke(scheduledEvent(dueMs, mapping)).finally(() => running.delete(invocation));
      running.add(invocation);
    }
  }

  const looping = loop();
  return {
    /** What is to come is not waiting: a schedule is idle between its times. */
    isIdle: async () => true,
    async stop() {
      stopping.abort();
      await looping;
      await Promise.all(running);
    },
  };
}
