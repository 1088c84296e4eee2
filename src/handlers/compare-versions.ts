import { Problem } from "../domain/errors.ts";
import { COMPARISONS_PER_HOUR_MAX } from "../domain/limits.ts";
import { compareQuerySchema } from "../domain/messages/version-messages.ts";
import { takeFromCommunityRate } from "../infra/community-rate.ts";
import { snapshotOf } from "../infra/model-store.ts";
import { noteQuality } from "../infra/version-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint, queryOf } from "./http/http.ts";
import { requireVersion } from "./http/version-body.ts";
import { compareVersions } from "./steps/compare-versions.ts";

/**
 * `GET C/versions/compare`: how well two kept versions, or one and the present model, tell what hosted
 * members like. The versions have learned from the ratings that are held out here, too: the figures are for
 * holding one against the other.
 */
export const handler = endpoint(async (event, budget) => {
  const { head, request } = await readOperatorRequest(event);
  const { community } = head;
  const { a, b } = queryOf(event, compareQuerySchema);
  const asked = [a, ...(b === undefined ? [] : [b])];
  const kept = await Promise.all(asked.map((version) => requireVersion(community, Number(version))));
  const limit = COMPARISONS_PER_HOUR_MAX;
  const full = await takeFromCommunityRate(community, "compare", limit, request.nowMs);
  if (full) throw new Problem("too-many-reads", `At most ${limit} comparisons an hour.`, full);
  const { qualities, ...restsOn } = await compareVersions(await snapshotOf(head), kept, budget);
  const measured = { members: restsOn.ranked, measuredAtMs: request.nowMs };
  for (const [n, { modelVersion }] of kept.entries())
    await noteQuality(community, modelVersion, { ...qualities[n], ...measured });
  const numbers = [...kept.map(({ modelVersion }) => modelVersion), head.modelVersion];
  const versions = qualities.map((quality, n) => ({ version: numbers[n], ...quality }));
  return { status: 200, body: { versions, restsOn } };
});
