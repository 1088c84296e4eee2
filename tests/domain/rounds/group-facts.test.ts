import { expect, test } from "@jest/globals";
import { becauseOf, type GroupSight, groupFacts } from "../../../src/domain/rounds/group-facts.ts";

/** Six people, 0-2 fond of each other; 3 and 4 have met. */
const sight: GroupSight = {
  groups: [
    [0, 1, 2],
    [3, 4, 5],
  ],
  size: 6,
  affinity: (i, j) => (i < 3 && j < 3 ? 0.9 : 0.2),
  hasMet: (i, j) => i + j === 7 && i * j === 12,
  isHistoryWhole: true,
  isInformed: true,
  seed: 1,
};
const words = (change: Partial<GroupSight> = {}) => {
  const seen = { ...sight, ...change };
  return Array.from(groupFacts(seen), (facts, group) => becauseOf(facts, seen.groups[group].length));
};
const liking = "as a group you are likely to enjoy talking with each other";

test("a group of people fond of each other who never met is told both, another neither", () => {
  expect(words()).toEqual([
    ["none of you have met in a round before", liking],
    ["the groups of this round were chosen together, so that everybody has one"],
  ]);
});

test("a pair is never told that it is likely to get along: it would give one's view to the other", () => {
  expect(
    words({
      groups: [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
    }).flat(),
  ).not.toContain(liking);
});

test("nothing is said of liking before anybody has said anything", () => {
  expect(words({ isInformed: false }).flat()).not.toContain(liking);
});

test("where the first rounds are forgotten, nobody claims that people never met", () => {
  expect(words({ isHistoryWhole: false })[0]).toContain("none of you have met in a round for a long time");
});

test("who is alone is told that no group could take them", () => {
  expect(becauseOf(0, 1)).toEqual(["no group could take you in this round"]);
});
