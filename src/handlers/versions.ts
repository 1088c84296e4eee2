/** The versions of a community's model that are kept: listed, kept on demand, let go of, made current again, compared. */

import { servedVersions } from "../domain/community/settings.ts";
import { Problem } from "../domain/errors.ts";
import { COMPARISONS_PER_HOUR_MAX, HELD_VERSIONS_MAX } from "../domain/limits.ts";
import { parse, versionNumberSchema } from "../domain/messages/messages.ts";
import { compareQuerySchema, keptVersionBodySchema } from "../domain/messages/version-messages.ts";
import type { Model } from "../domain/model/apply-batch.ts";
import { takeFromCommunityRate } from "../infra/community-rate.ts";
import type { Head } from "../infra/head-store.ts";
import { modelOf, snapshotOf } from "../infra/model-store.ts";
import { retry } from "../infra/retry.ts";
import {
  type KeptVersion,
  keepVersion,
  letGo,
  noteQuality,
  readVersion,
  readVersions,
} from "../infra/version-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import {
  type Answer,
  type HttpEvent,
  jsonBody,
  modelMoved,
  queryOf,
  resource,
  unknownCommunity,
  valid,
} from "./http/http.ts";
import { versionBody } from "./http/version-body.ts";
import { commitSums } from "./steps/commit-sums.ts";
import { compareModels } from "./steps/compare-models.ts";
import { keptModel } from "./steps/kept-model.ts";
import { logError } from "./steps/log.ts";
import { tryRestore } from "./steps/restore.ts";

const C = "/communities/{community}";

async function requireVersion(community: string, version: number): Promise<KeptVersion> {
  const kept = await readVersion(community, version);
  if (kept) return kept;
  throw new Problem("unknown-version", `Version ${version} is not kept; GET versions lists those that are.`);
}

async function readVersionRequest(event: HttpEvent) {
  const { head, request } = await readOperatorRequest(event);
  const version = Number(valid(parse(versionNumberSchema, event.pathParameters?.version, ["version"])));
  return { head, request, kept: await requireVersion(head.community, version) };
}

/** The models of kept versions; where there is but one, the model as it is beside it. */
async function modelsOf(head: Head, kept: readonly KeptVersion[]): Promise<Model[]> {
  const snapshot = await snapshotOf(head);
  const models: Model[] = [];
  for (const one of kept) models.push(await keptModel(snapshot, one));
  return kept.length === 1 ? [...models, modelOf(snapshot)] : models;
}

export const handler = resource({
  /** Newest first. */
  async [`GET ${C}/versions`](event) {
    const { head } = await readOperatorRequest(event);
    const served = servedVersions(head.settings);
    const kept = await readVersions(head.community);
    return { status: 200, body: { versions: kept.reverse().map((one) => versionBody(one, served)) } };
  },

  /**
   * Keeps the present version until it is let go of. Two calls at once may give two versions one name, or keep one more than
   * the bound: all calls go by numbers, and the bound is of storage.
   */
  async [`POST ${C}/versions`](event): Promise<Answer> {
    const { head, request } = await readOperatorRequest(event);
    const { community, modelVersion, settings } = head;
    const { name } = valid(parse(keptVersionBodySchema, event.body ? jsonBody(event) : {}));
    const held = (await readVersions(community)).filter(({ heldAtMs }) => heldAtMs !== undefined);
    const before = held.find((kept) => kept.modelVersion === modelVersion);
    const namesake = held.find((kept) => name !== undefined && kept.name === name && kept !== before);
    if (namesake)
      throw new Problem("version-name-taken", `Version ${namesake.modelVersion} has the name '${name}'.`);
    if (!before && held.length >= HELD_VERSIONS_MAX)
      throw new Problem("too-many-versions", `At most ${HELD_VERSIONS_MAX} versions are kept on demand.`);
    const outcome = await keepVersion(head, "heldAtMs", request.nowMs, name);
    if (outcome === "gone") throw unknownCommunity(community);
    if (outcome === "busy") throw modelMoved();
    const kept = await requireVersion(community, modelVersion);
    return { status: before ? 200 : 201, body: versionBody(kept, servedVersions(settings)) };
  },

  /** The versions have learned from the ratings that are held out here, too: the figures are for holding one against the other. */
  async [`GET ${C}/versions/compare`](event, budget): Promise<Answer> {
    const { head, request } = await readOperatorRequest(event);
    const { a, b } = queryOf(event, compareQuerySchema);
    const { community } = head;
    const kept = await Promise.all(
      [a, ...(b === undefined ? [] : [b])].map((version) => requireVersion(community, Number(version))),
    );
    const limit = COMPARISONS_PER_HOUR_MAX;
    const full = await takeFromCommunityRate(community, "compare", limit, request.nowMs);
    if (full) throw new Problem("too-many-comparisons", `At most ${limit} comparisons an hour.`, full);
    const models = await modelsOf(head, kept);
    const { qualities, ...counts } = await compareModels(head, models, budget);
    const measured = { members: counts.ranked, measuredAtMs: request.nowMs };
    for (const [n, { modelVersion }] of kept.entries())
      await noteQuality(community, modelVersion, { ...qualities[n], ...measured });
    const versions = models.map(({ modelVersion: version }, n) => ({ version, ...qualities[n] }));
    return { status: 200, body: { versions, restsOn: counts } };
  },

  async [`DELETE ${C}/versions/{version}`](event) {
    const { head, kept } = await readVersionRequest(event);
    if (kept.heldAtMs === undefined)
      throw new Problem(
        "version-in-use",
        `Version ${kept.modelVersion} is kept by the day, and goes by itself.`,
      );
    const outcome = await letGo(head.community, kept.modelVersion, "heldAtMs");
    if (outcome === "busy") throw modelMoved();
    if (outcome === "served")
      throw new Problem(
        "version-in-use",
        `Readers are served version ${kept.modelVersion}: see pinnedVersion and experiment.`,
      );
    return { status: 204 };
  },

  /** Gradients that wait are stale then. */
  async [`POST ${C}/versions/{version}/restore`](event, context) {
    const { head, request, kept } = await readVersionRequest(event);
    const { community } = head;
    const modelVersion = await retry(() => tryRestore(community, kept, request.nowMs));
    if (modelVersion === "gone") throw unknownCommunity(community);
    if (modelVersion === null) throw modelMoved();
    await commitSums(community).catch((error) => logError(error, context)); // the tick does it too
    return { status: 200, body: { restored: kept.modelVersion, modelVersion } };
  },
});
