import { FEEDBACK_ROUNDS_MAX, PAGE_RATINGS_MAX } from "../domain/limits.ts";
import { readRows } from "../domain/model/item-matrix.ts";
import { readItemIds } from "../infra/directory-store.ts";
import { readAnswers } from "../infra/feedback-store.ts";
import type { Head } from "../infra/head-store.ts";
import type { Member } from "../infra/member-store.ts";
import { modelOf, rowSnapshot } from "../infra/model-store.ts";
import { readRatingsPage } from "../infra/rating-store.ts";
import { readRounds } from "../infra/round-store.ts";
import { dayText } from "../infra/seen-store.ts";
import { memberBody } from "./http/admission.ts";
import { readMemberRequest } from "./http/caller.ts";
import { endpoint } from "./http/http.ts";
import { type Meeting, readMeetings } from "./http/meetings-body.ts";
import { cursorOf, pageStart } from "./http/pages.ts";
import { readMisses } from "./steps/past-rounds.ts";

/** What the server holds and cannot tell to be this member's. */
const NOT_HERE = [
  "Gradients wait under a keyed hash until their sum is committed, a week at most.",
  "Answers about rounds, of others too, are kept for a month; who was at a meeting stands with the round.",
  "Backups of the tables hold up to 35 days.",
];

async function readAllMeetings(head: Head, member: Member): Promise<Meeting[]> {
  const meetings: Meeting[] = [];
  let next: string | undefined;
  do {
    const page = await readMeetings(head, member, next);
    meetings.push(...page.values);
    next = page.next;
  } while (next !== undefined);
  return meetings;
}

async function readOwnAnswers({ community, latestRound }: Head, { row }: Member) {
  const first = Math.max(1, latestRound + 1 - FEEDBACK_ROUNDS_MAX);
  const rounds = await readRounds(community, first, latestRound);
  const own = rounds.filter(({ groupOf }) => (groupOf[row] ?? -1) >= 0);
  const answers = await Promise.all(
    own.map(async ({ round, groupOf }) => {
      const answer = (await readAnswers(community, round, groupOf[row])).answers.get(row);
      return answer ? [{ round, ...answer }] : [];
    }),
  );
  return answers.flat();
}

/** What stands with the member, and the model's row of them. */
async function readOwn(head: Head, member: Member, nowMs: number) {
  const { community, modelVersion } = head;
  const [answers, misses, meetings, snapshot] = await Promise.all([
    readOwnAnswers(head, member),
    readMisses(head, member),
    readAllMeetings(head, member),
    rowSnapshot(head, member.row),
  ]);
  const rows = [...member.blockedRows, ...answers.flatMap(({ missing }) => missing)];
  const directory = await readItemIds(community, [...new Set(rows)]);
  const named = (wanted: readonly number[]) =>
    directory.filter(({ row }) => wanted.includes(row)).map(({ itemId }) => itemId);
  const { userFactors, noiseStdDev, joinedAtMs, lastSeenDay, gradients, changes, modelReads } = member;
  return {
    userId: member.userId,
    ...memberBody(member, head, nowMs),
    ...misses,
    isOperator: member.isOperator ?? false,
    tags: member.tags,
    joinedAt: joinedAtMs === undefined ? null : new Date(joinedAtMs).toISOString(),
    lastSeenAt: dayText(lastSeenDay),
    availability: member.availability ?? null,
    userFactors: userFactors ? { values: [...userFactors], noiseStdDev: noiseStdDev ?? 0 } : null,
    itemFactors: { modelVersion, values: [...readRows(modelOf(snapshot), snapshot.blocks, [member.row])] },
    blocks: named(member.blockedRows),
    countsOfTheHour: { gradients, changes, modelReads },
    feedback: answers.map(({ round, met, missing }) => ({ round, met, missing: named(missing) })),
    meetings,
  };
}

/**
 * `GET C/members/me/export`: all that the server holds about a member (GDPR, article 15); ratings by pages.
 */
export const handler = endpoint(async (event) => {
  const { head, member, request } = await readMemberRequest(event);
  const { community, nowMs } = request;
  const after = pageStart(event);
  const key = member.ratings?.key;
  const page = key ? await readRatingsPage(community, key, after, PAGE_RATINGS_MAX) : { values: [] };
  const directory = await readItemIds(community, [...new Set(page.values.map(({ row }) => row))]);
  const itemIdOf = new Map(directory.map(({ row, itemId }) => [row, itemId]));
  const told = page.values.map((rating) => ({
    id: rating.id,
    itemId: itemIdOf.get(rating.row) ?? null,
    value: rating.value,
    occurredAt: new Date(rating.occurredAtMs).toISOString(),
  }));
  const next = page.next === undefined ? {} : { next: cursorOf(page.next) };
  if (after !== undefined) return { status: 200, body: { ratings: told, ...next } };
  const own = await readOwn(head, member, nowMs);
  const exportedAt = new Date(nowMs).toISOString();
  return {
    status: 200,
    body: { exportedAt, community, ...own, ratings: told, notHere: NOT_HERE, ...next },
  };
});
