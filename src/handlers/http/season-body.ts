/** A season as the API shows it: to members how good the plan is, to operators its groups and what of it no longer holds. */
import { addToPair, createPairTable, forEachPair } from "../../domain/assignment/pairs/pair-table.ts";
import { NOTED_PAIRS_MAX } from "../../domain/limits.ts";
import { MEMBER_ID_PREFIX } from "../../domain/messages/messages.ts";
import { type Round, rowsByGroup } from "../../domain/rounds/round.ts";
import { lastRoundOf, roundNumbers, type Season } from "../../domain/rounds/season.ts";
import type { DirectoryEntry } from "../../infra/directory-store.ts";
import type { Head } from "../../infra/head-store.ts";
import { handlesOf, type Note } from "./quality-body.ts";
import { groupId } from "./round-body.ts";

/** A season and what has become of it. */
export interface SeasonView {
  season: Season;
  head: Head;
  /** Its published rounds and, if it is up to date, its draft. */
  made: readonly Round[];
  directory: readonly DirectoryEntry[];
}

/** What members see. */
export function seasonOfMembers({ season, head }: Pick<SeasonView, "season" | "head">) {
  const { firstRound, plannedAtMs, rounds, rows, quality } = season;
  const { affinity, freeAffinity } = quality;
  return {
    state: head.round > lastRoundOf(season) ? "finished" : "running",
    rounds: rounds.length,
    firstRound,
    lastRound: lastRoundOf(season),
    plannedAt: new Date(plannedAtMs).toISOString(),
    memberCount: rows.length,
    quality: { ...quality, affinityShare: freeAffinity > 0 ? affinity / freeAffinity : 1 },
  };
}

interface SeasonRound {
  round: number;
  state: Round["state"] | "planned";
  /** Rows of each group. */
  groups: number[][];
}

/** Every round of the season: as it was published, as it is drafted, else as it is planned for those who have not left. */
function roundsOf({ season, made, directory }: SeasonView): SeasonRound[] {
  const given = new Set(directory.map((entry) => entry.row));
  const numbers = roundNumbers(season);
  return season.rounds.map((groupOf, at) => {
    const round = numbers[at];
    const stored = made.find((candidate) => candidate.round === round);
    if (stored) return { round, state: stored.state, groups: rowsByGroup(stored) };
    const groups: number[][] = Array.from({ length: Math.max(...groupOf) + 1 }, () => []);
    groupOf.forEach((group, position) => {
      const row = season.rows[position];
      if (given.has(row)) groups[group].push(row);
    });
    return { round, state: "planned", groups };
  });
}

/** The pairs that share a group in more than one of the rounds. */
function repeatedPairs(rounds: readonly SeasonRound[]): number[][] {
  const meetings = createPairTable();
  for (const members of rounds.flatMap(({ groups }) => groups))
    members.forEach((row, at) => {
      for (const other of members.slice(at + 1)) addToPair(meetings, row, other, 1);
    });
  const repeated: number[][] = [];
  forEachPair(meetings, (row, other, count) => {
    if (count > 1) repeated.push([row, other]);
  });
  return repeated;
}

/** What of the plan does not hold, or no longer. */
function notesOf({ season, head, directory }: SeasonView, rounds: readonly SeasonRound[]): Note[] {
  const { settings } = season;
  const named = handlesOf(directory);
  const [planned, given] = [new Set(season.rows), new Set(directory.map(({ row }) => row))];
  const notes: Note[] = [];
  const repeated = repeatedPairs(rounds);
  if (repeated.length > 0) {
    const detail = `Pairs that meet more than once in this season, as it stands: ${repeated.length}.`;
    notes.push({ note: "season-repeat", detail, pairs: repeated.slice(0, NOTED_PAIRS_MAX).map(named) });
  }
  const unplanned = directory.filter(
    ({ itemId, row }) => itemId.startsWith(MEMBER_ID_PREFIX) && !planned.has(row),
  );
  if (unplanned.length > 0) {
    const detail = `Members who are not in the plan: ${unplanned.length}. Each round takes in those who take part.`;
    const members = unplanned.slice(0, NOTED_PAIRS_MAX).map(({ itemId }) => itemId);
    notes.push({ note: "season-unplanned", detail, members });
  }
  const left = season.rows.filter((row) => !given.has(row)).length;
  if (left > 0) notes.push({ note: "season-left", detail: `Members of the plan who have left: ${left}.` });
  const changed = (Object.keys(settings) as (keyof typeof settings)[]).filter(
    (name) => JSON.stringify(settings[name]) !== JSON.stringify(head.settings[name]),
  );
  if (changed.length > 0) {
    const detail = `Settings that have changed since the plan: ${changed.join(", ")}. Plan anew to have them planned for.`;
    notes.push({ note: "season-settings", detail });
  }
  return notes;
}

/** What operators see. */
export function seasonOfOperators(view: SeasonView) {
  const rounds = roundsOf(view);
  const named = handlesOf(view.directory);
  const plan = rounds.map(({ round, state, groups }) => {
    const shown = groups.map((rows, group) => {
      const members = named(rows).map((memberId) => ({ memberId }));
      return { groupId: groupId({ round }, group), members };
    });
    return { round, state, groups: shown.filter(({ members }) => members.length > 0) };
  });
  return { ...seasonOfMembers(view), settings: view.season.settings, notes: notesOf(view, rounds), plan };
}
