/** Invitations to a community whose `join` is `invite`, or past the waiting where it is `approval`. */
import { invalidRequest } from "../domain/errors.ts";
import { PAGE_INVITES_MAX } from "../domain/limits.ts";
import { inviteCodeSchema, parse } from "../domain/messages/messages.ts";
import { inviteBodySchema } from "../domain/messages/people-messages.ts";
import { addInvite, type Invite, readInvites, removeInvite } from "../infra/invite-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { jsonBody, resource, valid } from "./http/http.ts";
import { pageBody, pageStart } from "./http/pages.ts";

const C = "/communities/{community}";

const timeOf = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());

function inviteBody({ code, uses, usesMax, expiresAtMs, createdAtMs }: Invite) {
  return {
    code,
    uses,
    usesMax: usesMax ?? null,
    expiresAt: timeOf(expiresAtMs),
    createdAt: timeOf(createdAtMs),
  };
}

export const handler = resource({
  async [`POST ${C}/invites`](event) {
    const { request } = await readOperatorRequest(event);
    const { community, nowMs } = request;
    const { usesMax, expiresAt } = event.body ? valid(parse(inviteBodySchema, jsonBody(event))) : {};
    const expiresAtMs = expiresAt === undefined ? undefined : Date.parse(expiresAt);
    if (expiresAtMs !== undefined && expiresAtMs <= nowMs)
      throw invalidRequest([{ pointer: "#/expiresAt", detail: "is over" }]);
    const invite = await addInvite(community, { usesMax, expiresAtMs }, nowMs);
    return {
      status: 201,
      headers: { location: `/communities/${community}/invites/${invite.code}` },
      body: inviteBody(invite),
    };
  },
  async [`GET ${C}/invites`](event) {
    const { head } = await readOperatorRequest(event);
    const page = await readInvites(head.community, pageStart(event), PAGE_INVITES_MAX);
    return { status: 200, body: pageBody("invites", page, inviteBody) };
  },
  async [`DELETE ${C}/invites/{code}`](event) {
    const { head } = await readOperatorRequest(event);
    const code = valid(parse(inviteCodeSchema, event.pathParameters?.code, ["code"]));
    await removeInvite(head.community, code);
    return { status: 204 };
  },
});
