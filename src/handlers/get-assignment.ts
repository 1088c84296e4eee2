/**
 * The member's group in the latest published round or, if they are not in it, in the draft; and the same for
 * a calendar.
 */
import { Problem } from "../domain/errors.ts";
import { becauseOf } from "../domain/rounds/group-facts.ts";
import { type Round, rowsWith } from "../domain/rounds/round.ts";
import { type DirectoryEntry, readItemIds } from "../infra/directory-store.ts";
import { readAnswers } from "../infra/feedback-store.ts";
import { readLatestRounds } from "../infra/round-store.ts";
import { noteSeen } from "../infra/seen-store.ts";
import { calendarEntry } from "./http/calendar-entry.ts";
import { readMemberRequest } from "./http/caller.ts";
import { type HttpEvent, resource } from "./http/http.ts";
import { groupBodies, groupId, roundSummary, suggestedTimes } from "./http/round-body.ts";

const ME = "/communities/{community}/assignments/me";

async function readOwnGroup(event: HttpEvent) {
  const caller = await readMemberRequest(event);
  const { request, head, member } = caller;
  await noteSeen(request.community, member, request.nowMs);
  const rounds = await readLatestRounds(head);
  const round = rounds.find((candidate) => rowsWith(candidate, member.row).length > 0);
  if (!round) {
    throw new Problem(
      "assignment-pending",
      "There is no group yet: the first draft is made soon after two have joined.",
    );
  }
  const rows = rowsWith(round, member.row);
  const group = round.groupOf[member.row];
  return { ...caller, round, group, rows, because: becauseOf(round.groupFacts[group], rows.length) };
}

/** What the member has said of the round, if they have. */
async function readFeedback(
  community: string,
  round: Round,
  row: number,
  directory: readonly DirectoryEntry[],
) {
  if (round.state !== "published") return {};
  const { answers } = await readAnswers(community, round.round, round.groupOf[row]);
  const own = answers.get(row);
  if (!own) return {};
  const missing = directory.filter((entry) => own.missing.includes(entry.row)).map(({ itemId }) => itemId);
  return { feedback: { met: own.met, missing } };
}

export const handler = resource({
  async [`GET ${ME}`](event) {
    const { request, member, round, group, rows, because } = await readOwnGroup(event);
    const { community } = request;
    const directory = await readItemIds(community, rows);
    const feedback = await readFeedback(community, round, member.row, directory);
    const [body] = groupBodies(round, directory, group, group + 1);
    const { groupCount, groupSizes, ...summary } = roundSummary(round);
    const times = suggestedTimes(round, group);
    return { status: 200, body: { ...summary, ...body, because, suggestedTimes: times, ...feedback } };
  },

  async [`GET ${ME}.ics`](event) {
    const { request, member, round, group, because } = await readOwnGroup(event);
    if (round.state !== "published")
      throw new Problem("assignment-pending", "You are in no published group yet.");
    const { community } = request;
    const [time] = suggestedTimes(round, group);
    const of = { community, memberId: member.memberId, round, groupId: groupId(round, group), time, because };
    const headers = { "content-type": "text/calendar; charset=utf-8" };
    return { status: 200, headers, text: calendarEntry(of) };
  },
});
