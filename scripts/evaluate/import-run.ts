/**
 * A rating file from upload to served recommendations, on the embedded system: members, items and ratings are
 * imported as an operator would, and each member then asks for recommendations. What they are judged by was
 * never uploaded.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ndcgOf } from "../../src/domain/learning/ranking-quality.ts";
import { readCpu } from "../bench/cpu-time.ts";
import { startLocalSystem } from "../local/system.ts";
import { type Dataset, type Format, parseRatings, RatingIndex } from "./dataset.ts";
import { callerOf } from "./federated-api.ts";
import { popularityScores } from "./popularity.ts";
import { rankingMetrics } from "./ranking-metrics.ts";
import { type Split, splitByUser } from "./split.ts";

const COMMUNITY = "/communities/imported";
const POLL_MS = 500;

interface ImportAnswer {
  id: string;
  kind: string;
  status: string;
  step: string;
  failure?: string;
  seconds: number;
  lines: number;
  accepted: number;
  rejected: number;
  epoch?: number;
  createdAt: string;
  startedAt: string | null;
  quality?: { ndcg: number; popularity: number } | null;
  uploadUrl: string;
  uploadHeaders: Record<string, string>;
}

type Call = <T>(method: string, path: string, token: string, body?: unknown) => Promise<T>;

const userId = (user: number) => `user-${user}`;
const itemId = (item: number) => `item-${item}`;

/** The three files. */
function filesOf({ users, itemCount }: Dataset): Record<string, string> {
  const lines = (heading: string, rows: string[]) => `${[heading, ...rows].join("\n")}\n`;
  const everyItem = Array.from({ length: itemCount }, (_, item) => `${itemId(item)},film`);
  const ratings = users.flatMap(({ rows, values }, user) =>
    Array.from(rows, (row, n) => `${userId(user)},${itemId(row)},${values[n]},2020-01-01T00:00:00Z`),
  );
  return {
    members: lines(
      "userId,learning",
      users.map((_, user) => `${userId(user)},hosted`),
    ),
    items: lines("itemId,kind", everyItem),
    ratings: lines("userId,itemId,value,occurredAt", ratings),
  };
}

async function upload(call: Call, token: string, kind: string, text: string): Promise<ImportAnswer> {
  const one = await call<ImportAnswer>("POST", "/imports", token, { kind });
  const response = await fetch(one.uploadUrl, { method: "PUT", headers: one.uploadHeaders, body: text });
  if (!response.ok) throw new Error(`the upload was answered ${response.status}: ${await response.text()}`);
  return one;
}

async function ended(call: Call, token: string, { id }: ImportAnswer): Promise<ImportAnswer> {
  for (let shown = ""; ; ) {
    const one = await call<ImportAnswer>("GET", `/imports/${id}`, token);
    const { kind, status, step, lines, epoch, seconds } = one;
    const now = `${kind}: ${status}, ${step}, ${lines} lines${epoch ? `, epoch ${epoch}` : ""}`;
    if (now !== shown) console.log(`${now}, ${seconds} s`);
    shown = now;
    if (status === "failed" || status === "expired") throw new Error(`${kind}: ${one.failure ?? status}`);
    if (status === "finished") return one;
    await new Promise((again) => setTimeout(again, POLL_MS));
  }
}

/** NDCG@10 of what the system recommends to each user, on what was never uploaded. */
async function servedNdcg(call: Call, tokens: readonly string[], { test }: Split): Promise<number> {
  let gain = 0;
  let users = 0;
  for (const [user, held] of test.entries()) {
    if (held.length === 0) continue;
    const path = "/recommendations/me?limit=10&kind=film";
    const list = await call<{ itemId: string }[]>("GET", path, tokens[user]);
    const rows = list.map((one) => Number(one.itemId.slice("item-".length)));
    gain += ndcgOf(rows, new Set(held));
    users++;
  }
  return gain / users;
}

/** Four fifths of each user's ratings, with the file's own values or, as likings, with 1 each. */
function readSplit(file: string, format: Format, seed: number, areLikings: boolean): Split {
  const dataset = new RatingIndex().dataset(parseRatings(readFileSync(file, "utf8"), format));
  const { train, test } = splitByUser(dataset, seed);
  if (areLikings) return { train, test };
  const users = train.users.map(({ rows }, user) => {
    const own = dataset.users[user];
    const given = new Map(Array.from(own.rows, (row, n) => [row, own.values[n]]));
    return { rows, values: Float32Array.from(rows, (row) => given.get(row)!) };
  });
  return { train: { ...train, users }, test };
}

export async function evaluateImports(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      import: { type: "string" },
      format: { type: "string", default: "movielens" },
      seed: { type: "string", default: "1" },
      likings: { type: "boolean", default: false },
    },
  });
  const format = options.format as Format;
  const split = readSplit(options.import!, format, Number(options.seed), options.likings);
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  const system = await startLocalSystem();
  try {
    const send = callerOf(system.url, COMMUNITY);
    const call: Call = async (...request) => JSON.parse((await send(...request)).text);
    const operator = await system.token("operator", "operator");
    // No drafts: this run is about the model alone.
    await call("PUT", "", operator, { settings: { assignmentIntervalSeconds: 900 } });
    const files = filesOf(split.train);
    const startedMs = performance.now();
    const imports: ImportAnswer[] = [];
    for (const [kind, text] of Object.entries(files)) imports.push(await upload(call, operator, kind, text));
    const uploadedMs = performance.now();
    const told: ImportAnswer[] = [];
    for (const one of imports) told.push(await ended(call, operator, one));
    const tokens = await Promise.all(split.test.map((_, user) => system.token(userId(user))));
    await call("GET", "/recommendations/me?limit=10", tokens[0]);
    const servedMs = performance.now();
    const { main, otherThreads, children } = readCpu();
    const [members, , ratings] = told;
    const waited = Date.parse(members.startedAt!) - Date.parse(members.createdAt);
    console.log(`
${ratings.accepted} ratings of ${split.train.users.length} users, ${Buffer.byteLength(files.ratings)} bytes
upload ${((uploadedMs - startedMs) / 1000).toFixed(1)} s, wait for the tick ${(waited / 1000).toFixed(1)} s
imports ${told.map(({ kind, seconds }) => `${kind} ${seconds} s`).join(", ")}; ${ratings.epoch} epochs
from upload to the first recommendations ${((servedMs - startedMs) / 1000).toFixed(1)} s
CPU of the functions ${main.toFixed(1)} s, of database, queues and bucket ${(otherThreads + children).toFixed(1)} s
largest memory of the process ${Math.round(process.resourceUsage().maxRSS / 1024)} MB
NDCG@10 told by the import, on a tenth that training did not see: ${ratings.quality?.ndcg}, popularity ${ratings.quality?.popularity}`);
    const popularity = popularityScores(split.train);
    console.log(
      `NDCG@10 of served recommendations, on a fifth that was never uploaded: ${(await servedNdcg(call, tokens, split)).toFixed(4)}, popularity ${rankingMetrics(split, () => popularity).ndcg.toFixed(4)}`,
    );
  } finally {
    await system.stop();
  }
}
