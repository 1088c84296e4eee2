import { Problem } from "../domain/errors.ts";
import { PAGE_GROUPS_MAX } from "../domain/limits.ts";
import { assignmentsQuerySchema } from "../domain/messages/messages.ts";
import { rowsByGroup } from "../domain/rounds/round.ts";
import { readItemIds } from "../infra/directory-store.ts";
import { readLatestRounds } from "../infra/round-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint, queryOf } from "./http/http.ts";
import { groupBodies, roundSummary } from "./http/round-body.ts";

/** `GET C/assignments`: all groups of the latest published round, or of the draft before there is one; by pages. */
export const handler = endpoint(async (event) => {
  const { head } = await readOperatorRequest(event);
  const { cursor } = queryOf(event, assignmentsQuerySchema);
  const [round] = await readLatestRounds(head);
  if (!round) throw new Problem("assignment-pending", "No draft is computed yet.");
  const first = Number(cursor ?? 0);
  const last = Math.min(first + PAGE_GROUPS_MAX, round.groupCount);
  const rows = rowsByGroup(round).slice(first, last).flat();
  const groups = groupBodies(round, await readItemIds(head.community, rows), first, last);
  const next = last < round.groupCount ? { next: String(last) } : {};
  return { status: 200, body: { ...roundSummary(round), groups, ...next } };
});
