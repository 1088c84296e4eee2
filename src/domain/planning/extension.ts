/**
 * Groups of two sizes from a smaller design: an added person joins one group of each round, no two of which share a
 * member (a common transversal of the rounds), and no two added people join the same group.
 */
import { groupMembers } from "../assignment/quality.ts";
import type { Rounds } from "./designs.ts";

/** Returns the first `roundCount` rounds with `addedCount` more people, or undefined if `nodesMax` steps find none. */
export function extendRounds(
  rounds: Rounds,
  addedCount: number,
  roundCount: number,
  nodesMax: number,
  shouldStop?: () => boolean,
): Rounds | undefined {
  if (rounds.length < roundCount) return undefined;
  const size = rounds[0].length;
  const kept = rounds.slice(0, roundCount);
  const members = kept.map((round) => groupMembers(round));
  const isJoined = members.map((groups) => new Uint8Array(groups.length));
  const joined: Int32Array[] = [];
  let nodes = 0;

  /** Finds groups for one more person, then for the rest. */
  const addPerson = (): boolean => {
    if (joined.length === addedCount) return true;
    const hasMet = new Uint8Array(size);
    const groupIn = new Int32Array(roundCount).fill(-1);
    return joinRound(groupIn, hasMet, roundCount);
  };
  const joinRound = (groupIn: Int32Array, hasMet: Uint8Array, roundsLeft: number): boolean => {
    if (roundsLeft === 0) {
      joined.push(groupIn);
      groupIn.forEach((group, round) => {
        isJoined[round][group] = 1;
      });
      if (addPerson()) return true;
      joined.pop();
      groupIn.forEach((group, round) => {
        isJoined[round][group] = 0;
      });
      return false;
    }
    if (++nodes > nodesMax || (nodes % NODES_PER_STOP_CHECK === 0 && shouldStop?.())) {
      nodes = nodesMax;
      return false;
    }
    const { round, choices } = tightestRound(members, isJoined, groupIn, hasMet);
    for (const group of choices) {
      groupIn[round] = group;
      for (const member of members[round][group]) hasMet[member] = 1;
      if (joinRound(groupIn, hasMet, roundsLeft - 1)) return true;
      for (const member of members[round][group]) hasMet[member] = 0;
      groupIn[round] = -1;
      if (nodes >= nodesMax) return false;
    }
    return false;
  };
  if (!addPerson()) return undefined;
  return kept.map((round, number) =>
    Int32Array.from([...round, ...joined.map((groupIn) => groupIn[number])]),
  );
}

const NODES_PER_STOP_CHECK = 256;

/** The round without a group yet that leaves the fewest groups to choose from. */
function tightestRound(
  members: number[][][],
  isJoined: Uint8Array[],
  groupIn: Int32Array,
  hasMet: Uint8Array,
): { round: number; choices: number[] } {
  let tightest: { round: number; choices: number[] } | undefined;
  for (let round = 0; round < members.length; round++) {
    if (groupIn[round] >= 0) continue;
    const choices: number[] = [];
    members[round].forEach((group, number) => {
      if (!isJoined[round][number] && group.every((member) => !hasMet[member])) choices.push(number);
    });
    if (!tightest || choices.length < tightest.choices.length) tightest = { round, choices };
    if (choices.length === 0) break;
  }
  return tightest!;
}
