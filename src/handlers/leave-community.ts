import { removeStatus } from "../infra/person-store.ts";
import { readCaller } from "./http/caller.ts";
import { endpoint, modelMoved } from "./http/http.ts";
import { leave } from "./steps/leave.ts";

/**
 * `DELETE C/members/me`: erases the ratings, then one commit zeroes the row and erases mapping, factors, and blocks from both sides.
 * Who awaits approval takes that back; a ban stays. 204 for everybody, also where there is no such community.
 */
export const handler = endpoint(async (event) => {
  const { head, status, request } = await readCaller(event);
  const { community, userId, nowMs } = request;
  if (head && status === "awaiting-approval") await removeStatus(community, userId, status);
  if (head && status === "member" && (await leave({ community, userId, nowMs })) === null) throw modelMoved();
  return { status: 204 };
});
