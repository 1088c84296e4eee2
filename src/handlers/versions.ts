/**
 * The versions of a community's model that are kept: listed, kept on demand, let go of, made current again.
 */

import { servedVersions } from "../domain/community/settings.ts";
import { Problem } from "../domain/errors.ts";
import { HELD_VERSIONS_MAX } from "../domain/limits.ts";
import { parse, versionNumberSchema } from "../domain/messages/messages.ts";
import { keptVersionBodySchema } from "../domain/messages/version-messages.ts";
import { retry } from "../infra/retry.ts";
import { keepVersion, letGo, readVersions } from "../infra/version-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import {
  type Answer,
  type HttpEvent,
  jsonBody,
  modelMoved,
  resource,
  unknownCommunity,
  valid,
} from "./http/http.ts";
import { requireVersion, versionBody } from "./http/version-body.ts";
import { commitSums } from "./steps/commit-sums.ts";
import { logError } from "./steps/log.ts";
import { tryRestore } from "./steps/restore.ts";

const C = "/communities/{community}";

async function readVersionRequest(event: HttpEvent) {
  const { head, request } = await readOperatorRequest(event);
  const version = Number(valid(parse(versionNumberSchema, event.pathParameters?.version, ["version"])));
  return { head, request, kept: await requireVersion(head.community, version) };
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
   * Keeps the present version until it is let go of. Two calls at once may give two versions one name, or
   * keep one more than the bound: all calls go by numbers, and the bound is of storage.
   */
  async [`POST ${C}/versions`](event): Promise<Answer> {
    const { head, request } = await readOperatorRequest(event);
    const { community, modelVersion, settings } = head;
    const { name } = valid(parse(keptVersionBodySchema, event.body ? jsonBody(event) : {}));
    const held = (await readVersions(community)).filter(({ heldAtMs }) => heldAtMs !== undefined);
    const before = held.find((kept) => kept.modelVersion === modelVersion);
    const namesake = held.find((kept) => name !== undefined && kept.name === name && kept !== before);
    if (namesake)
      throw new Problem("version-not-kept", `Version ${namesake.modelVersion} has the name '${name}'.`);
    if (!before && held.length >= HELD_VERSIONS_MAX)
      throw new Problem("version-not-kept", `At most ${HELD_VERSIONS_MAX} versions are kept on demand.`);
    const outcome = await keepVersion(head, "heldAtMs", request.nowMs, name);
    if (outcome === "gone") throw unknownCommunity(community);
    if (outcome === "busy") throw modelMoved();
    const kept = await requireVersion(community, modelVersion);
    return { status: before ? 200 : 201, body: versionBody(kept, servedVersions(settings)) };
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
