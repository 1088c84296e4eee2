/**
 * `npm run demo`: seventeen real students are grouped week after week by a model that learns from rankings which never leave
 * their devices. Starts the embedded system, replays Newcomb's fraternity through the public HTTP API, and compares.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { SHARE_NOISE } from "../src/client/sharing.ts";
import { House, type HousePlan, type WeekResult } from "./demo/house.ts";
import {
  meanQuality,
  oracleQualities,
  type Quality,
  qualityOf,
  randomQuality,
  ratingOfRank,
  readWeeks,
  STUDENTS,
} from "./demo/newcomb.ts";
import { picture } from "./demo/picture.ts";
import { summaryTable, weekTable } from "./demo/report.ts";
import { startLocalSystem } from "./local/system.ts";

const SEED = 1;
const PICTURE = "out/newcomb.svg";
/** The first is the one of the weekly table. */
const PLANS: (HousePlan & { name: string })[] = [
  { name: "default settings", community: "fraternity", settings: {}, shareNoise: SHARE_NOISE },
  {
    name: "penalty 0",
    community: "fraternity-same",
    settings: { diversityPenalty: 0 },
    shareNoise: SHARE_NOISE,
  },
  {
    name: "penalty 3",
    community: "fraternity-new",
    settings: { diversityPenalty: 3 },
    shareNoise: SHARE_NOISE,
  },
];
/** A batch is full, and need not wait for its window's end, as soon as every student of every house has contributed. */
const PARAMS = { gradientBatchSize: PLANS.length * STUDENTS, gradientWindowSeconds: 5 };
/** Every student contributes twice a week. */
const EVERYBODY = Array.from({ length: STUDENTS }, (_, i) => i);
const SENDERS = [EVERYBODY, EVERYBODY];

const { values: flags } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const weeks = readWeeks();
const nextRanks = weeks.slice(1).map((week) => week.ranks);

function progress(done: number): void {
  const text = `week ${weeks[Math.min(done, weeks.length - 1)].week}, ${done} of ${weeks.length} rounds published`;
  if (!process.stderr.isTTY) process.stderr.write(`${text}\n`);
  else
    process.stderr.write(
      `\r[${"#".repeat(done).padEnd(weeks.length, ".")}] ${text} ${done === weeks.length ? "\n" : ""}`,
    );
}

/** Each plan's weeks, lived side by side. */
async function replay(): Promise<WeekResult[][]> {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  const system = await startLocalSystem({ params: PARAMS });
  try {
    const houses = await Promise.all(PLANS.map((plan) => House.found(system, plan, STUDENTS)));
    const results: WeekResult[][] = PLANS.map(() => []);
    for (const [at, { ranks }] of weeks.entries()) {
      progress(at);
      const told = ranks.map((row) => row.map(ratingOfRank));
      const week = await Promise.all(houses.map((house) => house.live(told, SENDERS)));
      week.forEach((result, house) => {
        results[house].push(result);
      });
    }
    progress(weeks.length);
    return results;
  } finally {
    await system.stop();
  }
}

/** How each week's groups suit the ranks of the next observed week; the last week has none. */
function qualitiesOf(results: readonly WeekResult[]): Quality[] {
  const rounds = results.map((result) => result.groupOf);
  return nextRanks.map((ranks, at) => qualityOf(rounds[at], ranks, rounds.slice(0, at)));
}

const startedAtMs = performance.now();
const results = await replay();
const qualities = results.map(qualitiesOf);
const oracle = oracleQualities(nextRanks, SEED);
const summary = [
  ...PLANS.map((plan, at) => ({ name: plan.name, quality: meanQuality(qualities[at]) })),
  { name: "random groups", quality: randomQuality(nextRanks, SEED) },
  { name: "oracle that knows next week", quality: meanQuality(oracle) },
];
const rows = results[0].map(({ accepted, applied, modelVersion }, at) => {
  return { week: weeks[at].week, accepted, applied, modelVersion, quality: qualities[0][at] ?? null };
});
const line = (name: string, color: string, of: readonly Quality[]) => {
  return { name, color, points: of.map(({ meanRank }, at) => [weeks[at].week, meanRank] as const) };
};
mkdirSync("out", { recursive: true });
const svg = picture(
  "Mean rank that groupmates give each other the week after (1 liked most, 16 least)",
  { label: "week", ticks: weeks.map(({ week }) => week) },
  { label: "mean rank", ticks: [4, 5, 6, 7, 8, 9, 10] },
  [
    { name: "random", color: "#999", points: weeks.map(({ week }) => [week, 8.5]) },
    line(PLANS[0].name, "#1b6ca8", qualities[0]),
    line(PLANS[1].name, "#e08e0b", qualities[1]),
    line(PLANS[2].name, "#b8405e", qualities[2]),
    line("oracle", "#2a9d5c", oracle),
  ],
);
writeFileSync(PICTURE, svg);
const seconds = (performance.now() - startedAtMs) / 1000;

if (flags.json) {
  console.log(JSON.stringify({ weeks: rows, summary, picture: PICTURE, seconds }));
} else {
  console.log(`\n${PLANS[0].name}, groups of 4, 4, 4 and 5; ranks are those of the next observed week\n`);
  console.log(`${weekTable(rows)}\n\n${summaryTable(summary)}\n`);
  console.log(`picture: ${PICTURE}   ${seconds.toFixed(0)} s`);
}
