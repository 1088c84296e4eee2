import { removeStatus } from "../infra/person-store.ts";
import { readCaller } from "./http/caller.ts";
import { endpoint, modelMoved } from "./http/http.ts";
import { leave } from "./steps/leave.ts";

/**
 * `DELETE C/members/me`: erases the member; who awaits approval takes that back. 204 too where nobody is there, as after an answer
 * that was lost, and where there is no such community.
 */
export const handler = endpoint(async (event) => {
  const { member, status, request } = await readCaller(event);
  const { community, userId, nowMs } = request;
  if (status === "awaiting-approval") await removeStatus(community, userId, status);
  if (member && (await leave(community, userId, nowMs)) === "lost-races") throw modelMoved();
  return { status: 204 };
});
