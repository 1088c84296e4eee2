/**
 * A round: one partition of a community's members into groups, a draft until it is published and
 * never changed after. An operator may withdraw a round at once: its number is not used again,
 * and nobody has met in it.
 */
import type { ArmQuality } from "./compose-arms.ts";
import type { Draft, DraftQuality } from "./compose-draft.ts";

/** The state of a community that a draft is made from, by its parts. Each version only rises. */
export interface Versions {
  modelVersion: number;
  rosterVersion: number;
  sharedVersion: number;
}

export interface Round extends Draft, Versions {
  round: number;
  state: "draft" | "published" | "withdrawn";
  computedAtMs: number;
  publishedAtMs?: number;
  /** Why it was published, in an operator's words. */
  reason?: string;
  /** The published round before this one, 0 before the first; of a published round. */
  previousRound?: number;
  /**
   * When a pause ends that keeps somebody out of this draft, or the day before the week in
   * which its groups meet.
   */
  validUntilMs?: number;
  /** When the draft is to be made anew, once that is arranged. */
  recomputeAtMs?: number;
  quality: RoundQuality;
}

export interface RoundQuality extends DraftQuality {
  engineSeconds: number;
  /** The kept version that the groups of the main arm were made of; undefined: the round's modelVersion. */
  servedVersion?: number;
  /** Of an experiment, by which the members were parted. */
  arms?: ArmQuality[];
  /** Why an experiment did not part them: too few in an arm, or a season has planned the round. */
  unparted?: "few" | "season";
}

/** The versions of a draft are read together, so their sum orders the drafts of a round. */
export function revisionOf({ modelVersion, rosterVersion, sharedVersion }: Versions): number {
  return modelVersion + rosterVersion + sharedVersion;
}

/** Whether its time is over, though the community's state may be the same. */
export function isOutlived({ validUntilMs }: Round, nowMs: number): boolean {
  return validUntilMs !== undefined && validUntilMs <= nowMs;
}

/** Whether a draft is of the community's present state, and its time is not over. */
export function isCurrent(draft: Round, present: Versions, nowMs: number): boolean {
  return revisionOf(draft) >= revisionOf(present) && !isOutlived(draft, nowMs);
}

/** The rows of each group, ascending. */
export function rowsByGroup({ groupOf, groupCount }: Pick<Round, "groupOf" | "groupCount">): number[][] {
  const groups: number[][] = Array.from({ length: groupCount }, () => []);
  groupOf.forEach((group, row) => {
    if (group >= 0) groups[group].push(row);
  });
  return groups;
}

/** The rows in one group with `row`, itself among them; none where it is in no group. */
export function rowsWith({ groupOf }: Pick<Round, "groupOf">, row: number): number[] {
  const group = groupOf[row] ?? -1;
  const rows: number[] = [];
  if (group < 0) return rows;
  for (let other = 0; other < groupOf.length; other++) if (groupOf[other] === group) rows.push(other);
  return rows;
}
