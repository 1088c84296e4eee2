import { Problem } from "../domain/errors.ts";
import { becauseOf } from "../domain/rounds/group-facts.ts";
import { rowsWith } from "../domain/rounds/round.ts";
import { readItemIds } from "../infra/directory-store.ts";
import { readLatestRounds } from "../infra/round-store.ts";
import { noteSeen } from "../infra/seen-store.ts";
import { readMemberRequest } from "./http/caller.ts";
import { endpoint } from "./http/http.ts";
import { groupBodies, roundSummary } from "./http/round-body.ts";

/** `GET C/assignments/me`: the member's group in the latest published round or, if they are not in it, in the draft. */
export const handler = endpoint(async (event) => {
  const { request, head, member } = await readMemberRequest(event);
  const { community } = request;
  await noteSeen(community, member, request.nowMs);
  const rounds = await readLatestRounds(head);
  const round = rounds.find((candidate) => rowsWith(candidate, member.row).length > 0);
  if (!round) {
    throw new Problem(
      "assignment-pending",
      "There is no group yet: the first draft is made soon after two have joined.",
    );
  }
  const group = round.groupOf[member.row];
  const rows = rowsWith(round, member.row);
  const [body] = groupBodies(round, await readItemIds(community, rows), group, group + 1);
  const { groupCount, groupSizes, ...summary } = roundSummary(round);
  const because = becauseOf(round.groupFacts[group], rows.length);
  return { status: 200, body: { ...summary, ...body, because } };
});
