/** How the costs read: a million gradients, one commit, a month by the size of the community. */
import type { CostFigures, CostOfAll } from "./cost.ts";
import type { CommitFigures } from "./month/commits.ts";
import type { Month } from "./month/month.ts";
import { amount, type Goal, type Section, table } from "./report.ts";

const MILLION_GOAL = 2.5;
const MONTH_GOALS: Record<number, number> = { 300: 1, 10000: 25, 25000: 60 };
const COMMIT_GOALS = { sparse: 0.00005, dense: 0.0001 };
const BURST_UNITS_GOAL = 100;

function millionLines({ gradients, usage, lines, total }: CostFigures): string[] {
  const perThousand = (count: number) => amount((count / gradients) * 1000, 1);
  const head = ["a thousand gradients", "invocations", "DynamoDB requests", "RRU", "WRU", "SQS requests"];
  const rows = Object.entries(usage).map(([step, used]) => [
    step,
    perThousand(used.cpuMs.length),
    perThousand(used.dynamodbRequests),
    perThousand(used.readUnits),
    perThousand(used.writeUnits),
    perThousand(used.sqsRequests),
  ]);
  const dollars = lines.map(({ what, dollarsPerMillion }) => [what, amount(dollarsPerMillion, 4)]);
  return [
    ...table([head, ...rows]),
    ...table([["a million gradients", "dollars"], ...dollars, ["all of them", amount(total, 4)]]),
    "a million gradients: 300 members, 64 rows in f32, 100 a commit, K=16, adam; without logs, metrics, alarms, storage and idle polls.",
    "It is the load of a burst, in which batches are full; spread over the day each gradient costs more, as the months show",
  ];
}

function commitLines(commits: readonly CommitFigures[]): string[] {
  const head = [
    "one commit at 25,000 rows, gathering in it",
    "dollars",
    "WRU",
    "of one write",
    "RRU",
    "puts",
    "gets",
  ];
  const rows = commits.map(({ what, dollars, usage }) => [
    what,
    dollars.toFixed(6),
    amount(usage.writeUnits, 1),
    amount(usage.writeUnitsMost),
    amount(usage.readUnits, 1),
    amount(usage.s3Writes, 1),
    amount(usage.s3Reads, 1),
  ]);
  return table([head, ...rows]);
}

function monthLines(months: readonly Month[]): string[] {
  const row = (what: string, of: (month: Month) => string) => [what, ...months.map(of)];
  const services = months[0].lines.map(({ service }, at) =>
    row(service, ({ lines }) => amount(lines[at].listDollars, 2)),
  );
  return [
    ...table([
      row("a month of a community of", ({ members }) => amount(members)),
      row("commits", ({ commits }) => amount(commits)),
      row("drafts", ({ drafts }) => amount(drafts)),
      row("GB out", ({ gigabytesOut }) => amount(gigabytesOut, 1)),
      ...services,
      row("dollars, us-east-1, list price", ({ listDollars }) => amount(listDollars, 2)),
      row("less what is free for good", ({ dollars }) => amount(dollars, 2)),
      row("the same in eu-central-1", ({ dollarsInFrankfurt }) => amount(dollarsInFrankfurt, 2)),
    ]),
    "a month: 3 gradients a member a day at even times, 64 rows in int8; each member syncs by a delta of all rows once a day; a round a week,",
    "drafts as the model moves; ticks each minute and each five. Measured over a day at 300 members, over ten minutes at the others",
    "free for good, each account and month: a million Lambda requests and 400,000 GB-seconds, a million SQS requests, 10 alarms, 10 metrics,",
    "3 dashboards, 5 GB of logs, 14 million scheduled invocations, 100 GB out, 25 GB of tables. Not in it: members' reads of their group",
    "Lambda duration: CPU time on this machine, stretched to the function's share of a vCPU, 5 ms a request to DynamoDB and SQS, 25 ms to S3",
  ];
}

const commitOf = (commits: readonly CommitFigures[], kind: string) =>
  commits.find(({ what }) => what.startsWith(kind))!;

function goals({ million, commits, months }: CostOfAll): Goal[] {
  const burst = commitOf(commits, "burst").usage.writeUnitsMost;
  return [
    ...months.map(({ members, dollars }) => ({
      goal: `a month of ${amount(members)} members under $${MONTH_GOALS[members]}`,
      measured: `$${amount(dollars, 2)}`,
      met: dollars < MONTH_GOALS[members],
    })),
    ...Object.entries(COMMIT_GOALS).map(([kind, dollarsMax]) => {
      const { dollars } = commitOf(commits, kind);
      const [goal, measured] = [dollarsMax, dollars].map((value) => `$${value.toFixed(6)}`);
      return { goal: `a ${kind} commit under ${goal}`, measured, met: dollars < dollarsMax };
    }),
    {
      goal: `no write of a burst over ${BURST_UNITS_GOAL} write units`,
      measured: amount(burst),
      met: burst < BURST_UNITS_GOAL,
    },
    {
      goal: `a million gradients under $${MILLION_GOAL.toFixed(2)}`,
      measured: `$${amount(million.total, 2)}`,
      met: million.total < MILLION_GOAL,
    },
  ];
}

export function costSection(costs: CostOfAll): Section {
  const { million, commits, months } = costs;
  return {
    title: "(c) cost: prices of scripts/bench/prices.ts",
    lines: [...millionLines(million), "", ...commitLines(commits), "", ...monthLines(months)],
    goals: goals(costs),
  };
}

/** What `--json` prints of them. */
export function costJson({ million, commits, months }: CostOfAll): object {
  return {
    months: Object.fromEntries(months.map(({ members, dollars }) => [members, dollars])),
    million: million.total,
    monthsInFrankfurt: Object.fromEntries(months.map((month) => [month.members, month.dollarsInFrankfurt])),
    monthsAtListPrice: Object.fromEntries(months.map((month) => [month.members, month.listDollars])),
    services: Object.fromEntries(months.map(({ members, lines }) => [members, lines])),
    commits: commits.map(({ what, dollars, usage }) => ({
      what,
      dollars,
      writeUnitsMost: usage.writeUnitsMost,
    })),
  };
}
