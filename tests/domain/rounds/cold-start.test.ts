import { expect, test } from "@jest/globals";
import { groupMembers } from "../../../src/domain/assignment/quality.ts";
import { DEFAULT_SETTINGS } from "../../../src/domain/community/settings.ts";
import { normal } from "../../../src/domain/random.ts";
import { coldStart } from "../../../src/domain/rounds/cold-start.ts";
import { composeDraft } from "../../../src/domain/rounds/compose-draft.ts";
import type { Person } from "../../../src/domain/rounds/mutual-affinity.ts";

const FACTORS = 2;
const WIDTH = FACTORS + 1;
const TEAMS = ["red", "blue"];

interface Shape {
  known?: number;
  newcomers?: number;
  /** How far a team's rows lie on its own side; below 0 on the other's, so that opposites like each other. */
  lean?: number;
  isSharing?: boolean;
  tagsOf?: (row: number) => Person["tags"];
}

/** Known members in two teams who like their own, and newcomers in them whose rows are chance. */
function communityOf(shape: Shape = {}) {
  const { known = 24, newcomers = 8, lean = 0.6, isSharing = false } = shape;
  const tagsOf = shape.tagsOf ?? ((row: number) => ({ team: TEAMS[row % 2], city: `c${row % 3}` }));
  const next = normal(3);
  const size = known + newcomers;
  const values = Float32Array.from({ length: size * WIDTH }, () => 0.1 * next());
  const people = Array.from({ length: size }, (_, row): Person => {
    const side = row % 2 === 0 ? lean : -lean;
    if (row < known) {
      values[row * WIDTH] += side;
      values[row * WIDTH + FACTORS] = 0.4;
    }
    const userFactors = Float32Array.of(row < known ? Math.abs(lean) * Math.sign(side) : 0.3, 0, 0.5);
    if (row < known) userFactors[FACTORS] = 0.4;
    return { row, blockedRows: [], tags: tagsOf(row), ...(isSharing && { userFactors }) };
  });
  const pastRounds = [{ groupOf: Int32Array.from({ length: known }, (_, row) => row >> 2), age: 1 }];
  return { people, items: { values, factors: FACTORS }, pastRounds, known };
}

const startOf = ({ people, items, pastRounds }: ReturnType<typeof communityOf>) =>
  coldStart(people, items, pastRounds);

/** The share of pairs with a newcomer who are of one team. */
function teamShare({ people, items, pastRounds, known }: ReturnType<typeof communityOf>): number {
  const { groupOf } = composeDraft({
    settings: { ...DEFAULT_SETTINGS, factors: FACTORS, diversityPenalty: 0 },
    rowCount: people.length,
    items: items.values,
    people,
    pastRounds,
    isHistoryWhole: true,
    isInformed: true,
    seed: 1,
  });
  const pairs = groupMembers(groupOf).flatMap((rows) =>
    rows.flatMap((row, at) => rows.slice(at + 1).map((other) => [row, other])),
  );
  const ofNewcomers = pairs.filter((rows) => rows.some((row) => row >= known));
  return ofNewcomers.filter(([row, other]) => row % 2 === other % 2).length / ofNewcomers.length;
}

test.each([true, false])(
  "newcomers come to those who share a tag that counts, shared factors: %s",
  (isSharing) => {
    const withoutTags = communityOf({ isSharing, tagsOf: () => undefined });
    expect(teamShare(withoutTags)).toBeLessThan(0.8);
    expect(teamShare(communityOf({ isSharing }))).toBe(1);
  },
);

test("a tag is worth what it does to the likings of those who are known, and one without effect is worth nothing", () => {
  const start = startOf(communityOf());
  expect(start.priors).toHaveLength(1);
  expect(start.priors[0].worth).toBeGreaterThan(0.1);
  expect(Array.from(start.priors[0].newcomers)).toEqual([...new Array(24).fill(0), ...new Array(8).fill(1)]);
});

test("where opposites like each other, newcomers come to those of the other value", () => {
  const opposites = communityOf({ isSharing: true, lean: -0.6 });
  for (const { userFactors } of opposites.people.slice(0, 24)) userFactors![0] *= -1;
  expect(startOf(opposites).priors[0].worth).toBeLessThan(-0.1);
  expect(teamShare(opposites)).toBeLessThan(0.5);
});

test("nothing changes without tags, without newcomers, and where likings show no effect of tags", () => {
  const unchanged = (community: ReturnType<typeof communityOf>) => {
    const start = startOf(community);
    expect(start.people).toBe(community.people);
    expect(start.items).toBe(community.items);
    expect(start.priors).toEqual([]);
  };
  unchanged(communityOf({ tagsOf: () => undefined }));
  unchanged(communityOf({ tagsOf: () => ({}) }));
  unchanged(communityOf({ newcomers: 0 }));
  unchanged(communityOf({ known: 0 }));
  unchanged(communityOf({ tagsOf: (row) => ({ city: `c${row % 5}` }) }));
  unchanged(communityOf({ tagsOf: () => ({ all: "alike" }) }));
});

test("a tag that fewer than ten known members share tells nothing of them", () => {
  const carriedBy = (count: number) =>
    startOf(
      communityOf({ tagsOf: (row) => (row < count || row >= 24 ? { team: TEAMS[row % 2] } : undefined) }),
    ).priors;
  expect(carriedBy(9)).toEqual([]);
  const alone = (row: number) => ({ team: row < 9 || row >= 24 ? TEAMS[row % 2] : `own-${row}` });
  expect(startOf(communityOf({ tagsOf: alone })).priors).toEqual([]);
  expect(carriedBy(16)).toHaveLength(1);
});

test("two tags that are always together are worth together what one is", () => {
  const [{ worth }] = startOf(communityOf()).priors;
  const twice = startOf(
    communityOf({ tagsOf: (row) => ({ team: TEAMS[row % 2], shirt: TEAMS[row % 2] }) }),
  ).priors;
  expect(twice).toHaveLength(2);
  expect(twice[0].worth + twice[1].worth).toBeCloseTo(worth, 1);
});

test("a tag whose carriers are all left out of the fit at once counts for less, and is a number", () => {
  const isCarrier = (row: number) => row % 20 === 0 || row >= 240;
  const tagsOf = (row: number) => (isCarrier(row) ? { club: "chess" } : undefined);
  const [{ worth }] = startOf(communityOf({ known: 240, tagsOf })).priors;
  const [{ worth: sure }] = startOf(communityOf({ known: 240 })).priors;
  expect(worth).toBeGreaterThan(0);
  expect(worth).toBeLessThan(0.9 * sure);
});

test("who was in a round, or shares factors that rest on an answer, is no newcomer", () => {
  const met = communityOf();
  met.pastRounds.push({ groupOf: new Int32Array(32).fill(0), age: 2 });
  expect(startOf(met).priors).toEqual([]);
  const answered = communityOf({ isSharing: true });
  for (const { userFactors } of answered.people.slice(24)) userFactors![FACTORS] = 0.49;
  expect(startOf(answered).priors).toEqual([]);
});

test("among more tags than are looked at, those count that most of the known carry", () => {
  const rare = (row: number) =>
    Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`t${n}`, `v${row % 4}`]));
  const { priors } = startOf(
    communityOf({ tagsOf: (row) => ({ ...(row % 12 < 10 ? rare(row) : {}), zteam: TEAMS[row % 2] }) }),
  );
  expect(priors.some(({ codes }) => new Set(codes).size === 2)).toBe(true);
});
