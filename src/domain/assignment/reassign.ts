/**
 * A round is computed again and again while the model moves, and people have looked at their groups meanwhile: whom it
 * moves should be worth it.
 */
import { assignGroups } from "./assign-groups.ts";
import type { AssignmentOptions, AssignmentProblem, Partition } from "./problem.ts";

/** A partition made from nothing must gain this share of the one kept, for the people it moves. */
const GAIN_MIN = 0.01;
/** As in the search, a block outweighs many other wishes. */
const WISHES_PER_BLOCK = 64;
const WISHES_PER_SLOT = 16;

/**
 * Improves the partition there is (`warmStart`, -1 for newcomers), makes another from nothing if there is time, and returns
 * the first unless the second gains much or keeps more wishes.
 */
export function reassign(
  problem: AssignmentProblem,
  options: AssignmentOptions & { warmStart: Int32Array },
): Partition {
  const kept = assignGroups(problem, options);
  if (options.shouldStop?.()) return kept;
  const fresh = assignGroups(problem, { ...options, warmStart: undefined });
  const evaluations = kept.evaluations + fresh.evaluations;
  const isWorthMoving =
    brokenWishes(fresh) === brokenWishes(kept)
      ? worth(fresh, options) - worth(kept, options) > GAIN_MIN * Math.abs(worth(kept, options))
      : brokenWishes(fresh) < brokenWishes(kept);
  return { ...(isWorthMoving ? fresh : kept), evaluations };
}

function worth({ score, worstMemberScore }: Partition, { objective }: AssignmentOptions): number {
  return objective === "fair" ? worstMemberScore : score;
}

/** The number of broken wishes, a block counted as many. */
export function brokenWishes({ unmet }: Pick<Partition, "unmet">): number {
  const { blocked, rematch, match, slots } = unmet;
  return WISHES_PER_BLOCK * blocked.length + WISHES_PER_SLOT * slots.length + rematch.length + match.length;
}
