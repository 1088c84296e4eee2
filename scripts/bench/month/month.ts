/** What a community costs in a month of 30 days: a stretch of its day as it was measured, stretched to the month. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { billedMs } from "../dollars.ts";
import { metricsWritten, type Usage } from "../meter.ts";
import {
  ACCESS_LOG_BYTES,
  ALWAYS_FREE,
  EU_CENTRAL_1,
  IDLE_POLLS_PER_MINUTE,
  type Prices,
  prices,
} from "../prices.ts";
import type { Stores } from "../stores.ts";
import { DAY_SECONDS, type DayUsage, runDay, STEPS, type Step } from "./day.ts";
import { makePeople } from "./people.ts";

const DAYS = 30;
const ROUNDS_PER_MONTH = DAYS / 7;
const GRADIENTS_PER_MEMBER = 3;
const ROWS_PER_GRADIENT = 64;
const SIZES = [
  { members: 300, stretchSeconds: DAY_SECONDS },
  { members: 10_000, stretchSeconds: 600 },
  { members: 25_000, stretchSeconds: 600 },
];

export interface MonthLine {
  service: string;
  /** Before what AWS gives for good. */
  listDollars: number;
  dollars: number;
}

export interface Month {
  members: number;
  stretchSeconds: number;
  day: DayUsage;
  drafts: number;
  commits: number;
  gigabytesOut: number;
  lines: MonthLine[];
  dollars: number;
  listDollars: number;
  dollarsInFrankfurt: number;
}

/** What serverless.yml makes by default that costs although nobody asks for anything. */
interface Stack {
  alarms: number;
  dashboards: number;
  /** Queues with a Lambda behind them. */
  polledQueues: number;
  memoryMb: Record<string, number>;
}

function readStack({ template }: Stores): Stack {
  const file = readFileSync(new URL("../../../serverless.yml", import.meta.url), "utf8");
  const { resources } = parse(file, { merge: true, logLevel: "silent" });
  const made = Object.values(resources.Resources as Record<string, { Type: string; Condition?: string }>);
  const types = made.filter(({ Condition }) => !Condition).map(({ Type }) => Type); // conditions are off by default
  const count = (type: string) => types.filter((one) => one === type).length;
  const functions = Object.entries(template.functions);
  return {
    alarms: count("AWS::CloudWatch::Alarm"),
    dashboards: count("AWS::CloudWatch::Dashboard"),
    polledQueues: functions.flatMap(([, { events }]) => events.filter(({ sqs }) => sqs)).length,
    memoryMb: Object.fromEntries(
      functions.map(([name, { memorySize }]) => [name, memorySize ?? template.provider.memorySize]),
    ),
  };
}

/** Of the deployed stack; the local one looks each minute. */
const DUE_ROUNDS_SECONDS = 300;

/** How often in a month each step comes, for each time that it was measured. */
function timesOf(day: DayUsage, stretchSeconds: number): Record<Step, number> {
  const times = (DAYS * DAY_SECONDS) / stretchSeconds;
  const each = Object.fromEntries(Object.keys(STEPS).map((step) => [step, times])) as Record<Step, number>;
  const drafts = day.usage.draft.cpuMs.length;
  return { ...each, draft: draftsOf(day, times) / drafts, publish: ROUNDS_PER_MONTH };
}

/** As assign-groups rests: a minute, and twenty times what a long draft took. */
function draftsOf(day: DayUsage, times: number): number {
  const seconds = day.draftSeconds.reduce((sum, one) => sum + one, 0) / day.draftSeconds.length;
  const everySeconds = Math.max(60, seconds > 2 ? 20 * seconds : 0);
  return Math.min(day.commits * times, (DAYS * DAY_SECONDS) / everySeconds);
}

/** What is counted, a month: units of the price list. */
type Amounts = Record<string, { amount: number; price: keyof Prices; free?: number }>;

function amountsOf(stack: Stack, day: DayUsage, members: number, stretchSeconds: number): Amounts {
  const times = timesOf(day, stretchSeconds);
  const steps = Object.keys(STEPS) as Step[];
  const sum = (of: (used: Usage, step: Step) => number) =>
    steps.reduce((total, step) => total + of(day.usage[step], step) * times[step], 0);
  const invocations = sum(({ cpuMs }) => cpuMs.length);
  const gbSeconds = sum((used, step) => {
    const memoryMb = stack.memoryMb[STEPS[step]];
    return used.cpuMs.length === 0 ? 0 : (billedMs(used, memoryMb, 1) / 1000) * (memoryMb / 1024);
  });
  const month = (DAYS * DAY_SECONDS) / stretchSeconds;
  const api = day.apiRequests * month;
  const polls = stack.polledQueues * IDLE_POLLS_PER_MINUTE * 60 * 24 * DAYS;
  const logBytes = sum(({ logBytes }) => logBytes) + api * ACCESS_LOG_BYTES;
  const puts = sum(({ s3Writes }) => s3Writes);
  return {
    "HTTP API requests, by 512 KB": { amount: api, price: "httpApiRequest" },
    "Lambda requests": { amount: invocations, price: "lambdaRequest", free: ALWAYS_FREE.lambdaRequests },
    "Lambda GB-seconds": { amount: gbSeconds, price: "lambdaGbSecond", free: ALWAYS_FREE.lambdaGbSeconds },
    "SQS requests, idle polls in it": {
      amount: sum(({ sqsRequests }) => sqsRequests) + polls,
      price: "sqsRequest",
      free: ALWAYS_FREE.sqsRequests,
    },
    "DynamoDB write units": { amount: sum(({ writeUnits }) => writeUnits), price: "writeUnit" },
    "DynamoDB read units": { amount: sum(({ readUnits }) => readUnits), price: "readUnit" },
    "S3 puts, and lists of the sweep": { amount: puts + listsOf(puts), price: "s3Write" },
    "S3 gets": { amount: sum(({ s3Reads }) => s3Reads), price: "s3Read" },
    "S3 GB kept": { amount: gigabytesKept(members, day.commits * month), price: "s3Gb" },
    "log GB": { amount: logBytes / 1e9, price: "logGb", free: ALWAYS_FREE.logGb },
    metrics: { amount: metricsWritten().size, price: "metric", free: ALWAYS_FREE.metrics },
    alarms: { amount: stack.alarms, price: "alarm", free: ALWAYS_FREE.alarms },
    dashboards: { amount: stack.dashboards, price: "dashboard", free: ALWAYS_FREE.dashboards },
    "scheduled invocations": {
      amount: (2 * DAYS * DAY_SECONDS) / 60 + (DAYS * DAY_SECONDS) / DUE_ROUNDS_SECONDS + DAYS,
      price: "scheduledInvocation",
      free: ALWAYS_FREE.scheduledInvocations,
    },
    "GB out to the internet": {
      amount: (day.bytesOut * month) / 1e9,
      price: "transferGb",
      free: ALWAYS_FREE.transferGb,
    },
  };
}

/** Objects that no manifest names stay for three sweeps at most, each of which lists all of them, a thousand a request. */
const GARBAGE_DAYS = 3;
const listsOf = (puts: number): number => (puts * GARBAGE_DAYS) / 1000;

/** Of a stored row at K=16, Adam: value and two moments of 17, version and count of steps. */
const ROW_BYTES = 17 * 8 + 6;
const VERSIONS_KEPT = 37;

function gigabytesKept(members: number, commits: number): number {
  const modelBytes = members * ROW_BYTES;
  return (modelBytes * (VERSIONS_KEPT + (commits / DAYS) * GARBAGE_DAYS)) / 1e9;
}

const dollarsAt = (amounts: Amounts, list: Readonly<Prices>): MonthLine[] =>
  Object.entries(amounts).map(([service, { amount, price, free = 0 }]) => ({
    service,
    listDollars: amount * list[price],
    dollars: Math.max(0, amount - free) * list[price],
  }));

const total = (lines: readonly MonthLine[]): number => lines.reduce((sum, { dollars }) => sum + dollars, 0);

async function measureMonth(
  stores: Stores,
  members: number,
  stretchSeconds: number,
  seed: number,
): Promise<Month> {
  const community = `month-${members}`;
  // A device that syncs once a day makes gradients against yesterday's version.
  await makePeople(community, members, {}, seed);
  const day = await runDay({
    ...{ community, members, stretchSeconds, seed, windowSeconds: 5 },
    ...{ gradientsPerMember: GRADIENTS_PER_MEMBER, rowsPerGradient: ROWS_PER_GRADIENT },
    dueRoundsSeconds: DUE_ROUNDS_SECONDS,
  });
  const amounts = amountsOf(readStack(stores), day, members, stretchSeconds);
  const lines = dollarsAt(amounts, prices);
  const month = (DAYS * DAY_SECONDS) / stretchSeconds;
  return {
    ...{ members, stretchSeconds, day, lines, dollars: total(lines) },
    listDollars: lines.reduce((sum, line) => sum + line.listDollars, 0),
    dollarsInFrankfurt: total(dollarsAt(amounts, EU_CENTRAL_1)),
    ...{ drafts: draftsOf(day, month), commits: day.commits * month },
    gigabytesOut: (day.bytesOut * month) / 1e9,
  };
}

export async function measureMonths(stores: Stores, seed: number): Promise<Month[]> {
  const months: Month[] = [];
  for (const { members, stretchSeconds } of SIZES)
    months.push(await measureMonth(stores, members, stretchSeconds, seed));
  return months;
}
