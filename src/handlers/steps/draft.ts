/** Makes a community's draft from its present state: shared by the assigner and by publishing, which wants it up to date. */
import { attends, nextReturnMs } from "../../domain/community/attendance.ts";
import { type Arm, type Settings, settingsOfArm, versionOfArm } from "../../domain/community/settings.ts";
import { MEETING_HALF_LIVES_MAX, WRITE_RESERVE_MS } from "../../domain/limits.ts";
import { readMatrix } from "../../domain/model/item-matrix.ts";
import { type ArmState, areLargeEnough, composeArms } from "../../domain/rounds/compose-arms.ts";
import type { GroupingState } from "../../domain/rounds/compose-draft.ts";
import type { Round } from "../../domain/rounds/round.ts";
import { isInSeason, type Season } from "../../domain/rounds/season.ts";
import { seasonSight } from "../../domain/rounds/season-round.ts";
import { armOf } from "../../infra/arms.ts";
import type { Head } from "../../infra/head-store.ts";
import { type Member, readMembers } from "../../infra/member-store.ts";
import { measure } from "../../infra/metrics.ts";
import { modelOf, type Snapshot } from "../../infra/model-store.ts";
import { readRounds } from "../../infra/round-store.ts";
import { readSeason } from "../../infra/season-store.ts";
import { servedMatrix } from "./kept-model.ts";
import { shortBudget, stopInTime, type TimeBudget } from "./time-limit.ts";

/** Published rounds never change, so an instance reads each once. */
const publishedRounds = new Map<string, Round>();

/** The published rounds that still weigh on the draft `head.round` or must not be repeated in it, oldest first. */
async function readPastRounds(head: Head, settings: Settings, season: Season | null): Promise<Round[]> {
  const { community, createdAtMs, round } = head;
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
async function groupingState(
  head: Head,
  { settings, items, modelVersion }: Basis,
  people: readonly Member[],
  season: Season | null,
): Promise<GroupingState> {
  const { rowCount, seed, round } = head;
  const pastRounds = await readPastRounds(head, settings, season);
  return {
    settings,
    rowCount,
    items,
    people: people.filter((person) => person.row < rowCount).sort((a, b) => a.row - b.row),
    pastRounds: pastRounds.map((past) => ({ groupOf: past.groupOf, age: round - past.round })),
    isHistoryWhole: pastRounds.length === round - 1,
    isInformed: modelVersion > 0 || people.some((person) => person.userFactors !== undefined),
    seed: seed ^ round,
    season: season ? seasonSight(season, round) : undefined,
  };
}

/** The states of both arms, or why the members are not parted by the community's experiment. */
async function armStates(
  snapshot: Snapshot,
  people: readonly Member[],
  season: Season | null,
): Promise<ArmState[] | "few" | "season"> {
  if (season) return "season";
  const ofArm: Record<Arm, Member[]> = { main: [], experiment: [] };
  for (const person of people) ofArm[await armOf(snapshot.head, person.userId)].push(person);
  const states: ArmState[] = [];
  for (const arm of ["experiment", "main"] as const)
    states.push({
      arm,
      state: await groupingState(snapshot.head, await basisOf(snapshot, arm), ofArm[arm], null),
    });
  return areLargeEnough(states) ? states : "few";
}

/**
 * What a season is planned from: all members may take part in it but those who are banned, or paused until further notice. It is for
 * weeks to come, so it goes by the model as it is, whatever readers are served today.
 */
export async function readSeasonState({ head, blocks }: Snapshot): Promise<GroupingState> {
  const { community, settings, modelVersion } = head;
  const members = await readMembers(community);
  const present = members.filter((member) => !member.paused && !member.isBanned);
  const items = readMatrix(modelOf({ head, blocks }), blocks);
  return groupingState(head, { settings, items, modelVersion }, present, null);
}

/** Groups everybody who takes part, as the season has planned it or near to the round's stored draft; null when there are not two of them. */
export async function makeDraft(
  snapshot: Snapshot,
  stored: Round | null,
  nowMs: number,
  budget: TimeBudget,
): Promise<Round | null> {
  const { head } = snapshot;
  const { community, settings, round, modelVersion, rosterVersion, sharedVersion } = head;
  const [everybody, planned] = await Promise.all([readMembers(community), readSeason(community)]);
  const members = everybody.filter((member) => !member.isBanned);
  const season = planned && isInSeason(planned, round) ? planned : null;
  const occasion = { round, participation: settings.participation, nowMs };
  const present = members.filter((member) => attends(member, occasion));
  const parted = settings.experiment ? await armStates(snapshot, present, season) : undefined;
  const arms = Array.isArray(parted)
    ? parted
    : [
        {
          arm: "main" as const,
          state: await groupingState(head, await basisOf(snapshot, "main"), present, season),
        },
      ];
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
    validUntilMs: nextReturnMs(members, occasion),
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
