/**
 * 10,000 devices that sync at once in a community of 10,000: each asks the embedded system for a delta that names every row, in
 * int8, as after a day. Then, on paper, what the same is on AWS when it is spread over ten minutes and a sum is committed
 * every six seconds, so that instances read the matrix blocks anew.
 */
import { Agent, request } from "node:http";
import { startLocalSystem } from "../local/system.ts";
import { cpuSince, readCpu } from "./cpu-time.ts";
import { billedMs } from "./dollars.ts";
import { answered, apiEvent, contextOf, loadHandler } from "./invocations.ts";
import { nothingUsed, startMeter, stopMeter, type Usage } from "./meter.ts";
import { makePeople, userOf } from "./month/people.ts";
import { HTTP_API_REQUEST_BYTES, prices } from "./prices.ts";

const DEVICES = 10_000;
/** More would only wait for each other, and on a busy machine for longer than a function may take. */
const CONNECTIONS = 8;
const TOKENS_AT_ONCE = 64;
const COMMUNITY = "sync";
const WINDOW_SECONDS = 600;
const COMMITS_IN_WINDOW = WINDOW_SECONDS / 6;
const FACTORS = 16;
/** serverless.yml gives get-model so much. */
const MEMORY_MB = 512;
const SAMPLES = 50;
const QUERY = { encoding: "i8", sinceVersion: "0", knownRows: String(DEVICES) };

export interface SyncFigures {
  devices: number;
  served: number;
  seconds: number;
  cpuMs: number;
  bytesEach: number;
  plainBytesEach: number;
  paper: {
    lambdaMs: number;
    concurrency: number;
    s3Gets: number;
    readUnitsEach: number;
    dollars: number;
    transferDollars: number;
  };
}

/** The bytes of the answer as they travel. */
function ask(url: string, token: string, agent: Agent): Promise<number> {
  const path = `${url}/communities/${COMMUNITY}/model?${new URLSearchParams(QUERY)}`;
  const headers = { authorization: `Bearer ${token}`, "accept-encoding": "br" };
  return new Promise((resolve, reject) => {
    const call = request(path, { agent, headers }, (answer) => {
      let bytes = 0;
      answer.on("data", (part: Buffer) => {
        bytes += part.length;
      });
      answer.on("end", () =>
        answer.statusCode === 200 ? resolve(bytes) : reject(new Error(`answered ${answer.statusCode}`)),
      );
    });
    call.on("error", () => resolve(ask(url, token, agent))).end(); // the server has closed a connection: a device asks again
  });
}

/** Runs `work` for each of 0..count, some at once. */
async function each(count: number, atOnce: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** A warm invocation, one at a time. */
async function sampleHandler(): Promise<{ used: Usage; plainBytes: number }> {
  const handler = await loadHandler("get-model");
  const call = (n: number) =>
    answered([200], handler(apiEvent({ community: COMMUNITY, sub: userOf(n), query: QUERY }), contextOf()));
  const meter = startMeter();
  const used = nothingUsed();
  for (let n = 0; n < SAMPLES; n++) await meter(used, () => call(n));
  stopMeter();
  const { brotliDecompressSync } = await import("node:zlib");
  return { used, plainBytes: brotliDecompressSync(await call(0)).length };
}

function onPaper(used: Usage, bytesEach: number): SyncFigures["paper"] {
  const lambdaMs = billedMs(used, MEMORY_MB, 1) / SAMPLES;
  const concurrency = Math.ceil((DEVICES / WINDOW_SECONDS) * (lambdaMs / 1000));
  const blocks = 2; // of 7,000 rows at K=16
  const s3Gets = COMMITS_IN_WINDOW * blocks * concurrency;
  const readUnitsEach = used.readUnits / SAMPLES;
  const dollarsEach =
    Math.ceil(bytesEach / HTTP_API_REQUEST_BYTES) * prices.httpApiRequest +
    prices.lambdaRequest +
    (lambdaMs / 1000) * (MEMORY_MB / 1024) * prices.lambdaGbSecond +
    readUnitsEach * prices.readUnit;
  return {
    ...{ lambdaMs, concurrency, s3Gets, readUnitsEach },
    dollars: DEVICES * dollarsEach + s3Gets * prices.s3Read,
    transferDollars: ((DEVICES * bytesEach) / 1e9) * prices.transferGb,
  };
}

export async function measureSync(seed: number): Promise<SyncFigures> {
  const system = await startLocalSystem({ log: (line) => console.error(line) });
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    // Nobody is to be grouped: the engine would be busy in this same process.
    await makePeople(COMMUNITY, DEVICES, { factors: FACTORS, participation: "opt-in" }, seed);
    const tokens: string[] = [];
    await each(DEVICES, TOKENS_AT_ONCE, async (n) => {
      tokens[n] = await system.token(userOf(n));
    });
    let [served, bytes] = [0, 0];
    const cpu = readCpu();
    const startedMs = performance.now();
    await each(DEVICES, CONNECTIONS, async (n) => {
      bytes += await ask(system.url, tokens[n], agent);
      served++;
    });
    const seconds = (performance.now() - startedMs) / 1000;
    const { main, otherThreads, children } = cpuSince(cpu);
    const { used, plainBytes } = await sampleHandler();
    return {
      ...{ devices: DEVICES, served, seconds, plainBytesEach: plainBytes },
      cpuMs: ((main + otherThreads + children) * 1000) / served,
      bytesEach: bytes / served,
      paper: onPaper(used, bytes / served),
    };
  } finally {
    agent.destroy();
    await system.stop();
  }
}
