import type { Head } from "../../infra/head-store.ts";

/** A community as `GET C` and `PUT C` show it. `round` is the one in draft; with a cadence, `nextRoundAt` is when it is published. */
export function communityBody(head: Head) {
  const { community, settings, memberCount, itemCount, modelVersion, round } = head;
  const { nextRoundAtMs } = head;
  const schedule = nextRoundAtMs === undefined ? {} : { nextRoundAt: new Date(nextRoundAtMs).toISOString() };
  return { community, settings, memberCount, itemCount, modelVersion, round, ...schedule };
}
