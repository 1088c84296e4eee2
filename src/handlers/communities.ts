/** Where somebody is in, and what they run: the calls that name no community. */
import { PAGE_COMMUNITIES_MAX } from "../domain/limits.ts";
import { readCommunities, readPlaces } from "../infra/community-lists.ts";
import { operatorNeeded } from "./http/caller.ts";
import { communityBody } from "./http/community-body.ts";
import { readIdentity, resource } from "./http/http.ts";
import { pageBody, pageStart } from "./http/pages.ts";

export const handler = resource({
  async "GET /me"(event) {
    const { userId, hasOperatorScope } = readIdentity(event);
    const page = await readPlaces(userId, pageStart(event), PAGE_COMMUNITIES_MAX);
    const body = pageBody("communities", page, ({ head, status, isOperator }) => ({
      community: head.community,
      status,
      isOperator: isOperator || hasOperatorScope,
    }));
    return { status: 200, body: { userId, ...body } };
  },

  /** By the scope all of them; else those that name the caller, or 403 where none does. */
  async "GET /communities"(event) {
    const { userId, hasOperatorScope } = readIdentity(event);
    const start = pageStart(event);
    if (hasOperatorScope) {
      const page = await readCommunities(start, PAGE_COMMUNITIES_MAX);
      return { status: 200, body: pageBody("communities", page, communityBody) };
    }
    const { values, next } = await readPlaces(userId, start, PAGE_COMMUNITIES_MAX);
    const run = values.filter(({ isOperator }) => isOperator).map(({ head }) => head);
    if (run.length === 0 && start === undefined && next === undefined) throw operatorNeeded();
    return { status: 200, body: pageBody("communities", { values: run, next }, communityBody) };
  },
});
