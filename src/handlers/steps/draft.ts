/** Makes a community's draft from its present state: shared by the assigner and by publishing, which wants it up to date. */
import { attends, nextReturnMs } from "../../domain/community/attendance.ts";
import { MEETING_HALF_LIVES_MAX } from "../../domain/limits.ts";
import { readMatrix } from "../../domain/model/item-matrix.ts";
import { composeDraft, type GroupingState } from "../../domain/rounds/compose-draft.ts";
import type { SeasonSight } from "../../domain/rounds/season-round.ts";
import type { Head } from "../../infra/head-store.ts";
import { type Member, readMembers } from "../../infra/member-store.ts";
import { measure } from "../../infra/metrics.ts";
import { modelOf, type Snapshot } from "../../infra/model-store.ts";
import { NO_GROUP } from "../../infra/round-groups.ts";
import { type Round, readRounds } from "../../infra/round-store.ts";
import { isInSeason, readSeason, type Season } from "../../infra/season-store.ts";
import { type Clock, stopInTime } from "./time-limit.ts";

/** Published rounds never change, so an instance reads each once. */
const publishedRounds = new Map<string, Round>();

/** The published rounds that still weigh on the draft `head.round` or must not be repeated in it, oldest first. */
async function readPastRounds(head: Head, season: Season | null): Promise<Round[]> {
  const { community, createdAtMs, round, settings } = head;
  const { meetingHalfLifeRounds, rematchWindowRounds } = settings;
  const weighing = Math.ceil(meetingHalfLifeRounds * MEETING_HALF_LIVES_MAX);
  const published = season ? round - season.firstRound : 0;
  const first = Math.max(1, round - Math.max(weighing, rematchWindowRounds, published));
  const keyOf = (number: number) => JSON.stringify([community, createdAtMs, number]);
  let firstUnknown = first;
  while (firstUnknown < round && publishedRounds.has(keyOf(firstUnknown))) firstUnknown++;
  for (const past of await readRounds(community, firstUnknown, round - 1))
    publishedRounds.set(keyOf(past.round), past);
  return Array.from({ length: round - first }, (_, at) => publishedRounds.get(keyOf(first + at))!);
}

function byRow(round: Round): Int32Array {
  return Int32Array.from(round.groupOf, (group) => (group === NO_GROUP ? -1 : group));
}

/** What the groups of `people` are made from. */
async function groupingState(
  snapshot: Snapshot,
  people: readonly Member[],
  season: Season | null,
): Promise<GroupingState> {
  const { head, blocks } = snapshot;
  const { rowCount, settings, seed, round, modelVersion } = head;
  const pastRounds = await readPastRounds(head, season);
  return {
    settings,
    rowCount,
    items: readMatrix(modelOf(snapshot), blocks),
    people: people.filter((person) => person.row < rowCount).sort((a, b) => a.row - b.row),
    pastRounds: pastRounds.map((past) => ({ groupOf: byRow(past), age: round - past.round })),
    isHistoryWhole: pastRounds.length === round - 1,
    isInformed: modelVersion > 0 || people.some((person) => person.userFactors !== undefined),
    seed: seed ^ round,
    season: season ? seasonSight(season, round) : undefined,
  };
}

function seasonSight({ rows, rounds, firstRound }: Season, round: number): SeasonSight {
  const [planned, ...later] = rounds.slice(round - firstRound).map((groupOf) => Int32Array.from(groupOf));
  return { rows, planned, later, published: round - firstRound };
}

/** What a season is planned from: all members but those who are paused until further notice may take part in it. */
export async function readSeasonState(snapshot: Snapshot): Promise<GroupingState> {
  const members = await readMembers(snapshot.head.community);
  return groupingState(
    snapshot,
    members.filter((member) => !member.paused),
    null,
  );
}

/** Groups everybody who takes part, as the season has planned it or near to the round's stored draft; null when there are not two of them. */
export async function makeDraft(
  snapshot: Snapshot,
  stored: Round | null,
  nowMs: number,
  clock: Clock,
): Promise<Round | null> {
  const { head } = snapshot;
  const { community, settings, round, modelVersion, rosterVersion, sharedVersion } = head;
  const [members, planned] = await Promise.all([readMembers(community), readSeason(community)]);
  const season = planned && isInSeason(planned, round) ? planned : null;
  const occasion = { round, participation: settings.participation, nowMs };
  const present = members.filter((member) => attends(member, occasion));
  const state = await groupingState(snapshot, present, season);
  if (state.people.length < 2) return null;
  const startedAtMs = performance.now();
  const { groupOf, groupCount, groupFacts, quality } = composeDraft(
    { ...state, previous: stored ? byRow(stored) : undefined },
    stopInTime(clock, { community, round, people: state.people.length }),
  );
  const engineSeconds = Math.round(performance.now() - startedAtMs) / 1000;
  measure("DraftSeconds", engineSeconds);
  if (quality.moved !== null) measure("MovedMembers", quality.moved);
  return {
    round,
    state: "draft",
    modelVersion,
    rosterVersion,
    sharedVersion,
    computedAtMs: nowMs,
    validUntilMs: nextReturnMs(members, occasion),
    groupCount,
    groupOf: Uint32Array.from(groupOf, (group) => (group < 0 ? NO_GROUP : group)),
    groupFacts,
    quality: { ...quality, engineSeconds },
  };
}
