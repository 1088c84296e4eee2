/**
 * Gradients a second from POST to applied, on the whole embedded system, beside the design in which each POST reads,
 * changes and writes the whole matrix (scripts/bench/reference).
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type LocalSystem, startLocalSystem } from "../local/system.ts";
import { call, gradientBody, makeCommunity } from "./community.ts";
import { type CpuSeconds, cpuSince, readCpu } from "./cpu-time.ts";
import type { LoadRequest, LoadResult } from "./load-generator.ts";
import { REFERENCE_ROWS } from "./reference/post-gradient.ts";

const MEMBERS = REFERENCE_ROWS;
const ROWS = 64;
const FACTORS = 16;
const CONNECTIONS = 64;
const WARM_UP_SECONDS = 3;
const COMMUNITY = "bench";
const PATH = `/communities/${COMMUNITY}/gradients`;

export interface Throughput {
  accepted: number;
  applied: number;
  seconds: number;
  perSecond: number;
  commits: number;
  /** CPU milliseconds a gradient. */
  cpuMs: CpuSeconds & { generator: number };
}

export interface SubmitFigures {
  product: Throughput;
  reference: Throughput;
  /** The reference at its best: one POST at a time, so that none has to be redone. */
  referenceAlone: Throughput;
  bodyBytes: number;
}

interface History {
  commits: { modelVersion: number; committedAt: string; applied: number; rejected: number }[];
  next?: number;
}

async function readHistory(system: LocalSystem, operator: string, from: number): Promise<History["commits"]> {
  const commits: History["commits"] = [];
  for (let next: number | undefined = from; next !== undefined; ) {
    const page: History = await call(
      system,
      operator,
      "GET",
      `/communities/${COMMUNITY}/history?from=${next}`,
    );
    commits.push(...page.commits);
    next = page.next;
  }
  return commits;
}

async function load(generator: ChildProcess, request: LoadRequest): Promise<LoadResult> {
  const answer = once(generator, "message");
  generator.send(request);
  const [result] = (await answer) as [LoadResult];
  if (result.refused > 0) throw new Error(`${result.refused} gradients refused: ${result.refusal}`);
  return result;
}

function loadRequest(system: LocalSystem, tokens: string[], rows: number[], seed: number): LoadRequest {
  const shape = { rowCount: MEMBERS, rows: ROWS, factors: FACTORS, encoding: "f32" } as const;
  const members = tokens.map((token, member) => ({
    token,
    body: gradientBody(seed + member, { ...shape, ownRow: rows[member] }),
  }));
  const port = Number(new URL(system.url).port);
  return { port, path: PATH, members, connections: CONNECTIONS, seconds: 0 };
}

function throughput(
  load: LoadResult,
  applied: { count: number; commits: number; lastMs: number },
  cpu: CpuSeconds,
): Throughput {
  const seconds = (applied.lastMs - load.firstPostMs) / 1000;
  const each = (cpuSeconds: number) => (cpuSeconds * 1000) / applied.count;
  return {
    accepted: load.accepted,
    applied: applied.count,
    seconds,
    perSecond: applied.count / seconds,
    commits: applied.commits,
    cpuMs: {
      main: each(cpu.main),
      otherThreads: each(cpu.otherThreads),
      children: each(cpu.children),
      generator: each(load.cpuSeconds),
    },
  };
}

async function measureProduct(seconds: number, seed: number, generator: ChildProcess): Promise<Throughput> {
  const system = await startLocalSystem({ log: (line) => console.error(line) });
  try {
    // Bodies are built once, so their modelVersion stays behind.
    const settings = {
      ...{ stalenessVersionsMax: 1_000_000, gradientsPerHourMax: null },
      // Each batch is a sum, in which all count: what is measured is the work, not the waiting for others.
      ...{ sumMembersMin: 1, sumSecondsMin: 0, gradientsPerSumMax: null },
    };
    const { operator, tokens, rows } = await makeCommunity(system, COMMUNITY, settings, MEMBERS);
    const request = loadRequest(system, tokens, rows, seed);
    await load(generator, { ...request, seconds: WARM_UP_SECONDS });
    await system.drain();
    const before = await readHistory(system, operator, 1);
    const cpu = readCpu(generator.pid);
    const posted = await load(generator, { ...request, seconds });
    await system.drain();
    const used = cpuSince(cpu, generator.pid);
    const commits = await readHistory(system, operator, before.at(-1)!.modelVersion + 1);
    const count = commits.reduce((sum, commit) => sum + commit.applied, 0);
    const rejected = commits.reduce((sum, commit) => sum + commit.rejected, 0);
    if (count !== posted.accepted || rejected > 0) {
      throw new Error(`accepted ${posted.accepted}, applied ${count}, rejected ${rejected}`);
    }
    const lastMs = Date.parse(commits.at(-1)!.committedAt);
    return throughput(posted, { count, commits: commits.length, lastMs }, used);
  } finally {
    await system.stop();
  }
}

async function measureReference(
  seconds: number,
  seed: number,
  generator: ChildProcess,
): Promise<{ crowded: Throughput; alone: Throughput }> {
  const template = fileURLToPath(new URL("./reference/serverless.yml", import.meta.url));
  const system = await startLocalSystem({ template, log: (line) => console.error(line) });
  const measure = async (request: LoadRequest) => {
    const cpu = readCpu(generator.pid);
    const posted = await load(generator, request);
    const applied = { count: posted.accepted, commits: posted.accepted, lastMs: posted.lastAnswerMs };
    return throughput(posted, applied, cpuSince(cpu, generator.pid));
  };
  try {
    const tokens = await Promise.all(
      Array.from({ length: MEMBERS }, (_, member) => system.token(`member-${member}`)),
    );
    const request = loadRequest(system, tokens, [], seed);
    await load(generator, { ...request, connections: 1, seconds: WARM_UP_SECONDS });
    const alone = await measure({ ...request, connections: 1, seconds: seconds / 2 });
    return { alone, crowded: await measure({ ...request, seconds }) };
  } finally {
    await system.stop();
  }
}

export async function measureSubmit(seconds: number, seed: number): Promise<SubmitFigures> {
  const generator = fork(fileURLToPath(new URL("./load-generator.ts", import.meta.url)));
  try {
    const product = await measureProduct(seconds, seed, generator);
    const { crowded, alone } = await measureReference(seconds, seed, generator);
    const shape = { rowCount: MEMBERS, rows: ROWS, factors: FACTORS, encoding: "f32" } as const;
    const bodyBytes = Buffer.byteLength(gradientBody(seed, shape));
    return { product, reference: crowded, referenceAlone: alone, bodyBytes };
  } finally {
    generator.disconnect();
  }
}
