import { WEEK_MS, weekStartMs } from "../domain/community/weeks.ts";
import { STATS_WEEKS_DEFAULT } from "../domain/limits.ts";
import { statsQuerySchema } from "../domain/messages/version-messages.ts";
import { groupingFigures, type RoundFigures } from "../domain/rounds/weekly-figures.ts";
import { type CommitCounts, readRecentCommits } from "../infra/commit-counts.ts";
import { readMembers } from "../infra/member-store.ts";
import { readRoundFigures } from "../infra/round-store.ts";
import { readVersions } from "../infra/version-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { type Answer, endpoint, isKnown, queryOf } from "./http/http.ts";
import { latestQuality } from "./http/version-body.ts";

interface Commits {
  commits: CommitCounts[];
  /** Whoever committed before is not in the log any more, or too far back in it to be read here. */
  knownSinceMs: number;
}

/**
 * What the commits of a week applied. Nobody can tell how many members contributed in a week: a sender's tag is another in each
 * sum. At least as many did as the largest sum had senders. Null where the log does not reach back to the week's beginning.
 */
function contributions({ commits, knownSinceMs }: Commits, startMs: number) {
  if (knownSinceMs > startMs) return null;
  const ofWeek = commits.filter(({ committedAtMs }) => weekStartMs(committedAtMs) === startMs);
  return {
    commits: ofWeek.length,
    applied: ofWeek.reduce((sum, { applied }) => sum + applied, 0),
    rejected: ofWeek.reduce((sum, { rejected }) => sum + rejected, 0),
    sendersMax: ofWeek.reduce((most, { senders }) => Math.max(most, senders), 0),
  };
}

interface Figures {
  rounds: readonly RoundFigures[];
  commits: Commits;
  joinedAtMs: readonly number[];
}

/** What feedback tells of a week's rounds is to come in here. */
function weekBody({ rounds, commits, joinedAtMs }: Figures, startMs: number) {
  const isOfWeek = (timeMs: number) => weekStartMs(timeMs) === startMs;
  return {
    week: new Date(startMs).toISOString().slice(0, 10),
    /** Of those who are members now. */
    joined: joinedAtMs.filter(isOfWeek).length,
    contributions: contributions(commits, startMs),
    ...groupingFigures(rounds.filter(({ publishedAtMs }) => isOfWeek(publishedAtMs))),
  };
}

/** `GET C/stats?by=week`: what has become of the community week by week, newest first, and by arm of its experiment. */
export const handler = endpoint(async (event): Promise<Answer> => {
  const { head, request } = await readOperatorRequest(event);
  const { weeks = STATS_WEEKS_DEFAULT } = queryOf(event, statsQuerySchema);
  const { community, modelVersion, rosterVersion, memberCount } = head;
  const thisWeekMs = weekStartMs(request.nowMs);
  const firstMs = thisWeekMs - (Number(weeks) - 1) * WEEK_MS;
  const recommendations = latestQuality(await readVersions(community));
  // What it rests on moves one of these.
  const states = [modelVersion, rosterVersion, thisWeekMs, weeks, recommendations?.measuredAt];
  const etag = `"${states.join("-")}"`;
  if (isKnown(event, etag)) return { status: 304, headers: { etag } };
  const [rounds, commits, members] = await Promise.all([
    readRoundFigures(head, firstMs),
    readRecentCommits(head, firstMs, request.nowMs),
    readMembers(community),
  ]);
  const joinedAtMs = members.flatMap((member) => member.joinedAtMs ?? []);
  const bodies = Array.from({ length: Number(weeks) }, (_, n) =>
    weekBody({ rounds, commits, joinedAtMs }, thisWeekMs - n * WEEK_MS),
  );
  return { status: 200, headers: { etag }, body: { members: memberCount, recommendations, weeks: bodies } };
});
