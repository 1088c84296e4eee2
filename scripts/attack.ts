/**
 * npm run attack: plays the server that sees one upload, or the factors that a member shares, and recovers what its sender rated.
 * Prints how well that works beside what each defence costs. The privacy section of the README rests on these tables. With
 * --members it plays members who harm others instead, with --collusion several at once, and --norms tells
 * what honest ones send. With --sums it plays the two servers of secure sums.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { collude } from "./attack/collusion.ts";
import { honestNorms, peopleOf } from "./attack/honest-norms.ts";
import { attackMembers, printAttacks } from "./attack/members/command.ts";
import { attackPeople, type SharingLine } from "./attack/on-people.ts";
import { attackRatings, DELTA, type UploadLine } from "./attack/on-ratings.ts";
import { type Against, attackShares, attackSums, compareSums, type Intersection } from "./attack/on-sums.ts";
import { NEWCOMB_FILE, ratingOfRank } from "./demo/newcomb.ts";
import { type Dataset, type Format, parseRatings, RatingIndex } from "./evaluate/dataset.ts";
import { parseWaves } from "./evaluate/groups/wave-file.ts";
import type { WaveData } from "./evaluate/groups/waves.ts";

const { values: options } = parseArgs({
  options: {
    ratings: { type: "string" },
    format: { type: "string", default: "movielens" },
    waves: { type: "string" },
    newcomb: { type: "boolean", default: false },
    members: { type: "boolean", default: false },
    collusion: { type: "boolean", default: false },
    sums: { type: "boolean", default: false },
    only: { type: "string" },
    norms: { type: "boolean", default: false },
    people: { type: "boolean", default: false },
    clients: { type: "string", default: "100" },
    tries: { type: "string", default: "40" },
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "5" },
    users: { type: "string", default: "200" },
    rounds: { type: "string", default: "15" },
    json: { type: "boolean", default: false },
  },
});

const seed = Number(options.seed);

async function uploads(file: string): Promise<void> {
  const lines = parseRatings(readFileSync(file, "utf8"), options.format as Format);
  const users = Number(options.users);
  const rounds = Number(options.rounds);
  const table: UploadLine[] = [];
  for await (const line of attackRatings(new RatingIndex().dataset(lines), { seed, users, rounds })) {
    if (!options.json) printUpload(line, table.length === 0);
    table.push(line);
  }
  if (options.json) console.log(JSON.stringify({ seed, users, delta: DELTA, table }));
}

function people(data: WaveData): void {
  const seeds = Array.from({ length: Number(options.seeds) }, (_, n) => seed + n);
  const table = attackPeople(data, seeds);
  if (options.json) console.log(JSON.stringify({ seeds, table }));
  else printSharing(table);
}

const row = (name: string, cells: readonly string[]): void =>
  console.log(name.padEnd(24) + cells.map((cell) => cell.padStart(12)).join(""));

function printUpload(line: UploadLine, isFirst: boolean): void {
  const shown = (value: number | null) => (value === null ? "none" : value.toPrecision(3));
  if (isFirst)
    row("defence", ["attack AUC", "exact sets", "NDCG@10", "epsilon 1", `epsilon ${options.rounds}`]);
  row(line.defence, [
    line.attackAuc.toFixed(3),
    `${(100 * line.exactRecovery).toFixed(1)}%`,
    line.ndcg.toFixed(4),
    shown(line.epsilonOfOne),
    shown(line.epsilonOfAll),
  ]);
}

function printSharing(table: readonly SharingLine[]): void {
  row("what is told", ["attack AUC", "exact sets", "liked", "again", "of raw"]);
  for (const { sharing, attackAuc, exactRecovery, groups } of table) {
    const shares = groups ? [groups.liked, groups.again, groups.ofRaw].map((one) => one.toFixed(3)) : [];
    row(sharing, [attackAuc.toFixed(3), `${(100 * exactRecovery).toFixed(1)}%`, ...shares]);
  }
}

function ratingsOf(file: string, isPeople: boolean): Dataset {
  const lines = parseRatings(readFileSync(file, "utf8"), isPeople ? "csv" : (options.format as Format));
  return new RatingIndex(isPeople).dataset(lines);
}

/** Whatever is no yes is a no. */
function saidYesOrNo({ users, itemCount }: Dataset): Dataset {
  const signed = users.map(({ rows, values }) => ({ rows, values: values.map((of) => (of > 0 ? 1 : -1)) }));
  return { users: signed, itemCount };
}

function norms(): void {
  const data = options.newcomb
    ? peopleOf(parseWaves(readFileSync(NEWCOMB_FILE, "utf8"), ratingOfRank))
    : options.waves !== undefined
      ? peopleOf(parseWaves(readFileSync(options.waves, "utf8")))
      : options.people
        ? saidYesOrNo(ratingsOf(options.ratings!, true))
        : ratingsOf(options.ratings!, false);
  const people = options.newcomb || options.waves !== undefined || options.people;
  const table = honestNorms(data, { people, rounds: Number(options.rounds) });
  if (options.json) console.log(JSON.stringify({ table }));
  else {
    row("norm of", ["median", ".9", ".99", ".999", "largest"]);
    for (const { of, quantiles } of table)
      row(
        of,
        quantiles.map((size) => size.toPrecision(3)),
      );
  }
}

function collusion(file: string): void {
  const of = { seed, users: Number(options.users), rounds: Number(options.rounds) };
  row("way", ["attack", "share", "moved", "NDCG@10", "ms a sum"]);
  for (const line of collude(ratingsOf(file, false), { ...of, clientsPerCommit: Number(options.clients) })) {
    const { aggregator, attack, share, moved, ndcg, millisecondsPerSum } = line;
    const figures = [moved.toFixed(1), ndcg.toFixed(4), millisecondsPerSum.toFixed(0)];
    row(aggregator, [attack.slice(0, 14), `${100 * share}%`, ...figures]);
  }
}

/** `--only` takes some of the parts: all of them take some minutes. */
const SUM_ATTACKS: Record<string, Intersection> = {
  "472x30": { members: 472, sums: 30, isCohort: true },
  "100x189": { members: 100, sums: 189, isCohort: false },
  "472x200": { members: 472, sums: 200, isCohort: true },
};
const SUM_SIZES: Record<string, [members: number, rounds: number]> = {
  "100x20": [100, 20],
  "472x30": [472, 30],
};

async function sums(file: string): Promise<void> {
  const data = ratingsOf(file, false);
  const isWanted = (part: string) => options.only === undefined || options.only.split(",").includes(part);
  const shares = isWanted("shares") ? await attackShares(data, Number(options.users), seed) : null;
  const intersection: Record<string, Against> = {};
  for (const [name, kind] of Object.entries(SUM_ATTACKS))
    if (isWanted(name)) intersection[name] = await attackSums(data, kind, seed);
  const ndcg: Record<string, { plain: number; secure: number }> = {};
  for (const [name, [size, rounds]] of Object.entries(SUM_SIZES))
    if (isWanted(`ndcg-${name}`)) ndcg[name] = await compareSums(data, size, rounds, seed);
  if (options.json) return console.log(JSON.stringify({ ...shares, intersection, ndcg }));
  row("view", ["attack AUC", "control"]);
  const line = (name: string, { auc, control }: Against) => row(name, [auc.toFixed(3), control.toFixed(3)]);
  if (shares) {
    line("the leader alone", { auc: shares.leaderAuc, control: shares.leaderControl });
    line("the helper alone", { auc: shares.helperAuc, control: shares.helperControl });
  }
  for (const [name, against] of Object.entries(intersection)) line(`sums, ${name}`, against);
  for (const [name, { plain, secure }] of Object.entries(ndcg))
    row(`NDCG@10, ${name}`, [`plain ${plain.toFixed(4)}`, `secure ${secure.toFixed(4)}`]);
}

async function members(): Promise<void> {
  const lines = await attackMembers(Number(options.tries));
  if (options.json) console.log(JSON.stringify({ lines }));
  else printAttacks(lines);
  if (!lines.every(({ holds }) => holds)) process.exitCode = 1;
}

if (options.members) await members();
else if (options.sums) await sums(options.ratings!);
else if (options.norms) norms();
else if (options.collusion) collusion(options.ratings!);
else if (options.newcomb) people(parseWaves(readFileSync(NEWCOMB_FILE, "utf8"), ratingOfRank));
else if (options.waves !== undefined) people(parseWaves(readFileSync(options.waves, "utf8")));
else if (options.ratings !== undefined) await uploads(options.ratings);
else throw new Error("one of --ratings FILE, --waves FILE, --newcomb and --members is needed");
