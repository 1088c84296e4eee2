/** How well groups suit what people say of each other the wave after. */
import type { Answers } from "./waves.ts";

export interface GroupQuality {
  /**
   * Of what members who answer at all say of those they are grouped with, the share that is a liking: each pair counts once
   * in each direction, and silence about a groupmate is no liking.
   */
  liked: number;
  /** Share of the pairs in a group who shared one in the last 4 rounds. */
  again: number;
  /** Share of the members who answer at all that like nobody in their group. */
  nobodyLiked: number;
}

/** So many rounds back a meeting counts as one before, so that the share does not rise with the number of waves. */
const RECENT_ROUNDS = 4;

/** `groupOf` by person; `past` are earlier rounds, oldest first. Null when nobody answered or nobody was grouped. */
export function groupQuality(
  groupOf: Int32Array,
  judged: Answers,
  past: readonly Int32Array[],
): GroupQuality | null {
  const size = groupOf.length;
  const recent = past.slice(-RECENT_ROUNDS);
  let [pairs, met, asked, likings, raters, lonely] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < size; i++) {
    const own = judged.subarray(i * size, (i + 1) * size);
    const mates = Array.from(own.keys()).filter((j) => j !== i && groupOf[j] === groupOf[i]);
    pairs += mates.length;
    met += mates.filter((j) => recent.some((round) => round[i] === round[j])).length;
    if (mates.length === 0 || own.every(Number.isNaN)) continue;
    const liked = mates.filter((j) => own[j] > 0).length;
    asked += mates.length;
    likings += liked;
    raters++;
    if (liked === 0) lonely++;
  }
  if (raters === 0) return null;
  return { liked: likings / asked, again: met / pairs, nobodyLiked: lonely / raters };
}

/** The mean over the rounds that a next wave judges: round n by wave n + 1. */
export function meanQuality(rounds: readonly Int32Array[], judgedBy: readonly Answers[]): GroupQuality {
  const qualities = judgedBy.flatMap((judged, at) => {
    return groupQuality(rounds[at], judged, rounds.slice(0, at)) ?? [];
  });
  return meanOf(qualities);
}

export function meanOf(qualities: readonly GroupQuality[]): GroupQuality {
  const mean = (pick: (quality: GroupQuality) => number) =>
    qualities.reduce((sum, quality) => sum + pick(quality), 0) / qualities.length;
  return {
    liked: mean(({ liked }) => liked),
    again: mean(({ again }) => again),
    nobodyLiked: mean(({ nobodyLiked }) => nobodyLiked),
  };
}

/** The share of the pairs in a group who are of one camp. */
export function withinCampShare(groupOf: Int32Array, camps: Int32Array): number {
  let [pairs, within] = [0, 0];
  for (let i = 0; i < groupOf.length; i++) {
    for (let j = 0; j < i; j++) {
      if (groupOf[i] !== groupOf[j]) continue;
      pairs++;
      if (camps[i] === camps[j]) within++;
    }
  }
  return within / pairs;
}
