import { readInsiderRequest } from "./http/caller.ts";
import { communityBody } from "./http/community-body.ts";
import { endpoint } from "./http/http.ts";

/** `GET C`: members see it, and operators, who made it. */
export const handler = endpoint(async (event) => {
  const { head } = await readInsiderRequest(event);
  return { status: 200, body: communityBody(head) };
});
