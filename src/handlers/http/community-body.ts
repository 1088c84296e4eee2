import { openTerms } from "../../domain/secure/terms.ts";
import { fixedTerms, type Head } from "../../infra/head-store.ts";

/**
 * A community as `GET C` and `PUT C` show it. `round` is the one in draft; with a cadence, `nextRoundAt` is
 * when it is published. Where sums are secure, `openSum` is what a report must answer to.
 */
export function communityBody(head: Head) {
  const { community, settings, memberCount, itemCount, modelVersion, round } = head;
  const { nextRoundAtMs } = head;
  const schedule = nextRoundAtMs === undefined ? {} : { nextRoundAt: new Date(nextRoundAtMs).toISOString() };
  const openSum = settings.sums === "secure" ? { openSum: openTerms(head, fixedTerms(head)) } : {};
  return { community, settings, memberCount, itemCount, modelVersion, round, ...schedule, ...openSum };
}
