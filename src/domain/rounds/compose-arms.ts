/**
 * A draft of a community that tries something out: each arm is partitioned for itself, by its own settings
 * and its own model, and all are one round. So nobody shares a group with somebody of another arm, and what
 * holds of a draft holds in each.
 */
import type { Arm } from "../community/settings.ts";
import { NOTED_GROUPS_MAX, NOTED_PAIRS_MAX } from "../limits.ts";
import {
  composeDraft,
  type Draft,
  type DraftQuality,
  type GroupingState,
  type MeetingTimes,
  type UnmetTimes,
  type UnmetWish,
} from "./compose-draft.ts";

export interface ArmState {
  arm: Arm;
  state: GroupingState;
}

/** What stats tell an arm by. */
export interface ArmQuality extends Pick<DraftQuality, "totalAffinity" | "pairs" | "repeats" | "moved"> {
  arm: Arm;
  members: number;
  groups: number;
}

/** With fewer, an arm would be one group whatever its settings say. */
const GROUPS_PER_ARM_MIN = 2;

/** Whether each arm has so many people that its settings can show. */
export function areLargeEnough(arms: readonly ArmState[]): boolean {
  return arms.every(({ state }) => state.people.length >= GROUPS_PER_ARM_MIN * state.settings.groupSize);
}

/** The draft of before as far as an arm's people were in it, its groups numbered from 0. */
function previousOf({ previous, people, rowCount }: GroupingState): Int32Array | undefined {
  if (!previous) return undefined;
  const numbers = new Map<number, number>();
  const own = new Int32Array(rowCount).fill(-1);
  for (const { row } of people) {
    const group = previous[row] ?? -1;
    if (group < 0) continue;
    if (!numbers.has(group)) numbers.set(group, numbers.size);
    own[row] = numbers.get(group)!;
  }
  return own;
}

const bothWishes = (a: UnmetWish, b: UnmetWish): UnmetWish => ({
  count: a.count + b.count,
  pairs: [...a.pairs, ...b.pairs].slice(0, NOTED_PAIRS_MAX),
});

function bothTimeless(a: UnmetTimes | undefined, b: UnmetTimes | undefined): UnmetTimes | undefined {
  if (!a || !b) return a ?? b;
  return { count: a.count + b.count, groups: [...a.groups, ...b.groups].slice(0, NOTED_GROUPS_MAX) };
}

function bothHosts(a: DraftQuality["hosts"], b: DraftQuality["hosts"]): DraftQuality["hosts"] {
  if (!a || !b) return a ?? b;
  return { without: a.without + b.without, several: a.several + b.several };
}

/** Both arms are of one week, and of one length of a meeting. */
function bothTimes(a: MeetingTimes | undefined, b: MeetingTimes | undefined): MeetingTimes | undefined {
  return a && b && { ...a, slots: Uint16Array.from([...a.slots, ...b.slots]) };
}

function bothQualities(a: DraftQuality, b: DraftQuality): DraftQuality {
  return {
    score: a.score + b.score,
    totalAffinity: a.totalAffinity + b.totalAffinity,
    worstMemberAffinity: Math.min(a.worstMemberAffinity, b.worstMemberAffinity),
    pairs: a.pairs + b.pairs,
    repeats: a.repeats + b.repeats,
    evaluations: a.evaluations + b.evaluations,
    moved: a.moved === null || b.moved === null ? null : a.moved + b.moved,
    rematch: bothWishes(a.rematch, b.rematch),
    match: bothWishes(a.match, b.match),
    timeless: bothTimeless(a.timeless, b.timeless),
    hosts: bothHosts(a.hosts, b.hosts),
    unusedTags: a.unusedTags?.filter((tag) => b.unusedTags?.includes(tag)), // carried by nobody of either
    alone: a.alone + b.alone,
  };
}

function bothDrafts(a: Draft, b: Draft): Draft {
  return {
    groupOf: a.groupOf.map((group, row) => (b.groupOf[row] < 0 ? group : a.groupCount + b.groupOf[row])),
    groupCount: a.groupCount + b.groupCount,
    groupFacts: Uint8Array.from([a.groupFacts, b.groupFacts].flatMap((facts) => [...facts])),
    times: bothTimes(a.times, b.times),
    quality: bothQualities(a.quality, b.quality),
  };
}

/**
 * Groups the people of each arm among themselves. `stopOf` is asked for each arm, in turn, with its share of
 * those not grouped yet.
 */
export function composeArms(
  arms: readonly ArmState[],
  stopOf: (share: number) => () => boolean,
): Draft & { quality: { arms: ArmQuality[] } } {
  let waiting = arms.reduce((sum, { state }) => sum + state.people.length, 0);
  const drafts = arms.map(({ arm, state }) => {
    const members = state.people.length;
    const draft = composeDraft({ ...state, previous: previousOf(state) }, stopOf(members / waiting));
    waiting -= members;
    const { totalAffinity, pairs, repeats, moved } = draft.quality;
    return {
      draft,
      quality: { arm, members, groups: draft.groupCount, totalAffinity, pairs, repeats, moved },
    };
  });
  const draft = drafts.map((one) => one.draft).reduce(bothDrafts);
  return { ...draft, quality: { ...draft.quality, arms: drafts.map((one) => one.quality) } };
}
