import { Problem } from "../domain/errors.ts";
import { gradientIdSchema, parse } from "../domain/messages/messages.ts";
import { isExpired } from "../domain/model/judging.ts";
import { readStatus } from "../infra/gradient-status.ts";
import { readMemberRequest } from "./http/caller.ts";
import { endpoint, valid } from "./http/http.ts";

/** `GET C/gradients/{id}`: what the commit log and the sums that wait say of the id. What they do not know is queued, until its day is over. */
export const handler = endpoint(async (event) => {
  const { head, request } = await readMemberRequest(event);
  const id = valid(parse(gradientIdSchema, event.pathParameters?.id, ["id"]));
  const status = await readStatus(head, id, request.nowMs);
  if (!status && isExpired(id, request.nowMs))
    throw new Problem("unknown-gradient", `No gradient ${id} was applied, and this is not its day.`);
  return { status: 200, body: { id, ...(status ?? { status: "queued" }) } };
});
