/** The operators that a community names beside those by scope. None need be named, so the last one may be removed. */
import { PAGE_PEOPLE_MAX } from "../domain/limits.ts";
import { parse } from "../domain/messages/messages.ts";
import { userIdSchema } from "../domain/messages/people-messages.ts";
import { addOperator, readOperators, removeOperator } from "../infra/person-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { type HttpEvent, resource, valid } from "./http/http.ts";
import { pageBody, pageStart } from "./http/pages.ts";

const C = "/communities/{community}";

async function readChange(event: HttpEvent) {
  const { head } = await readOperatorRequest(event);
  return {
    community: head.community,
    userId: valid(parse(userIdSchema, event.pathParameters?.userId, ["userId"])),
  };
}

export const handler = resource({
  async [`GET ${C}/operators`](event) {
    const { head } = await readOperatorRequest(event);
    const page = await readOperators(head.community, pageStart(event), PAGE_PEOPLE_MAX);
    return { status: 200, body: pageBody("operators", page, ({ userId }) => ({ userId })) };
  },
  async [`PUT ${C}/operators/{userId}`](event) {
    const { community, userId } = await readChange(event);
    await addOperator(community, userId);
    return { status: 200, body: { userId } };
  },
  async [`DELETE ${C}/operators/{userId}`](event) {
    const { community, userId } = await readChange(event);
    await removeOperator(community, userId);
    return { status: 204 };
  },
});
