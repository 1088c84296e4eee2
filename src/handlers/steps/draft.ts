/** Makes a community's draft from its present state: shared by the assigner and by publishing, which wants it up to date. */
import { attends, nextReturnMs } from "../../domain/community/attendance.ts";
import { readMatrix } from "../../domain/model/item-matrix.ts";
import { composeDraft, type GroupingState } from "../../domain/rounds/compose-draft.ts";
import { weekStartAfter } from "../../domain/rounds/meeting-times.ts";
import type { Round } from "../../domain/rounds/round.ts";
import { isInSeason, type Season } from "../../domain/rounds/season.ts";
import { seasonSight } from "../../domain/rounds/season-round.ts";
import { type Member, readMembers } from "../../infra/member-store.ts";
import { measure } from "../../infra/metrics.ts";
import { modelOf, type Snapshot } from "../../infra/model-store.ts";
import { readSeason } from "../../infra/season-store.ts";
import { type Past, readPast } from "./past-rounds.ts";
import { stopInTime, type TimeBudget } from "./time-limit.ts";

/** What the groups of `people` are made from. */
function groupingState(
  snapshot: Snapshot,
  people: readonly Member[],
  { meetings, isWhole }: Past,
  season: Season | null,
  weekStartMs?: number,
): GroupingState {
  const { head, blocks } = snapshot;
  const { rowCount, settings, seed, round, modelVersion } = head;
  return {
    settings,
    rowCount,
    items: readMatrix(modelOf(snapshot), blocks),
    people: people.filter((person) => person.row < rowCount).sort((a, b) => a.row - b.row),
    pastRounds: meetings,
    weekStartMs,
    isHistoryWhole: isWhole,
    isInformed: modelVersion > 0 || people.some((person) => person.userFactors !== undefined),
    seed: seed ^ round,
    season: season ? seasonSight(season, round) : undefined,
  };
}

/** What a season is planned from: all members may take part in it but those who are banned, or paused until further notice. */
export async function readSeasonState(snapshot: Snapshot, nowMs: number): Promise<GroupingState> {
  const members = await readMembers(snapshot.head.community);
  const past = await readPast(snapshot.head, members, null, nowMs);
  const people = members.filter(
    (member) => !member.paused && !member.isBanned && !past.absentees.has(member.row),
  );
  return groupingState(snapshot, people, past, null);
}

function firstOf(...times: (number | undefined)[]): number | undefined {
  const known = times.flatMap((ms) => ms ?? []);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Groups everybody who takes part, as the season has planned it or near to the round's stored draft; null when there are not two of them. */
export async function makeDraft(
  snapshot: Snapshot,
  stored: Round | null,
  nowMs: number,
  budget: TimeBudget,
): Promise<Round | null> {
  const { head } = snapshot;
  const { community, settings, round, latestRound, modelVersion, rosterVersion, sharedVersion } = head;
  const [everybody, planned] = await Promise.all([readMembers(community), readSeason(community)]);
  const members = everybody.filter((member) => !member.isBanned);
  const season = planned && isInSeason(planned, round) ? planned : null;
  const past = await readPast(head, members, season, nowMs);
  const occasion = { round, latestRound, participation: settings.participation, nowMs };
  const present = members.filter((member) => attends(member, occasion) && !past.absentees.has(member.row));
  const weekStartMs = weekStartAfter(nowMs);
  const state = groupingState(snapshot, present, past, season, weekStartMs);
  if (state.people.length < 2) return null;
  const startedAtMs = performance.now();
  const draft = composeDraft(
    { ...state, previous: stored?.groupOf },
    stopInTime(budget, { community, round, people: state.people.length }),
  );
  const engineSeconds = Math.round(performance.now() - startedAtMs) / 1000;
  measure("DraftSeconds", engineSeconds);
  if (draft.quality.moved !== null) measure("MovedMembers", draft.quality.moved);
  return {
    round,
    state: "draft",
    modelVersion,
    rosterVersion,
    sharedVersion,
    computedAtMs: nowMs,
    validUntilMs: firstOf(nextReturnMs(members, occasion), draft.times && weekStartMs),
    ...draft,
    quality: { ...draft.quality, engineSeconds },
  };
}
