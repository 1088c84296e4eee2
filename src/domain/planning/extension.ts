/**
 * Groups of two sizes from a smaller design: an added person joins one group of each round, no two of which share a
 * member (a common transversal of the rounds), and no two added people join the same group.
 */
import { groupMembers } from "../assignment/quality.ts";
import type { Rounds } from "./designs.ts";

const NODES_PER_STOP_CHECK = 1024;

interface TransversalSearch {
  rounds: Rounds;
  /** Members of each group, by round. */
  members: number[][][];
  /** Per round and group: how many of its members the person has met, and whether somebody joined it before. */
  closed: Int32Array[];
  /** Per round: groups that are not closed. */
  openCount: Int32Array;
  /** Groups of the people added so far, by round. */
  joined: Int32Array[];
  addedCount: number;
  nodesLeft: number;
  shouldStop?: () => boolean;
}

/** Returns the first `roundCount` rounds with `addedCount` more people, or undefined if `nodesMax` steps find none. */
export function extendRounds(
  rounds: Rounds,
  addedCount: number,
  roundCount: number,
  nodesMax: number,
  shouldStop?: () => boolean,
): Rounds | undefined {
  if (rounds.length < roundCount) return undefined;
  const kept = rounds.slice(0, roundCount);
  const members = kept.map((round) => groupMembers(round));
  const search: TransversalSearch = {
    rounds: kept,
    members,
    closed: members.map((groups) => new Int32Array(groups.length)),
    openCount: Int32Array.from(members, (groups) => groups.length),
    joined: [],
    addedCount,
    nodesLeft: nodesMax,
    shouldStop,
  };
  if (!addPeople(search)) return undefined;
  return kept.map((round, number) =>
    Int32Array.from([...round, ...search.joined.map((groupIn) => groupIn[number])]),
  );
}

function addPeople(search: TransversalSearch): boolean {
  if (search.joined.length === search.addedCount) return true;
  return joinRounds(search, new Int32Array(search.rounds.length).fill(-1), search.rounds.length);
}

/** Depth-first: the round with the fewest open groups is decided first. */
function joinRounds(search: TransversalSearch, groupIn: Int32Array, roundsLeft: number): boolean {
  if (roundsLeft === 0) return addNext(search, groupIn);
  const { members, closed, openCount } = search;
  if (--search.nodesLeft % NODES_PER_STOP_CHECK === 0 && search.shouldStop?.()) search.nodesLeft = 0;
  if (search.nodesLeft <= 0) return false;
  let round = -1;
  for (let other = 0; other < groupIn.length; other++)
    if (groupIn[other] < 0 && (round < 0 || openCount[other] < openCount[round])) round = other;
  for (let group = 0; group < members[round].length; group++) {
    if (closed[round][group] > 0) continue;
    groupIn[round] = group;
    meet(search, members[round][group], 1);
    if (joinRounds(search, groupIn, roundsLeft - 1)) return true;
    meet(search, members[round][group], -1);
    groupIn[round] = -1;
  }
  return false;
}

/** The next person has met nobody, but may not join the same groups. */
function addNext(search: TransversalSearch, groupIn: Int32Array): boolean {
  const met = [...groupIn].flatMap((group, round) => search.members[round][group]);
  meet(search, met, -1);
  for (let round = 0; round < groupIn.length; round++) close(search, round, groupIn[round], 1);
  search.joined.push(groupIn);
  if (addPeople(search)) return true;
  search.joined.pop();
  for (let round = 0; round < groupIn.length; round++) close(search, round, groupIn[round], -1);
  meet(search, met, 1);
  return false;
}

/** Closes (1) or opens (-1) the groups these people are in. */
function meet(search: TransversalSearch, people: number[], amount: 1 | -1): void {
  for (const person of people)
    for (let round = 0; round < search.rounds.length; round++)
      close(search, round, search.rounds[round][person], amount);
}

function close({ closed, openCount }: TransversalSearch, round: number, group: number, amount: 1 | -1): void {
  const before = closed[round][group];
  closed[round][group] = before + amount;
  if (before === 0) openCount[round]--;
  else if (before + amount === 0) openCount[round]++;
}
