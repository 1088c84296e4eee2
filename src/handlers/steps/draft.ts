/** Makes a community's draft from its present state: shared by the assigner and by publishing, which wants it up to date. */
import { attends, nextReturnMs } from "../../domain/community/attendance.ts";
import { type Arm, type Settings, settingsOfArm, versionOfArm } from "../../domain/community/settings.ts";
import { WRITE_RESERVE_MS } from "../../domain/limits.ts";
import { readMatrix } from "../../domain/model/item-matrix.ts";
import { type ArmState, areLargeEnough, composeArms } from "../../domain/rounds/compose-arms.ts";
import type { GroupingState } from "../../domain/rounds/compose-draft.ts";
import { weekStartAfter } from "../../domain/rounds/meeting-times.ts";
import type { Round } from "../../domain/rounds/round.ts";
import { isInSeason, type Season } from "../../domain/rounds/season.ts";
import { seasonSight } from "../../domain/rounds/season-round.ts";
import { armOf } from "../../infra/arms.ts";
import type { Head } from "../../infra/head-store.ts";
import { type Member, readMembers } from "../../infra/member-store.ts";
import { measure } from "../../infra/metrics.ts";
import { modelOf, type Snapshot } from "../../infra/model-store.ts";
import { readSeason } from "../../infra/season-store.ts";
import { servedMatrix } from "./kept-model.ts";
import { type Past, readPast } from "./past-rounds.ts";
import { shortBudget, stopInTime, type TimeBudget } from "./time-limit.ts";

/** By which settings and of which model groups are made. */
interface Basis {
  settings: Settings;
  items: Float32Array;
  modelVersion: number;
}

/** What an arm's groups are made of. */
async function basisOf(snapshot: Snapshot, arm: Arm): Promise<Basis> {
  const { head } = snapshot;
  const settings = settingsOfArm(head.settings, arm);
  const version = versionOfArm(settings, arm);
  const items = await servedMatrix(snapshot, version);
  return { settings, items, modelVersion: version ?? head.modelVersion };
}

/** What the groups of `people` are made from. */
function groupingState(
  head: Head,
  { settings, items, modelVersion }: Basis,
  people: readonly Member[],
  { meetings, isWhole }: Past,
  season: Season | null,
  weekStartMs?: number,
): GroupingState {
  const { rowCount, seed, round } = head;
  return {
    settings,
    rowCount,
    items,
    people: people.filter((person) => person.row < rowCount).sort((a, b) => a.row - b.row),
    pastRounds: meetings,
    weekStartMs,
    isHistoryWhole: isWhole,
    isInformed: modelVersion > 0 || people.some((person) => person.userFactors !== undefined),
    seed: seed ^ round,
    season: season ? seasonSight(season, round) : undefined,
  };
}

/** What a draft is made from beside its people. */
interface Occasion {
  past: Past;
  season: Season | null;
  weekStartMs: number;
}

/** The states of both arms, or why the members are not parted by the community's experiment. */
async function armStates(
  snapshot: Snapshot,
  people: readonly Member[],
  { past, season, weekStartMs }: Occasion,
): Promise<ArmState[] | "few" | "season"> {
  if (season) return "season";
  const { head } = snapshot;
  const ofArm: Record<Arm, Member[]> = { main: [], experiment: [] };
  for (const person of people) ofArm[await armOf(head, person.userId)].push(person);
  const states: ArmState[] = [];
  for (const arm of ["experiment", "main"] as const) {
    const basis = await basisOf(snapshot, arm);
    states.push({ arm, state: groupingState(head, basis, ofArm[arm], past, null, weekStartMs) });
  }
  return areLargeEnough(states) ? states : "few";
}

/**
 * What a season is planned from: all members may take part in it but those who are banned, or paused until
 * further notice. It is for weeks to come, so it goes by the model as it is, whatever readers are served
 * today.
 */
export async function readSeasonState({ head, blocks }: Snapshot, nowMs: number): Promise<GroupingState> {
  const { community, settings, modelVersion } = head;
  const members = await readMembers(community);
  const past = await readPast(head, members, null, nowMs);
  const people = members.filter(
    (member) => !member.paused && !member.isBanned && !past.absentees.has(member.row),
  );
  const items = readMatrix(modelOf({ head, blocks }), blocks);
  return groupingState(head, { settings, items, modelVersion }, people, past, null);
}

/**
 * What a round's lines are drawn from: those of `members` who are in its groups, and the rounds before it.
 */
export async function readRoundState(
  snapshot: Snapshot,
  round: Round,
  members: readonly Member[],
  nowMs: number,
): Promise<GroupingState> {
  const at = { ...snapshot.head, round: round.round };
  const present = members.filter(({ row }) => (round.groupOf[row] ?? -1) >= 0);
  const past = await readPast(at, present, null, nowMs);
  return groupingState(at, await basisOf(snapshot, "main"), present, past, null);
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
  const attendance = { round, latestRound, participation: settings.participation, nowMs };
  const present = members.filter((member) => attends(member, attendance) && !past.absentees.has(member.row));
  const weekStartMs = weekStartAfter(nowMs);
  const parted = settings.experiment
    ? await armStates(snapshot, present, { past, season, weekStartMs })
    : undefined;
  const together = async () =>
    groupingState(head, await basisOf(snapshot, "main"), present, past, season, weekStartMs);
  const arms = Array.isArray(parted) ? parted : [{ arm: "main" as const, state: await together() }];
  const people = arms.reduce((sum, { state }) => sum + state.people.length, 0);
  if (people < 2) return null;
  const startedAtMs = performance.now();
  const states = arms.map(({ arm, state }) => ({ arm, state: { ...state, previous: stored?.groupOf } }));
  const draft = composeArms(states, (share) => {
    const searchMs = budget.getRemainingTimeInMillis() - WRITE_RESERVE_MS;
    const own = share < 1 && searchMs > 0 ? shortBudget(budget, share * searchMs + WRITE_RESERVE_MS) : budget;
    return stopInTime(own, { community, round, people });
  });
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
    validUntilMs: firstOf(nextReturnMs(members, attendance), draft.times && weekStartMs),
    ...draft,
    quality: {
      ...draft.quality,
      engineSeconds,
      servedVersion: settings.pinnedVersion ?? undefined,
      arms: states.length > 1 ? draft.quality.arms : undefined,
      unparted: typeof parted === "string" ? parted : undefined,
    },
  };
}
