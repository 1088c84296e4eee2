/**
 * What a group may be told about itself: facts about the group as a whole, a byte a group, from which nobody can read what
 * one member thinks of another.
 */
import { uniform } from "../random.ts";

/** The bits of a group's byte. */
const NEVER_MET = 1;
const NOT_MET_LATELY = 2;
const LIKELY_TO_ENJOY = 4;

/** In a pair, what holds for the group gives the other's view away to whoever knows their own. */
const LIKING_GROUP_SIZE_MIN = 3;
const SAMPLED_PAIRS = 4096;

export interface GroupSight {
  /** Members of each group, by position. */
  groups: readonly (readonly number[])[];
  size: number;
  affinity: (i: number, j: number) => number;
  hasMet: (i: number, j: number) => boolean;
  /** Whether the rounds looked at go back to the first. */
  isHistoryWhole: boolean;
  /** Whether the affinities rest on anything that members have said. */
  isInformed: boolean;
  seed: number;
}

/** Returns the facts of each group. */
export function groupFacts(sight: GroupSight): Uint8Array {
  const { groups, isHistoryWhole, isInformed, affinity } = sight;
  const typical = typicalAffinity(sight);
  return Uint8Array.from(groups, (members) => {
    let [pairs, met, sum] = [0, 0, 0];
    members.forEach((i, at) => {
      for (const j of members.slice(at + 1)) {
        pairs++;
        sum += affinity(i, j);
        if (sight.hasMet(i, j)) met++;
      }
    });
    const history = isHistoryWhole ? NEVER_MET : NOT_MET_LATELY;
    const isLiking = isInformed && members.length >= LIKING_GROUP_SIZE_MIN && sum > typical * pairs;
    return (pairs > 0 && met === 0 ? history : 0) | (isLiking ? LIKELY_TO_ENJOY : 0);
  });
}

/** The mean affinity of random pairs. */
function typicalAffinity({ size, affinity, seed }: GroupSight): number {
  const next = uniform(seed);
  let sum = 0;
  for (let sample = 0; sample < SAMPLED_PAIRS; sample++) {
    const i = Math.floor(next() * size);
    sum += affinity(i, (i + 1 + Math.floor(next() * (size - 1))) % size);
  }
  return sum / SAMPLED_PAIRS;
}

/** Why these people, in words to each of the `size` members of the group. */
export function becauseOf(facts: number, size: number): string[] {
  if (size < 2) return ["no group could take you in this round"];
  const reasons: string[] = [];
  if (facts & NEVER_MET) reasons.push("none of you have met in a round before");
  if (facts & NOT_MET_LATELY) reasons.push("none of you have met in a round for a long time");
  if (facts & LIKELY_TO_ENJOY) reasons.push("as a group you are likely to enjoy talking with each other");
  if (reasons.length === 0)
    reasons.push("the groups of this round were chosen together, so that everybody has one");
  return reasons;
}
