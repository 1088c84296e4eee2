import { readVersions } from "../infra/version-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint } from "./http/http.ts";

/** `GET C/versions`: the versions of the model that are kept, newest first. */
export const handler = endpoint(async (event) => {
  const { head } = await readOperatorRequest(event);
  const kept = await readVersions(head.community);
  const versions = kept.reverse().map(({ modelVersion, keptAtMs }) => ({
    version: modelVersion,
    keptAt: new Date(keptAtMs).toISOString(),
  }));
  return { status: 200, body: { versions } };
});
