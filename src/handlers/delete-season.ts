import { Problem } from "../domain/errors.ts";
import { deleteSeason } from "../infra/season-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint } from "./http/http.ts";

/** `DELETE C/season`: the rounds to come are grouped freely again; 204 whether or not there was a season. */
export const handler = endpoint(async (event) => {
  const { request } = await readOperatorRequest(event);
  const { outcome } = await deleteSeason(request.community);
  if (outcome === "conflict" || outcome === "throttled")
    throw new Problem("try-again", "The community was busy.", { retryAfterSeconds: 1 });
  return { status: 204 };
});
