import { expect, test } from "@jest/globals";
import { groupMembers } from "../../../src/domain/assignment/quality.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../../src/domain/community/settings.ts";
import { composeDraft, type GroupingState } from "../../../src/domain/rounds/compose-draft.ts";
import type { Person } from "../../../src/domain/rounds/mutual-affinity.ts";

const person = (row: number): Person => ({ row, blockedRows: [] });

/** People without opinions: all pairs are worth the same. */
function state(size: number, settings: Partial<Settings> = {}): GroupingState {
  return {
    settings: { ...DEFAULT_SETTINGS, factors: 1, groupSize: 2, ...settings },
    rowCount: size,
    items: new Float32Array(2 * size),
    people: Array.from({ length: size }, (_, row) => person(row)),
    pastRounds: [],
    isHistoryWhole: true,
    isInformed: false,
    seed: 1,
  };
}

test("affinity is told without the penalties, and repeats also where meeting again costs nothing", () => {
  const met = [{ groupOf: Int32Array.of(0, 0, 0), age: 1 }];
  const { quality } = composeDraft({
    ...state(3, { groupSize: 3, diversityPenalty: 0 }),
    pastRounds: met,
  });
  const { quality: charged } = composeDraft({ ...state(3, { groupSize: 3 }), pastRounds: met });
  const each = 1 / (1 + Math.exp(2));
  expect(quality.repeats).toBe(3);
  expect(quality.totalAffinity).toBeCloseTo(3 * each, 5);
  expect(quality.worstMemberAffinity).toBeCloseTo(2 * each, 5);
  expect(charged.totalAffinity).toBeCloseTo(3 * each, 5);
  expect(charged.score).toBeLessThan(quality.score);
});

test("a row that no group can take is in a group of its own and noted", () => {
  const people = [{ row: 0, blockedRows: [1, 2, 3] }, person(1), person(2), person(3)];
  const { groupOf, groupCount, quality } = composeDraft({ ...state(4), people });
  expect(quality.alone).toBe(1);
  expect(groupCount).toBe(2);
  expect(groupOf[1]).toBe(groupOf[2]);
  expect(groupOf[0]).not.toBe(groupOf[1]);
});

test("the odd one out is taken in, or with a largest size there is one group more", () => {
  const sizes = (settings: Partial<Settings>) => {
    const { groupOf } = composeDraft(state(9, { groupSize: 4, ...settings }));
    return groupMembers(groupOf)
      .map((members) => members.length)
      .sort();
  };
  expect(sizes({})).toEqual([4, 5]);
  expect(sizes({ groupSizeMax: 4 })).toEqual([3, 3, 3]);
  expect(sizes({ groupSizeMax: 4, groupSizeMin: 4 })).toEqual([4, 5]);
});

test("nobody meets again within the rematch window; past it they may", () => {
  const friends = Float32Array.of(2, 0, 2, 0, -2, 0, -2, 0);
  const pastRounds = [{ groupOf: Int32Array.of(0, 0, 1, 1), age: 2 }];
  const draft = (rematchWindowRounds: number) =>
    composeDraft({ ...state(4, { diversityPenalty: 0, rematchWindowRounds }), items: friends, pastRounds });
  expect(draft(1).groupOf).toEqual(draft(0).groupOf);
  expect(draft(1).quality.repeats).toBe(2);
  expect(draft(2).quality).toMatchObject({ repeats: 0, rematch: { count: 0, pairs: [] } });
});

test("a rematch window that cannot be kept is told with its pairs, by row", () => {
  const pastRounds = [{ groupOf: Int32Array.of(-1, 0, 0), age: 1 }];
  const people = [person(1), person(2)];
  const { quality } = composeDraft({ ...state(3, { rematchWindowRounds: 1 }), people, pastRounds });
  expect(quality.rematch).toEqual({ count: 1, pairs: [[1, 2]] });
});

test("fair lifts the worst-off member where total lets them fall", () => {
  // 0 and 1 adore each other; pairing them leaves 2 with 3, whom nobody likes much
  const items = Float32Array.of(1.4, 0, 1.4, 0, 0.5, 0, -0.3, 0);
  const worst = (objective: Settings["objective"]) =>
    composeDraft({ ...state(4, { objective }), items }).quality;
  expect(worst("fair").worstMemberAffinity).toBeGreaterThanOrEqual(worst("total").worstMemberAffinity);
  expect(worst("fair").totalAffinity).toBeLessThanOrEqual(worst("total").totalAffinity + 1e-9);
});

test("a draft made again moves nobody for a small step of the model, and tells how many it moved", () => {
  const items = (step: number) =>
    Float32Array.from({ length: 16 }, (_, at) => Math.sin(7 * at) + step * Math.cos(at));
  const at = (step: number, previous?: Int32Array) =>
    composeDraft({ ...state(8), items: items(step), previous });
  const first = at(0);
  expect(first.quality.moved).toBeNull();
  const second = at(0.001, first.groupOf);
  expect(second.quality.moved).toBe(0);
  expect(at(0.001, Int32Array.of(0, 0, 1, 1, 2, 2, 3)).quality.moved).toBeGreaterThanOrEqual(0);
});

test("out of time there is a draft all the same, of everybody and without blocked pairs", () => {
  const people = Array.from({ length: 12 }, (_, row) => ({ row, blockedRows: row === 0 ? [1, 2] : [] }));
  const { groupOf } = composeDraft({ ...state(12, { groupSize: 4 }), people }, () => true);
  expect(groupOf.every((group) => group >= 0)).toBe(true);
  expect([groupOf[1], groupOf[2]]).not.toContain(groupOf[0]);
});

const tagged = (size: number, tags: (row: number) => Person["tags"], settings: Partial<Settings>) => {
  const people = Array.from({ length: size }, (_, row) => ({ ...person(row), tags: tags(row) }));
  const draft = composeDraft({ ...state(size, settings), people });
  return { ...draft, groups: groupMembers(draft.groupOf) };
};

test("a mixed tag is spread over the groups", () => {
  const team = (row: number) => ({ team: row < 4 ? "red" : "blue" });
  const { groups } = tagged(8, team, { groupSize: 4, mixTags: ["team"] });
  expect(groups.map((rows) => rows.filter((row) => row < 4).length)).toEqual([2, 2]);
});

test("a matched tag is equal within each group, and who lacks it is welcome anywhere", () => {
  const language = (row: number) => (row === 7 ? undefined : { language: row % 2 === 0 ? "de" : "fr" });
  const { groups, quality } = tagged(8, language, { groupSize: 4, matchTags: ["language"] });
  for (const rows of groups)
    expect(new Set(rows.filter((row) => row < 7).map((row) => row % 2)).size).toBe(1);
  expect(quality.match.count).toBe(0);
});

test("a match that cannot be is told with its pairs", () => {
  const { quality } = tagged(2, (row) => ({ language: `l${row}` }), { matchTags: ["language"] });
  expect(quality.match).toEqual({ count: 1, pairs: [[0, 1]] });
});

test("a round of a season is the planned one, with what is not as planned by row", () => {
  const season = {
    rows: Uint32Array.of(0, 1, 2, 3, 4, 5),
    planned: Int32Array.of(0, 0, 1, 1, 2, 2),
    later: [Int32Array.of(0, 1, 1, 0, 2, 2)],
    published: 1,
  };
  const pastRounds = [
    { groupOf: Int32Array.of(0, 1, 0, 1, 2, 3), age: 2 },
    { groupOf: Int32Array.of(0, 1, 1, 0, -1, -1), age: 1 },
  ];
  const as = (people: Person[]) =>
    composeDraft({ ...state(9, { diversityPenalty: 0 }), people, pastRounds, season });
  const whole = as([0, 1, 2, 3, 4, 5].map(person));
  expect(groupMembers(whole.groupOf.slice(0, 6))).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
  ]);
  expect(whole.quality.season).toEqual({
    repeats: { count: 0, pairs: [] },
    again: { count: 1, pairs: [[4, 5]] },
    unplanned: [],
    moved: 0,
    outOfSize: 0,
  });
  // 0 and 3 have met in the season, 0 and 2 before it; 7 came after the plan
  const changed = as([0, 2, 3, 7].map(person));
  expect(changed.groupOf[2]).toBe(changed.groupOf[3]);
  expect(changed.groupOf[0]).toBe(changed.groupOf[7]);
  expect(changed.quality.season).toMatchObject({ unplanned: [7], moved: 0 });
  const pair = as([person(0), person(3)]).quality;
  expect(pair.season?.repeats).toEqual({ count: 1, pairs: [[0, 3]] });
  expect(as([{ row: 0, blockedRows: [3] }, person(3), person(4)]).quality.season?.outOfSize).toBeGreaterThan(
    0,
  );
});

test("each group has one host where there are as many as groups, and else as evenly as can be", () => {
  const hosts = (...rows: number[]) => {
    const people = Array.from(
      { length: 12 },
      (_, row): Person => ({
        ...person(row),
        tags: rows.includes(row) ? { mentor: "yes" } : {},
      }),
    );
    const { groupOf, quality } = composeDraft({
      ...state(12, { groupSize: 3, hostTag: "mentor", mixTags: ["team"] }),
      people,
    });
    const counts = groupMembers(groupOf).map((members) => members.filter((row) => rows.includes(row)).length);
    return { counts: counts.sort(), hosts: quality.hosts, unusedTags: quality.unusedTags };
  };
  const unused = ["team"];
  expect(hosts(0, 1, 2, 3)).toEqual({
    counts: [1, 1, 1, 1],
    hosts: { without: 0, several: 0 },
    unusedTags: unused,
  });
  expect(hosts(4, 5)).toMatchObject({ counts: [0, 0, 1, 1], hosts: { without: 2, several: 0 } });
  expect(hosts(4, 5, 6, 7, 8)).toMatchObject({ counts: [1, 1, 1, 2], hosts: { without: 0, several: 1 } });
  expect(hosts().unusedTags).toEqual(["team", "mentor"]);
});
