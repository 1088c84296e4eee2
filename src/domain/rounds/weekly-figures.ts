/** What a week's rounds and commits come to, for a dashboard: from figures that are stored anyway. */
import type { ArmQuality } from "./compose-arms.ts";
import type { RoundQuality } from "./round.ts";

type Grouped = Pick<ArmQuality, "members" | "groups" | "pairs" | "repeats" | "totalAffinity" | "moved">;

export interface GroupingFigures {
  rounds: number;
  /** In the week's last round. */
  members: number;
  groups: number;
  pairs: number;
  /**
   * The share of the pairs who had met before, and what the two would give each other, a
   * probability; null without pairs.
   */
  metBefore: number | null;
  affinity: number | null;
  /** How many the last change of a draft moved to another group, in the mean over the rounds that had one. */
  moved: number | null;
}

/** A published round, as far as figures need it. */
export interface RoundFigures {
  round: number;
  publishedAtMs: number;
  quality: RoundQuality;
  groupCount: number;
  /** Those who took part. */
  memberCount: number;
}

function figuresOf(grouped: readonly Grouped[]): GroupingFigures {
  const sum = (name: "groups" | "pairs" | "repeats" | "totalAffinity") =>
    grouped.reduce((total, one) => total + one[name], 0);
  const pairs = sum("pairs");
  const moved = grouped.flatMap((one) => one.moved ?? []);
  return {
    rounds: grouped.length,
    members: grouped.at(-1)?.members ?? 0,
    groups: sum("groups"),
    pairs,
    metBefore: pairs === 0 ? null : sum("repeats") / pairs,
    affinity: pairs === 0 ? null : sum("totalAffinity") / pairs,
    moved: moved.length === 0 ? null : moved.reduce((a, b) => a + b) / moved.length,
  };
}

/** Of rounds, ascending: of all, and by arm of those that an experiment has parted. */
export function groupingFigures(rounds: readonly RoundFigures[]) {
  const all = rounds.map(({ quality, groupCount, memberCount }) => {
    const { pairs, repeats, totalAffinity, moved } = quality;
    return { members: memberCount, groups: groupCount, pairs, repeats, totalAffinity, moved };
  });
  const parted = rounds.flatMap(({ quality }) => quality.arms ?? []);
  const arms = (["main", "experiment"] as const).map((arm) => {
    return { arm, ...figuresOf(parted.filter((one) => one.arm === arm)) };
  });
  return { ...figuresOf(all), ...(parted.length > 0 ? { arms } : {}) };
}
