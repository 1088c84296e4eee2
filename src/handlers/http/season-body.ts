/** A season as the API shows it: to members how good the plan is, to operators its groups and what of it no longer holds. */
import { forEachPair } from "../../domain/assignment/pairs/pair-table.ts";
import { NOTED_PAIRS_MAX } from "../../domain/limits.ts";
import { MEMBER_ID_PREFIX } from "../../domain/messages/messages.ts";
import { countMeetings } from "../../domain/rounds/season-round.ts";
import type { DirectoryEntry } from "../../infra/directory-store.ts";
import type { Head } from "../../infra/head-store.ts";
import { NO_GROUP, type Round } from "../../infra/round-store.ts";
import { lastRoundOf, plannedGroupOf, type Season } from "../../infra/season-store.ts";
import { handlesOf, type Note } from "./quality-body.ts";
import { groupBodies } from "./round-body.ts";

/** A season and what has become of it. */
export interface SeasonView {
  season: Season;
  head: Head;
  /** Its published rounds and, if it is up to date, its draft. */
  stored: readonly Round[];
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
  state: "published" | "draft" | "planned";
  groupOf: Uint16Array;
  groupCount: number;
}

/** Every round of the season: as it was published, as it is drafted, else as it is planned. */
function roundsOf({ season, stored }: SeasonView): SeasonRound[] {
  return season.rounds.map((groups, at) => {
    const round = season.firstRound + at;
    const made = stored.find((candidate) => candidate.round === round);
    if (made) return made;
    const groupCount = groups.reduce((a, b) => Math.max(a, b + 1), 0);
    return { round, state: "planned", groupOf: plannedGroupOf(season, round), groupCount };
  });
}

function notesOf(view: SeasonView, rounds: readonly SeasonRound[]): Note[] {
  const { season, head, directory } = view;
  const named = handlesOf(directory);
  const given = new Set(directory.map((entry) => entry.row));
  const everybody = Int32Array.from({ length: head.rowCount }, (_, row) => row);
  const meetings = countMeetings(
    rounds.map(({ groupOf, state }) => {
      const isIn = (group: number, row: number) =>
        group !== NO_GROUP && (state !== "planned" || given.has(row));
      return { age: 0, groupOf: Int32Array.from(groupOf, (group, row) => (isIn(group, row) ? group : -1)) };
    }),
    everybody,
  );
  const repeated: number[][] = [];
  forEachPair(meetings, (a, b, count) => {
    if (count > 1) repeated.push([a, b]);
  });
  const planned = new Set(season.rows);
  const unplanned = directory
    .filter(({ itemId, row }) => itemId.startsWith(MEMBER_ID_PREFIX) && !planned.has(row))
    .map(({ row }) => row);
  const left = season.rows.filter((row) => !given.has(row)).length;
  const { settings } = season;
  const changed = (Object.keys(settings) as (keyof typeof settings)[]).filter(
    (name) => JSON.stringify(settings[name]) !== JSON.stringify(head.settings[name]),
  );
  const notes: Note[] = [];
  if (repeated.length > 0) {
    const detail = `Pairs that meet more than once in this season, as it stands: ${repeated.length}.`;
    notes.push({ note: "season-repeat", detail, pairs: repeated.slice(0, NOTED_PAIRS_MAX).map(named) });
  }
  if (unplanned.length > 0) {
    const detail = `Members who are not in the plan: ${unplanned.length}. Each round takes in those who take part.`;
    notes.push({ note: "season-unplanned", detail, members: named(unplanned.slice(0, NOTED_PAIRS_MAX)) });
  }
  if (left > 0) notes.push({ note: "season-left", detail: `Members of the plan who have left: ${left}.` });
  if (changed.length > 0) {
    const detail = `Settings that have changed since the plan: ${changed.join(", ")}. Plan anew to have them planned for.`;
    notes.push({ note: "season-settings", detail });
  }
  return notes;
}

/** What operators see. */
export function seasonOfOperators(view: SeasonView) {
  const { season, directory } = view;
  const rounds = roundsOf(view);
  const groups = rounds.map((round) => {
    const shown = groupBodies(round, directory, 0, round.groupCount);
    return {
      round: round.round,
      state: round.state,
      groups: shown.filter(({ members }) => members.length > 0),
    };
  });
  return {
    ...seasonOfMembers(view),
    settings: season.settings,
    notes: notesOf(view, rounds),
    plan: groups,
  };
}
