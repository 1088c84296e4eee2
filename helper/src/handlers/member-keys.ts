/** `PUT` and `DELETE C/keys/me`: a member's key for reports of a community, made on their device. */
import { Problem } from "../../../src/domain/errors.ts";
import { decodeBase64, encodeBase64 } from "../../../src/domain/messages/base64.ts";
import { parse } from "../../../src/domain/messages/messages.ts";
import { macKeyBodySchema } from "../../../src/domain/secure/helper-messages.ts";
import {
  communityOf,
  type HttpEvent,
  jsonBody,
  resource,
  userIdOf,
  valid,
} from "../../../src/handlers/http/http.ts";
import { deleteKey, memberKeyId, registerKey, takeRegistration } from "../infra/member-key-store.ts";
import { settings } from "../infra/names.ts";

async function put(event: HttpEvent) {
  const [userId, community, nowMs] = [userIdOf(event), communityOf(event), Date.now()];
  const { key } = valid(parse(macKeyBodySchema, jsonBody(event)));
  if (!(await takeRegistration(userId, nowMs)))
    throw new Problem("too-many-changes", "Too many registrations this hour.", { retryAfterSeconds: 3600 });
  const keyId = await memberKeyId(community, userId);
  const registeredAtMs = await registerKey(community, keyId, decodeBase64(key)!, nowMs);
  const usableAt = new Date(registeredAtMs + settings.keyAgeMinMs).toISOString();
  return { status: 200, body: { keyId: encodeBase64(keyId), usableAt } };
}

async function remove(event: HttpEvent) {
  const community = communityOf(event);
  await deleteKey(community, await memberKeyId(community, userIdOf(event)));
  return { status: 204 };
}

export const handler = resource({
  "PUT /communities/{community}/keys/me": put,
  "DELETE /communities/{community}/keys/me": remove,
});
