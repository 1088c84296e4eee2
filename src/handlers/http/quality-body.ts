/** How good a round is, for operators: what the engine knew of it, members by their handles. */
import type { ArmQuality } from "../../domain/rounds/compose-arms.ts";
import type { SeasonQuality } from "../../domain/rounds/compose-draft.ts";
import type { Round } from "../../domain/rounds/round.ts";
import type { DirectoryEntry } from "../../infra/directory-store.ts";

/** Something that was wished for or planned and not kept. */
export interface Note {
  note:
    | "rematch"
    | "match"
    | "alone"
    | "no-common-time"
    | "host"
    | "unused-tag"
    | "season-repeat"
    | "season-again"
    | "season-unplanned"
    | "season-moved"
    | "season-size"
    | "season-left"
    | "season-settings"
    | "experiment-few"
    | "experiment-season";
  detail: string;
  pairs?: string[][];
  groups?: string[][];
  members?: string[];
}

/** Returns a function that names rows by their handles; rows of those who have left have none. */
export function handlesOf(directory: readonly DirectoryEntry[]): (rows: readonly number[]) => string[] {
  const itemIdOf = new Map(directory.map((entry) => [entry.row, entry.itemId]));
  return (rows) => rows.flatMap((row) => itemIdOf.get(row) ?? []);
}

const UNPARTED = {
  few: "An arm of the experiment has fewer people than two groups need, so everybody was grouped as in the main arm.",
  season: "A season has planned this round, so the experiment did not part its members.",
};
/** The settings may name a tag that nobody carries: most likely they meant another. */
export function unusedTagNotes(tags: readonly string[] = []): Note[] {
  return tags.map((tag) => ({ note: "unused-tag", detail: `Nobody carries the tag '${tag}'.` }));
}

/** What is not as planned in a round of a season. */
function seasonNotes(season: SeasonQuality, named: (rows: readonly number[]) => string[]): Note[] {
  const { repeats, again, unplanned, moved, outOfSize } = season;
  const notes: Note[] = [];
  if (repeats.count > 0) {
    const detail = `Pairs that meet again in this season: ${repeats.count}.`;
    notes.push({ note: "season-repeat", detail, pairs: repeats.pairs.map(named) });
  }
  if (again.count > 0) {
    const detail = `Pairs that a later round of the plan has meet again: ${again.count}.`;
    notes.push({ note: "season-again", detail, pairs: again.pairs.map(named) });
  }
  if (unplanned.length > 0) {
    const detail = "These members are not in the season's plan: they joined or came back after it.";
    notes.push({ note: "season-unplanned", detail, members: named(unplanned) });
  }
  if (moved > 0)
    notes.push({ note: "season-moved", detail: `Members who are not with their planned group: ${moved}.` });
  if (outOfSize > 0)
    notes.push({
      note: "season-size",
      detail: `Groups that are larger or smaller than planned: ${outOfSize}.`,
    });
  return notes;
}

/** An arm as operators see it: shares and means, so that arms of unlike sizes compare. */
export function armBody({ arm, members, groups, pairs, repeats, totalAffinity, moved }: ArmQuality) {
  const meanOf = (sum: number) => (pairs === 0 ? null : sum / pairs);
  return { arm, members, groups, pairs, metBefore: meanOf(repeats), affinity: meanOf(totalAffinity), moved };
}

export function qualityBody({ quality }: Round, directory: readonly DirectoryEntry[]) {
  const { totalAffinity, worstMemberAffinity, repeats, moved, engineSeconds } = quality;
  const { rematch, match, timeless, hosts, unusedTags, alone } = quality;
  const named = handlesOf(directory);
  const notes: Note[] = [];
  if (rematch.count > 0) {
    const detail = `Pairs that meet again within the rematch window: ${rematch.count}.`;
    notes.push({ note: "rematch", detail, pairs: rematch.pairs.map(named) });
  }
  if (match.count > 0) {
    const detail = `Pairs that differ in a tag that is to be equal: ${match.count}.`;
    notes.push({ note: "match", detail, pairs: match.pairs.map(named) });
  }
  if (timeless && timeless.count > 0) {
    const detail = `Groups without a time that suits all of them: ${timeless.count}.`;
    notes.push({ note: "no-common-time", detail, groups: timeless.groups.map(named) });
  }
  if (hosts && hosts.without + hosts.several > 0) {
    const detail = `Groups without a host: ${hosts.without}; with several: ${hosts.several}.`;
    notes.push({ note: "host", detail });
  }
  notes.push(...unusedTagNotes(unusedTags));
  if (alone > 0) notes.push({ note: "alone", detail: `Members whom no group could take: ${alone}.` });
  if (quality.season) notes.push(...seasonNotes(quality.season, named));
  const { unparted, servedVersion, arms } = quality;
  if (unparted) notes.push({ note: `experiment-${unparted}`, detail: UNPARTED[unparted] });
  const shown = { totalAffinity, worstMemberAffinity, repeats, notes, moved, engineSeconds };
  return {
    ...shown,
    ...(servedVersion === undefined ? {} : { servedVersion }),
    ...(arms ? { arms: arms.map(armBody) } : {}),
  };
}
