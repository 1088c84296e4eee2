import { readInsiderRequest } from "./http/caller.ts";
import { communityBody } from "./http/community-body.ts";
import { endpoint, etagOf, isKnown } from "./http/http.ts";

/**
 * `GET C`: members see it, and operators, who made it. A page that polls it gets a 304 while nothing has
 * changed.
 */
export const handler = endpoint(async (event) => {
  const { head } = await readInsiderRequest(event);
  const body = communityBody(head);
  const etag = etagOf(JSON.stringify(body));
  const headers = { etag, "cache-control": "private, no-cache", vary: "accept-encoding, authorization" };
  return isKnown(event, etag) ? { status: 304, headers } : { status: 200, headers, body };
});
