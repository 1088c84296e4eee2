import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { likedAt, NAMES, type Row } from "../../scripts/evaluate/groups/frontier.ts";
import { generateWaves } from "../../scripts/evaluate/groups/generate.ts";
import { groupQuality, meanQuality, withinCampShare } from "../../scripts/evaluate/groups/measures.ts";
import { newcomerFigures } from "../../scripts/evaluate/groups/newcomers.ts";
import { engineRounds } from "../../scripts/evaluate/groups/references.ts";
import { contributionsOf } from "../../scripts/evaluate/groups/spread.ts";
import { parseWaves } from "../../scripts/evaluate/groups/wave-file.ts";
import { keptAnswers } from "../../scripts/evaluate/groups/waves.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { uniform } from "../../src/domain/random.ts";

/** Runs the command and reads the JSON that it prints. */
function evaluate(...flags: string[]) {
  const text = execFileSync(process.execPath, ["scripts/evaluate.ts", "--groups", ...flags, "--json"], {
    encoding: "utf8",
  });
  const figures = JSON.parse(text) as { rows: Row[]; ofRaw: number; withinCamp?: number[] };
  const rowsOf = (name: string) => figures.rows.filter((row) => row.name === name);
  return { ...figures, rowsOf };
}

const __ = Number.NaN;

test.each([
  ["0,a,b,1\n1,a,b", "line 2: columns: got 3, expected 4: wave,rater,ratee,value"],
  ["wave,rater,ratee,value\n1.5,a,b,1", 'line 2: wave: "1.5" is no whole number'],
  ["0,,b,1", "line 1: rater: is empty"],
  ["0,a, ,1", "line 1: ratee: is empty"],
  ["0,a,b,1\n\n1,b,b,1", "line 3: ratee: b rates themselves"],
  ["0,a,b,much", 'line 1: value: "much" is no rating from -100 to 100'],
  ["0,a,b,", 'line 1: value: "" is no rating from -100 to 100'],
  ["0,a,b,-101", 'line 1: value: "-101" is no rating from -100 to 100'],
  ["0,a,b,1\n1,a,b,1\n0,a,b,2", "line 3: ratee: a rates b in line 1 too"],
  ["3,a,b,1\n3,b,a,1", "got 1 waves, expected at least 2: one judges the other"],
])("a bad wave file is told by line and field: %j", (text, message) => {
  expect(() => parseWaves(text)).toThrow(new Error(message));
});

test("waves come in order of time, people in order of appearance, with or without a heading", () => {
  const lines = "7,cleo,ana,-2\n3,ana,bo,5\n7,bo,ana,4";
  const data = parseWaves(lines, (given) => given / 2);
  expect(data.names).toEqual(["cleo", "ana", "bo"]);
  expect(data.waves.map(({ wave }) => wave)).toEqual([3, 7]);
  expect(data.waves.map(({ told }) => Array.from(told))).toEqual([
    [__, __, __, __, __, 2.5, __, __, __],
    [__, -1, __, __, __, __, __, 2, __],
  ]);
  expect(parseWaves(`wave;rater;ratee;value\n${lines}`).names).toEqual(data.names);
});

test("a rater who disappears is still known by what they said, and is not asked how they like their group", () => {
  const { waves } = parseWaves("0,a,b,5\n0,b,a,-3\n1,b,a,2\n2,b,a,4");
  expect(keptAnswers(waves).map((known) => Array.from(known))).toEqual([
    [__, 5, -3, __],
    [__, 5, 2, __],
    [__, 5, 4, __],
  ]);
  const together = Int32Array.of(0, 0);
  expect(groupQuality(together, waves[1].judged, [])).toEqual({ liked: 1, again: 0, nobodyLiked: 0 });
});

test("liking counts in each direction, silence is no liking, and only those who answer are asked", () => {
  // a and b share a group, c, d and e another. a likes b; b says nothing at all; c likes d and is silent about e; d likes
  // a, who is elsewhere, and neither c nor e; e likes nobody here.
  const judged = Float32Array.of(
    ...[__, 3, -2, __, __],
    ...[__, __, __, __, __],
    ...[__, __, __, 5, __],
    ...[2, __, -4, __, -1],
    ...[__, 4, -3, 0, __],
  );
  const groupOf = Int32Array.of(1, 1, 0, 0, 0);
  const past = [
    Int32Array.of(0, 1, 2, 2, 2),
    ...Array.from({ length: 3 }, () => Int32Array.of(0, 1, 2, 3, 4)),
  ];
  expect(groupQuality(groupOf, judged, past)).toEqual({ liked: 2 / 7, again: 3 / 4, nobodyLiked: 2 / 4 });
  const longAgo = [...past, Int32Array.of(0, 1, 2, 3, 4)];
  expect(groupQuality(groupOf, judged, longAgo)).toMatchObject({ again: 0 });
  expect(groupQuality(groupOf, judged.fill(__), past)).toBeNull();
  expect(withinCampShare(groupOf, Int32Array.of(5, 5, 5, 6, 6))).toBe(2 / 4);
});

test("a frontier between two points is on the line between them, and ends at its ends", () => {
  const frontier = [
    { again: 0.6, liked: 0.8 },
    { again: 0.2, liked: 0.4 },
  ];
  expect([0, 0.2, 0.3, 0.6, 0.9].map((again) => likedAt(frontier, again))).toEqual([
    0.4,
    0.4,
    expect.closeTo(0.5),
    expect.closeTo(0.8),
    0.8,
  ]);
});

test("over a week contributions come in commits of 5 to 10 senders, everybody as often as asked", () => {
  const random = uniform(4);
  for (const size of [5, 11, 17, 32, 101]) {
    const commits = contributionsOf(size, { contributions: 3, spread: "week" }, random);
    expect(Math.min(...commits.map((senders) => senders.length))).toBeGreaterThanOrEqual(5);
    expect(Math.max(...commits.map((senders) => senders.length))).toBeLessThanOrEqual(10);
    const times = new Map<number, number>();
    for (const sender of commits.flat()) times.set(sender, (times.get(sender) ?? 0) + 1);
    expect([times.size, ...new Set(times.values())]).toEqual([size, 3]);
    for (const senders of commits) expect(new Set(senders).size).toBe(senders.length);
  }
});

test("the engine that knows the answers keeps camps apart, and meetings that cost more are fewer", () => {
  const { waves, camps } = generateWaves({ kind: "camps", people: 12, waves: 5, seed: 1 });
  const judgedBy = waves.slice(1).map(({ judged }) => judged);
  const rounds = (penalty: number) => engineRounds(judgedBy, 12, penalty, DEFAULT_SETTINGS, 1);
  // Of 6 people in a camp 4 are together, and the 2 left are with the 2 left of the other: 6 + 6 + 2 of 18 pairs.
  for (const groupOf of rounds(0)) expect(withinCampShare(groupOf, camps!)).toBe(14 / 18);
  expect(meanQuality(rounds(20), judgedBy).again).toBeLessThan(meanQuality(rounds(0), judgedBy).again);
});

test("a generated community is the same for the same seed, and tells of 12 others a wave", () => {
  const recipe = { kind: "clusters" as const, people: 30, waves: 3, seed: 5 };
  const { waves } = generateWaves(recipe);
  expect(generateWaves(recipe).waves).toEqual(waves);
  expect(generateWaves({ ...recipe, seed: 6 }).waves).not.toEqual(waves);
  for (const { told, judged } of waves) {
    for (let i = 0; i < 30; i++) {
      const said = Array.from(told.subarray(i * 30, (i + 1) * 30).entries()).filter(
        ([, value]) => !Number.isNaN(value),
      );
      expect(said).toHaveLength(12);
      for (const [j, value] of said) expect(value).toBe(judged[i * 30 + j]);
    }
  }
});

test.each([
  { share: "--share", ofRaw: 0.95, likedAtNoPenalty: 0.95 },
  { share: "--no-share", ofRaw: 0.88, likedAtNoPenalty: 0.9 },
])(
  "on Newcomb's students, with nothing set, groups are as good as raw answers make them ($share)",
  (floor) => {
    const { rows, rowsOf, ofRaw } = evaluate("--newcomb", floor.share);
    expect(rows).toHaveLength(17);
    const [random] = rowsOf(NAMES.random);
    expect(random.liked).toBeCloseTo(0.5, 1);
    const [raw] = rowsOf(NAMES.raw);
    const [oracle] = rowsOf(NAMES.oracle);
    expect(raw.liked).toBeGreaterThan(0.75);
    expect(oracle.liked).toBeGreaterThan(raw.liked);
    expect(rowsOf(NAMES.given)).toMatchObject([{ penalty: DEFAULT_SETTINGS.diversityPenalty }]);
    expect(ofRaw).toBeGreaterThan(floor.ofRaw);
    const frontier = rowsOf(NAMES.frontier);
    expect(frontier.map(({ penalty }) => penalty)).toEqual([0, 0.1, 0.3, 1, 3]);
    expect(frontier[0].liked).toBeGreaterThan(floor.likedAtNoPenalty * raw.liked);
    expect(frontier[4].again).toBeLessThan(0.4);
  },
);

test.each([
  { people: "24", share: "--share", rounds: 5 },
  { people: "24", share: "--no-share", rounds: 5 },
  { people: "8", share: "--share", rounds: 2 },
  { people: "8", share: "--no-share", rounds: 2 },
])(
  "two camps among $people people are told apart by one contribution before each round ($share)",
  (given) => {
    const flags = ["--generate", "camps", "--people", given.people, "--waves", "5", "--contributions", "1"];
    const { withinCamp } = evaluate(...flags, given.share);
    for (const share of withinCamp!.slice(1, given.rounds)) expect(share).toBeGreaterThanOrEqual(0.95);
  },
);

test("in a community of clusters a third of the pairs meet again, and as many are liked as raw answers would bring", () => {
  const { rowsOf, ofRaw } = evaluate(
    "--generate",
    "clusters",
    "--people",
    "17",
    "--waves",
    "6",
    "--seeds",
    "3",
    "--share",
  );
  const [{ again }] = rowsOf(NAMES.given);
  expect(again).toBeGreaterThan(0.2);
  expect(again).toBeLessThan(0.4);
  expect(ofRaw).toBeGreaterThan(0.95);
});

test("through HTTP, queue and commits camps that rate each other down are kept apart", () => {
  const flags = ["--generate", "camps", "--people", "8", "--waves", "2", "--contributions", "1"];
  const { withinCamp, rowsOf } = evaluate(
    ...flags,
    "--via",
    "api",
    "--share",
    "--settings",
    '{"diversityPenalty":0}',
  );
  expect(withinCamp).toEqual([1, 1]);
  expect(rowsOf(NAMES.given)).toMatchObject([{ liked: 1, nobodyLiked: 0, penalty: 0 }]);
});

test("people who arrive are silent and unknown in their first wave, and are judged and judge in the next", () => {
  const { arrivals, waves } = generateWaves({ kind: "tags", people: 20, waves: 4, seed: 1 });
  const { waveOf } = arrivals!;
  expect(Array.from(waveOf)).toEqual([...new Array(12).fill(0), 1, 1, 1, 1, 2, 2, 2, 2]);
  const isTold = (person: number, wave: number) =>
    waves[wave].told.some((value, at) => {
      return !Number.isNaN(value) && (Math.floor(at / 20) === person || at % 20 === person);
    });
  expect([isTold(12, 1), isTold(12, 2), isTold(16, 2), isTold(16, 3)]).toEqual([false, true, false, true]);
  expect(waves[1].judged[12 * 20 + 13]).not.toBeNaN();
  expect(waves[1].judged[12 * 20 + 16]).toBeNaN();
});

test("newcomers' tags bring them likings where tags count", () => {
  const data = generateWaves({ kind: "tags", people: 40, waves: 4, seed: 1 });
  const conduct = {
    settings: DEFAULT_SETTINGS,
    shareNoise: 0,
    contributions: 2,
    spread: "once" as const,
    seed: 1,
  };
  const { by, without, random } = newcomerFigures(data, conduct);
  expect(by.newcomers).toBeGreaterThan(Math.max(without.newcomers, random.newcomers) + 0.05);
});
