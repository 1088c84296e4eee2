/**
 * From a community's state to a draft: who is there, what each would give another, whom they have met, and the engine's
 * answer as a group for each row. The objective is that of section "Group assignment" in docs/data-model.md.
 */
import { assignGroups } from "../assignment/assign-groups.ts";
import { pairAffinity } from "../assignment/pairs/affinity.ts";
import { meetingPenalties, type PastRound, rematchPairs } from "../assignment/pairs/meeting-penalties.ts";
import { type PairTable, pairValue } from "../assignment/pairs/pair-table.ts";
import type { AssignmentProblem, Slots } from "../assignment/problem.ts";
import { groupMembers, measureQuality } from "../assignment/quality.ts";
import { reassign } from "../assignment/reassign.ts";
import { pairSpread } from "../assignment/search/annealing-schedule.ts";
import { separateBlocked } from "../assignment/separate-blocked.ts";
import { countMoved } from "../assignment/stability.ts";
import type { Settings } from "../community/settings.ts";
import { NOTED_GROUPS_MAX, NOTED_PAIRS_MAX } from "../limits.ts";
import { repairRound } from "../planning/repair-round.ts";
import { coldStart } from "./cold-start.ts";
import { groupFacts } from "./group-facts.ts";
import { bestTimes, type Clocks, clocksOf, NO_SLOT, startSlots, TIMES_PER_GROUP } from "./meeting-times.ts";
import { mutualAffinity, type Person } from "./mutual-affinity.ts";
import { plannedRound, type SeasonChanges, type SeasonSight, seasonChanges } from "./season-round.ts";
import { hostsOf, tagTerms, unusedTags } from "./tag-terms.ts";

export interface GroupingState {
  settings: Settings;
  rowCount: number;
  /** rowCount x (K+1), bias last. */
  items: Float32Array;
  /** Those who are to be grouped, rows ascending. */
  people: readonly Person[];
  pastRounds: PastRound[];
  /** Whether `pastRounds` go back to the first round. */
  isHistoryWhole: boolean;
  /** Whether any member's opinion has reached the model or the shared factors. */
  isInformed: boolean;
  seed: number;
  /** The round's draft so far, by row, -1 or beyond its end for newcomers: few are moved from it. */
  previous?: Int32Array;
  /** Where groups are to have a time in common: the week in which they meet. */
  weekStartMs?: number;
  /** Where the round is one of a season: it is then the planned round, repaired. */
  season?: SeasonSight;
}

/** A wish that could not be kept: how many pairs, and the rows of the first of them. */
export interface UnmetWish {
  count: number;
  pairs: (readonly [row: number, otherRow: number])[];
}

/** How many groups, and the rows of the first of them. */
export interface UnmetTimes {
  count: number;
  groups: number[][];
}

/** When the groups of a round can meet. */
export interface MeetingTimes {
  weekStartMs: number;
  meetingMinutes: number;
  /** TIMES_PER_GROUP slots of that week for each group, best first; NO_SLOT where there are fewer. */
  slots: Uint16Array;
}

/** What the engine knows of a draft. */
export interface DraftQuality {
  /** What was maximized: affinity less penalties. */
  score: number;
  totalAffinity: number;
  worstMemberAffinity: number;
  /** Pairs in one group. */
  pairs: number;
  /** Those of them that have met in a round before. */
  repeats: number;
  evaluations: number;
  /** How many of those who were in the round's draft before are in another group now; null in its first draft. */
  moved: number | null;
  /** Pairs that meet again within rematchWindowRounds. */
  rematch: UnmetWish;
  /** Pairs that differ in one of matchTags. */
  match: UnmetWish;
  /** Groups without a time that suits all of them, where they are to have one. */
  timeless?: UnmetTimes;
  /** Groups without a host and with several, where each should have one. */
  hosts?: { without: number; several: number };
  /** Tags that the settings name and nobody who takes part carries. */
  unusedTags?: string[];
  /** How many are in a group of their own. The cause is a block, so nobody is named. */
  alone: number;
  /** Of a round of a season. */
  season?: SeasonQuality;
}

/** What is not as planned, people by row. */
export interface SeasonQuality extends Pick<SeasonChanges, "unplanned" | "moved" | "outOfSize"> {
  repeats: UnmetWish;
  again: UnmetWish;
}

export interface Draft {
  /** By row, -1 for rows of nobody present. */
  groupOf: Int32Array;
  groupCount: number;
  /** A byte a group: see group-facts.ts. */
  groupFacts: Uint8Array;
  times?: MeetingTimes;
  quality: DraftQuality;
}

const EVALUATIONS_PER_PERSON = 20_000;
const EVALUATIONS_MAX = 20_000_000;
/** The unit of the diversity penalty is sampled: from the same pairs each time, so that it moves with the affinities alone. */
const PENALTY_SEED = 1;

/** Pairs of people present of whom one has blocked the other, flat. */
function blockedPairs(people: readonly Person[], positions: Int32Array): Int32Array {
  const pairs = people.flatMap((person, position) =>
    person.blockedRows.filter((row) => positions[row] >= 0).flatMap((row) => [position, positions[row]]),
  );
  return Int32Array.from(pairs);
}

export function positionsOf({ people, rowCount }: GroupingState): Int32Array {
  const positions = new Int32Array(rowCount).fill(-1);
  people.forEach((person, position) => {
    positions[person.row] = position;
  });
  return positions;
}

interface Week {
  weekStartMs: number;
  meetingMinutes: number;
  clocks: Clocks;
}

/** What the engine is asked for. */
export interface Asked {
  problem: AssignmentProblem;
  /** Affinity as it is told: see mutual-affinity.ts. */
  value: (i: number, j: number) => number;
  /** The meetings of those present, which count as repeats even where they cost nothing. */
  meetings: PairTable;
}

function weekOf({ people, settings, weekStartMs }: GroupingState): Week | undefined {
  const { meetingMinutes } = settings;
  if (meetingMinutes === null || weekStartMs === undefined) return undefined;
  return { weekStartMs, meetingMinutes, clocks: clocksOf(people, weekStartMs) };
}

export function problemOf(state: GroupingState): Asked {
  const { settings, people } = state;
  const { groupSize, groupSizeMin, groupSizeMax, diversityPenalty } = settings;
  const positions = positionsOf(state);
  const items = { values: state.items, factors: settings.factors };
  const start = coldStart(people, items, state.pastRounds);
  const { value, affinity } = mutualAffinity(start.people, start.items);
  // Where all pairs are alike, any penalty keeps those apart who have met.
  const unit = pairSpread(people.length, pairAffinity(affinity), PENALTY_SEED) || 1;
  const weight = diversityPenalty * unit;
  const meetings = meetingPenalties(state.pastRounds, {
    positions,
    halfLifeRounds: settings.meetingHalfLifeRounds,
    weight: weight > 0 ? weight : 1,
  });
  const problem: AssignmentProblem = {
    affinity,
    groupSize,
    groupSizeMin: groupSizeMin ?? undefined,
    groupSizeMax: groupSizeMax ?? undefined,
    penalty: weight > 0 ? meetings : undefined,
    blocked: blockedPairs(people, positions),
    rematch: rematchPairs(state.pastRounds, settings.rematchWindowRounds, positions),
    tags: tagTerms(people, settings),
    priors: start.priors,
  };
  return { problem, value, meetings };
}

/** The same where groups are to have a time in common; a season is planned without. */
function askedInWeek(state: GroupingState): Asked & { week?: Week } {
  const asked = problemOf(state);
  const week = weekOf(state);
  if (!week) return asked;
  const slots = startSlots(state.people, week.clocks, week.meetingMinutes);
  return { ...asked, problem: { ...asked.problem, slots }, week };
}

function unmetWish(pairs: Int32Array, rowOf: (position: number) => number): UnmetWish {
  const count = pairs.length / 2;
  const named = Array.from({ length: Math.min(count, NOTED_PAIRS_MAX) }, (_, pair) => {
    return [rowOf(pairs[2 * pair]), rowOf(pairs[2 * pair + 1])] as const;
  });
  return { count, pairs: named };
}

function seasonQuality(changes: SeasonChanges, people: readonly Person[]): SeasonQuality {
  const rowOf = (position: number) => people[position].row;
  return {
    repeats: unmetWish(changes.repeats, rowOf),
    again: unmetWish(changes.again, rowOf),
    unplanned: changes.unplanned.slice(0, NOTED_PAIRS_MAX).map(rowOf),
    moved: changes.moved,
    outOfSize: changes.outOfSize,
  };
}

function groupsOf(groupOf: Int32Array, wanted: Int32Array): number[][] {
  const groups = groupMembers(groupOf);
  return Array.from(wanted, (group) => groups[group]);
}

/** When each group can meet, where that was asked. */
function timesOf(
  all: Slots | undefined,
  week: Week | undefined,
  people: readonly Person[],
  groups: readonly (readonly number[])[],
): MeetingTimes | undefined {
  if (!week || !all) return undefined;
  const { weekStartMs, meetingMinutes, clocks } = week;
  const slots = new Uint16Array(groups.length * TIMES_PER_GROUP).fill(NO_SLOT);
  for (const [group, members] of groups.entries())
    slots.set(bestTimes(members, people, all, clocks, meetingMinutes), group * TIMES_PER_GROUP);
  return { weekStartMs, meetingMinutes, slots };
}

function qualityOf(
  state: GroupingState,
  { problem, value, meetings }: Asked,
  groupOf: Int32Array,
): Omit<DraftQuality, "evaluations" | "moved"> {
  const rowOf = (position: number) => state.people[position].row;
  const affinity = { kind: "pairwise" as const, size: groupOf.length, value };
  const { groupSize } = problem;
  const { hostTag } = state.settings;
  const plain = measureQuality({ affinity, groupSize }, groupOf);
  const { repeats } = measureQuality({ affinity, groupSize, penalty: meetings }, groupOf);
  const { score, unmet } = measureQuality({ ...problem, affinity }, groupOf);
  const sizes = groupMembers(groupOf).map((members) => members.length);
  return {
    score,
    totalAffinity: plain.score,
    worstMemberAffinity: plain.worstMemberScore,
    pairs: sizes.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0),
    repeats,
    rematch: unmetWish(unmet.rematch, rowOf),
    match: unmetWish(unmet.match, rowOf),
    timeless: problem.slots && {
      count: unmet.slots.length,
      groups: groupsOf(groupOf, unmet.slots.subarray(0, NOTED_GROUPS_MAX)).map((group) => group.map(rowOf)),
    },
    hosts: hostTag === null ? undefined : hostsOf(state.people, groupMembers(groupOf), hostTag),
    unusedTags: unusedTags(state.people, state.settings),
    alone: sizes.filter((size) => size === 1).length,
  };
}

/** Groups everybody present. `shouldStop` is asked now and then; true ends the search with the best there is by then. */
export function composeDraft(state: GroupingState, shouldStop?: () => boolean): Draft {
  const { people, seed, isHistoryWhole, isInformed } = state;
  const { problem, value, meetings, week } = askedInWeek(state);
  const asked = { problem, value, meetings };
  const evaluationsMax = Math.min(EVALUATIONS_MAX, EVALUATIONS_PER_PERSON * people.length);
  const options = { seed, evaluationsMax, shouldStop };
  const { objective } = state.settings;
  const warmStart = state.previous && Int32Array.from(people, ({ row }) => state.previous?.[row] ?? -1);
  const plan =
    state.season && plannedRound(state.season, people.length, positionsOf(state), state.pastRounds);
  const assignment = plan
    ? repairRound(problem, plan, options)
    : warmStart
      ? reassign(problem, { ...options, objective, warmStart })
      : assignGroups(problem, { ...options, objective });
  const { groupOf, evaluations } = assignment;
  const groupCount = separateBlocked(groupOf, assignment.groupCount, problem.blocked ?? new Int32Array());
  const groups = groupMembers(groupOf);
  const times = timesOf(problem.slots, week, people, groups);
  const facts = groupFacts({
    groups,
    size: people.length,
    affinity: value,
    hasMet: (i, j) => pairValue(meetings, i, j) > 0,
    isHistoryWhole,
    isInformed,
    seed,
  });
  const groupOfRow = new Int32Array(state.rowCount).fill(-1);
  people.forEach((person, position) => {
    groupOfRow[person.row] = groupOf[position];
  });
  const moved = warmStart ? countMoved(warmStart, groupOf) : null;
  const season = plan && seasonQuality(seasonChanges(plan, problem, groupOf), people);
  const quality = { ...qualityOf(state, asked, groupOf), evaluations, moved, season };
  return { groupOf: groupOfRow, groupCount, groupFacts: facts, times, quality };
}
