/**
 * Measures a finished partition, whoever made it: its score, its worst-off member, its repeats and the wishes it broke.
 */

import { haveSlot } from "./pairs/common-slots.ts";
import { pairValue } from "./pairs/pair-table.ts";
import { isMismatched, scoreOfPair } from "./pairs/pair-weight.ts";
import type { AssignmentProblem, Unmet } from "./problem.ts";

export interface Quality {
  score: number;
  worstMemberScore: number;
  repeats: number;
  unmet: Unmet;
}

/** Returns what `Partition` says of a partition; O(sum of group sizes squared). */
export function measureQuality(problem: AssignmentProblem, groupOf: Int32Array): Quality {
  const pairScore = scoreOfPair(problem);
  const memberScores = new Float64Array(groupOf.length);
  const match: number[] = [];
  const bare: number[] = [];
  let score = 0;
  let repeats = 0;
  for (const members of groupMembers(groupOf)) {
    if (problem.slots && !haveSlot(problem.slots, members)) bare.push(groupOf[members[0]]);
    for (let a = 0; a < members.length; a++)
      for (let b = a + 1; b < members.length; b++) {
        const value = pairScore(members[a], members[b]);
        score += value;
        memberScores[members[a]] += value;
        memberScores[members[b]] += value;
        if (problem.penalty && pairValue(problem.penalty, members[a], members[b]) > 0) repeats++;
        if (isMismatched(problem, members[a], members[b])) match.push(members[a], members[b]);
      }
  }
  const worstMemberScore = memberScores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const unmet = {
    blocked: pairsTogether(problem.blocked, groupOf),
    rematch: pairsTogether(problem.rematch, groupOf),
    match: Int32Array.from(match),
    slots: Int32Array.from(bare),
  };
  return { score, worstMemberScore: groupOf.length ? worstMemberScore : 0, repeats, unmet };
}

/** Returns the members of each group, ascending. */
export function groupMembers(groupOf: Int32Array): number[][] {
  const groups: number[][] = [];
  for (let i = 0; i < groupOf.length; i++) {
    while (groups.length <= groupOf[i]) groups.push([]);
    groups[groupOf[i]].push(i);
  }
  return groups;
}

function pairsTogether(pairs: Int32Array | undefined, groupOf: Int32Array): Int32Array {
  const together: number[] = [];
  for (let p = 0; pairs && p < pairs.length; p += 2)
    if (pairs[p] !== pairs[p + 1] && groupOf[pairs[p]] === groupOf[pairs[p + 1]])
      together.push(pairs[p], pairs[p + 1]);
  return Int32Array.from(together);
}
