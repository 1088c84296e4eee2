/**
 * Groups of two sizes from a design of equal groups: people are left out who never meet in the rounds that are kept, so
 * that a round loses one place in each of several groups.
 */
import { groupMembers } from "../assignment/quality.ts";
import type { Rounds } from "./designs.ts";

/** Returns `roundCount` of the rounds without `absentCount` people, or undefined if no such people are found. */
export function truncateRounds(rounds: Rounds, absentCount: number, roundCount: number): Rounds | undefined {
  if (rounds.length < roundCount) return undefined;
  if (absentCount === 0) return rounds.slice(0, roundCount);
  const size = rounds[0].length;
  const meetingRound = meetingRounds(rounds);
  for (let first = size - 1; first >= 0; first--) {
    const absent = growAbsent(meetingRound, size, first, absentCount, rounds.length - roundCount);
    if (!absent) continue;
    const spoilt = new Set(absent.flatMap((a) => absent.map((b) => meetingRound[a * size + b])));
    const kept = rounds.filter((_, round) => !spoilt.has(round)).slice(0, roundCount);
    return kept.map((round) => round.filter((_, person) => !absent.includes(person)));
  }
  return undefined;
}

/** Adds one person at a time who spoils the fewest rounds more: those in which two of the absent would meet. */
function growAbsent(
  meetingRound: Int32Array,
  size: number,
  first: number,
  absentCount: number,
  spoiltMax: number,
): number[] | undefined {
  const absent = [first];
  const spoilt = new Set<number>([-1]);
  while (absent.length < absentCount) {
    let best = -1;
    let fewest = Number.POSITIVE_INFINITY;
    for (let person = size - 1; person >= 0 && fewest > 0; person--) {
      if (absent.includes(person)) continue;
      const added = new Set(absent.map((other) => meetingRound[other * size + person]));
      let cost = 0;
      for (const round of added) if (!spoilt.has(round)) cost++;
      if (cost < fewest) [best, fewest] = [person, cost];
    }
    if (best < 0) return undefined;
    for (const other of absent) spoilt.add(meetingRound[other * size + best]);
    absent.push(best);
    if (spoilt.size - 1 > spoiltMax) return undefined;
  }
  return absent;
}

/** Size x size: the round in which two people meet, or -1. */
function meetingRounds(rounds: Rounds): Int32Array {
  const size = rounds[0].length;
  const meetingRound = new Int32Array(size * size).fill(-1);
  rounds.forEach((round, number) => {
    for (const members of groupMembers(round))
      for (const a of members) for (const b of members) if (a !== b) meetingRound[a * size + b] = number;
  });
  return meetingRound;
}
