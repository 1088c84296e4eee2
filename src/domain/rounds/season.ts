/** A season: several rounds that are planned together, so that nobody meets twice as far as that can be. */
import type { Settings } from "../community/settings.ts";

/** The settings that a plan was made for; others do not change which groups are possible. */
export type PlanSettings = Pick<
  Settings,
  "groupSize" | "groupSizeMin" | "groupSizeMax" | "mixTags" | "matchTags" | "hostTag"
>;

/** How good a plan is, over all of its rounds. */
export interface PlanQuality {
  /** Meetings in the season beyond a pair's first. */
  repeats: number;
  /** Meetings in the season of pairs that had met before it. */
  metBefore: number;
  /** Of the pairs in one group. */
  affinity: number;
  /** The same if every round were the one of highest affinity, whoever meets again. */
  freeAffinity: number;
}

export interface Season {
  firstRound: number;
  plannedAtMs: number;
  settings: PlanSettings;
  quality: PlanQuality;
  /** Rows of those it plans for, ascending. */
  rows: Uint32Array;
  /** The group of each of them, round after round. */
  rounds: Int32Array[];
  /** Numbers of rounds that were withdrawn since it began: what was planned for one is given to the next. */
  withdrawn: readonly number[];
}

export function lastRoundOf({ firstRound, rounds, withdrawn }: Season): number {
  return firstRound + rounds.length + withdrawn.length - 1;
}

/** The number of each planned round, as it is or will be. */
export function roundNumbers(season: Season): number[] {
  const { firstRound, withdrawn } = season;
  const numbers = Array.from({ length: lastRoundOf(season) - firstRound + 1 }, (_, at) => firstRound + at);
  return numbers.filter((round) => !withdrawn.includes(round));
}

/** Whether a round is one of the season's. */
export function isInSeason(season: Season, round: number): boolean {
  return round >= season.firstRound && round <= lastRoundOf(season);
}
