import { Problem } from "../domain/errors.ts";
import { endpoint, readRequest } from "./http/http.ts";
import { leave } from "./steps/leave.ts";

/** `DELETE C/members/me`: erases the member; 204 too where nobody is there, as after an answer that was lost. */
export const handler = endpoint(async (event) => {
  const { community, userId, nowMs } = readRequest(event);
  if ((await leave(community, userId, nowMs)) === "lost-races")
    throw new Problem("try-again", "The model kept moving.", { retryAfterSeconds: 1 });
  return { status: 204 };
});
