import type { Head } from "../infra/head-store.ts";

/** A community as `GET C` and `PUT C` show it. `round` is the one in draft. */
export function communityBody(head: Head) {
  const { community, settings, memberCount, itemCount, modelVersion, round } = head;
  return { community, settings, memberCount, itemCount, modelVersion, round };
}
