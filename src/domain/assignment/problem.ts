/**
 * What the assignment engine is asked and what it answers.
 *
 * People are positions 0..size-1 of those present; the caller leaves out the paused and absent and keeps the map from
 * position to row. In the literature this is the maximally diverse grouping problem with uneven groups, and over
 * rounds the social golfer problem.
 */
import type { PairTable } from "./pairs/pair-table.ts";

/** Mutual affinity a(i, j) of two people: symmetric, larger is better. */
export type Affinity = DenseAffinity | LowRankAffinity | PairwiseAffinity;

/** `values` is size x size, row-major, with a(i, j) in both triangles; the diagonal is ignored. Up to a few thousand people. */
export interface DenseAffinity {
  kind: "dense";
  size: number;
  values: Float32Array;
}

/** a(i, j) = x_i.y_j + x_j.y_i. `x` and `y` are size x factors, row-major. Up to 100,000 people, never an N x N array. */
export interface LowRankAffinity {
  kind: "low-rank";
  size: number;
  factors: number;
  x: Float32Array;
  y: Float32Array;
}

/** `value` is called for pairs: for merges that are not linear (harmonic, min) where N x N does not fit. */
export interface PairwiseAffinity {
  kind: "pairwise";
  size: number;
  value: (i: number, j: number) => number;
}

/**
 * One tag of everybody. `mix` prefers different values: each pair of equals in one group costs `weight`. `match` asks
 * for equal values: a pair of unequals is only made where it cannot be avoided, and is reported.
 */
export interface TagTerm {
  kind: "mix" | "match";
  /** The tag's value by position, as a code >= 0; -1 where a person has none, which neither costs nor is reported. */
  codes: Int32Array;
  /** Cost of one pair, in units of affinity; only for `mix`. */
  weight?: number;
}

/**
 * The slots at which each person could begin to meet: bit s of a person's words, `width` of them, row-major.
 */
export interface Slots {
  words: Uint32Array;
  width: number;
}

export interface AssignmentProblem {
  affinity: Affinity;
  /** The size wanted; see sizes.ts for what becomes of N mod groupSize. */
  groupSize: number;
  groupSizeMin?: number;
  groupSizeMax?: number;
  /** What each pair loses by meeting again, in units of affinity; built by `meetingPenalties`. */
  penalty?: PairTable;
  /** Blocked pairs, flat: i0, j0, i1, j1, ... Never in one group; reported in `unmet` if no partition allows it. */
  blocked?: Int32Array;
  /** Pairs inside the rematch window, flat. Kept apart if at all possible; reported in `unmet` otherwise. */
  rematch?: Int32Array;
  tags?: TagTerm[];
  /**
   * Each group must have a slot in common; reported in `unmet` where no partition that was found allows it.
   */
  slots?: Slots;
}

export interface AssignmentOptions {
  seed: number;
  /** Bound on the number of candidate moves evaluated. The search is shaped to it, so more is better, not just later. */
  evaluationsMax: number;
  /** The group of each position in the partition to start from, -1 for a newcomer. Few people are moved from it. */
  warmStart?: Int32Array;
  /** `total` (default) maximizes the sum; `fair` a concave utility of each member's own sum, so the worst-off gain. */
  objective?: "total" | "fair";
  /** Asked now and then; true ends the search with the partition at hand. */
  shouldStop?: () => boolean;
  /**
   * The share (0..1) of the caller's time that is gone, asked now and then: the search cools in step with it and ends at
   * 1, so that a slow machine gets a finished answer, where `shouldStop` may cut a search that is still hot.
   */
  progress?: () => number;
}

/** Wishes the partition could not keep, each as flat pairs i0, j0, i1, j1, ... of people who share a group all the same. */
export interface Unmet {
  blocked: Int32Array;
  rematch: Int32Array;
  match: Int32Array;
  /** Groups without a slot in common, each once. */
  slots: Int32Array;
}

export interface Partition {
  /** Group of each position, 0..groupCount-1. */
  groupOf: Int32Array;
  groupCount: number;
  /** Sum over in-group pairs of affinity less penalties and tag costs. Hard wishes are in `unmet`, not in here. */
  score: number;
  /** The lowest sum any one member has with the others of the group, in the same units. */
  worstMemberScore: number;
  /** Pairs in one group that have a penalty, that is, have met before. */
  repeats: number;
  /** Candidate moves evaluated. */
  evaluations: number;
  unmet: Unmet;
  /** With a warm start: how many of those who had a group are in another now. */
  moved?: number;
}
