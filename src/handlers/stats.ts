import { WEEK_MS, weekStartMs } from "../domain/community/weeks.ts";
import { STATS_WEEKS_DEFAULT } from "../domain/limits.ts";
import { statsQuerySchema } from "../domain/messages/version-messages.ts";
import { groupingFigures, type RoundFigures } from "../domain/rounds/weekly-figures.ts";
import { type CommitCounts, readRecentCommits } from "../infra/commit-counts.ts";
import { countAnswers } from "../infra/feedback-store.ts";
import { readAbsences } from "../infra/meeting-store.ts";
import { readMembers } from "../infra/member-store.ts";
import { readRoundFigures } from "../infra/round-store.ts";
import { readVersions } from "../infra/version-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { type Answer, endpoint, isKnown, queryOf } from "./http/http.ts";
import { latestQuality } from "./http/version-body.ts";

interface Commits {
  commits: CommitCounts[];
  /** Commits before it are no longer in the log, or too far back in it to be read here. */
  knownSinceMs: number;
}

/**
 * What the commits of a week applied. Nobody can tell how many members contributed in a week: a sender's tag
 * is another in each sum. At least as many did as the largest sum had senders. Null where the log does not
 * reach back to the week's beginning.
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
  answers: Awaited<ReturnType<typeof countAnswers>>;
  absences: Awaited<ReturnType<typeof readAbsences>>;
}

/**
 * What members have said of a week's rounds: how many answered, how many of them had met, and of all who were
 * grouped the share that met somebody for all that is said; no answer counts as met. The first two are kept
 * for a month.
 */
function feedback({ answers, absences }: Figures, rounds: readonly RoundFigures[]) {
  const sum = (of: (round: RoundFigures) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const grouped = sum(({ memberCount }) => memberCount);
  const unmet = sum(({ round }) => absences.get(round)?.unmet.length ?? 0);
  return {
    answers: sum(({ round }) => answers.get(round)?.answers ?? 0),
    saidMet: sum(({ round }) => answers.get(round)?.met ?? 0),
    met: grouped === 0 ? null : 1 - unmet / grouped,
  };
}

function weekBody(figures: Figures, startMs: number) {
  const { rounds, commits, joinedAtMs } = figures;
  const isOfWeek = (timeMs: number) => weekStartMs(timeMs) === startMs;
  const ofWeek = rounds.filter(({ publishedAtMs }) => isOfWeek(publishedAtMs));
  return {
    week: new Date(startMs).toISOString().slice(0, 10),
    /** Of those who are members now. */
    joined: joinedAtMs.filter(isOfWeek).length,
    contributions: contributions(commits, startMs),
    ...groupingFigures(ofWeek),
    feedback: feedback(figures, ofWeek),
  };
}

/**
 * `GET C/stats?by=week`: what has become of the community week by week, newest first, and by arm of its
 * experiment.
 */
export const handler = endpoint(async (event): Promise<Answer> => {
  const { head, request } = await readOperatorRequest(event);
  const { weeks = STATS_WEEKS_DEFAULT } = queryOf(event, statsQuerySchema);
  const { community, modelVersion, rosterVersion, memberCount } = head;
  const thisWeekMs = weekStartMs(request.nowMs);
  const firstMs = thisWeekMs - (Number(weeks) - 1) * WEEK_MS;
  const rounds = await readRoundFigures(head, firstMs);
  const [first, last] = [rounds[0]?.round ?? 1, rounds.at(-1)?.round ?? 0];
  const answers = await countAnswers(community, first, last);
  const answered = [...answers.values()].reduce((sum, one) => sum + one.answers + one.met, 0);
  const recommendations = latestQuality(await readVersions(community));
  // What it rests on moves one of these.
  const states = [
    modelVersion,
    rosterVersion,
    head.sharedVersion,
    thisWeekMs,
    weeks,
    answered,
    recommendations?.measuredAt,
  ];
  const etag = `"${states.join("-")}"`;
  if (isKnown(event, etag)) return { status: 304, headers: { etag } };
  const [commits, members, absences] = await Promise.all([
    readRecentCommits(head, firstMs, request.nowMs),
    readMembers(community),
    readAbsences(community, first, last),
  ]);
  const joinedAtMs = members.flatMap((member) => member.joinedAtMs ?? []);
  const bodies = Array.from({ length: Number(weeks) }, (_, n) =>
    weekBody({ rounds, commits, joinedAtMs, answers, absences }, thisWeekMs - n * WEEK_MS),
  );
  return { status: 200, headers: { etag }, body: { members: memberCount, recommendations, weeks: bodies } };
});
