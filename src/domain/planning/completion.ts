/**
 * More rounds than a design has: each further round is assigned so that as few as possible meet again.
 */
import { assignGroups } from "../assignment/assign-groups.ts";
import { groupMembers } from "../assignment/quality.ts";
import type { SizeLimits } from "../assignment/sizes.ts";
import type { Rounds } from "./designs.ts";

export interface CompletionOptions extends SizeLimits {
  size: number;
  groupSize: number;
  roundCount: number;
  seed: number;
}

/** A few dozen milliseconds a round: it is not what decides whether a plan is without repeats. */
const EVALUATIONS_PER_ROUND = 100_000;

/** Returns the rounds with others after them until there are `roundCount`. */
export function completeRounds(rounds: Rounds, options: CompletionOptions): Rounds {
  const { size, roundCount, seed } = options;
  const completed = rounds.slice(0, roundCount);
  const values = new Float32Array(size * size);
  const remember = (round: Int32Array) => {
    for (const members of groupMembers(round))
      for (const a of members) for (const b of members) if (a !== b) values[a * size + b]--;
  };
  for (const round of completed) remember(round);
  while (completed.length < roundCount) {
    const problem = { ...options, affinity: { kind: "dense" as const, size, values } };
    const search = { seed: seed + completed.length, evaluationsMax: EVALUATIONS_PER_ROUND };
    const { groupOf } = assignGroups(problem, search);
    completed.push(groupOf);
    remember(groupOf);
  }
  return completed;
}
