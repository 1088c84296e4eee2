/**
 * `npm run fuzz -- --requests N --seed S`: schemathesis writes requests from the OpenAPI document, right ones and wrong ones, against
 * the local system. Exits 1 if any is answered with a 5xx, against the document, or after 2 seconds, or if a refused one changed
 * a table. Needs Python with pip.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { run } from "./child-process.ts";
import { tableDigest } from "./fuzz/table-digest.ts";
import { PLACEHOLDER, type Watching, watch } from "./fuzz/watching-proxy.ts";
import { type LocalSystem, startLocalSystem } from "./local/system.ts";
import { pythonTools } from "./python-tools.ts";

const REQUESTS_DEFAULT = 3_000;
const PEOPLE = 40;
const REFUSED_REPEATED = 300;
/** Of each operation, in one run of the fuzzer, at most. */
const EXAMPLES_MAX = 60;
const OPERATIONS = 50;
const RUN_MINUTES_MAX = 20;
/** What comes after it meets nothing but 404. */
const ENDS_IT_ALL = "deleteCommunity";
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
];

function readOptions() {
  const { values } = parseArgs({ options: { requests: { type: "string" }, seed: { type: "string" } } });
  const requests = Number(values.requests ?? REQUESTS_DEFAULT);
  const seed = Number(values.seed ?? 1);
  if (!Number.isInteger(requests) || requests < 1)
    throw new Error("--requests must be a whole number above 0");
  if (!Number.isInteger(seed) || seed < 0) throw new Error("--seed must be a whole number");
  return { requests, seed };
}

/** A community with a life: hosted and local members, an item, ratings and gradients under way, a published round. */
async function found(system: LocalSystem): Promise<string[]> {
  const tokens = await Promise.all(
    Array.from({ length: PEOPLE }, (_, n) => system.token(`person-${n}`, "operator")),
  );
  const call = async (token: string, method: string, path: string, body: unknown = {}) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const text = method === "GET" ? undefined : JSON.stringify(body);
    const response = await fetch(`${system.url}/communities/fuzz${path}`, { method, headers, body: text });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  };
  await call(tokens[0], "PUT", "", { settings: { gradientsPerHourMax: null } });
  for (const [n, token] of tokens.entries())
    await call(token, "PUT", "/members/me", { learning: n % 2 === 0 ? "hosted" : "local" });
  await call(tokens[0], "PUT", "/items/film");
  await call(tokens[0], "POST", "/rounds");
  return tokens;
}

async function fuzz(st: string, system: LocalSystem, watching: Watching, requests: number, seed: number) {
  const dir = await mkdtemp(join(tmpdir(), "tertulia-fuzz-"));
  const config = join(dir, "schemathesis.toml");
  await writeFile(config, `[parameters]\ncommunity = "fuzz"\n`);
  const examples = Math.min(EXAMPLES_MAX, Math.ceil(requests / OPERATIONS));
  let faults = 0;
  for (let round = 0; watching.requests < requests; round++) {
    const flags = ["--config-file", config, "run", `${system.url}/openapi.json`, "--url", watching.url];
    const { code, output, timedOut } = await run(
      st,
      [
        ...flags,
        ...["--header", `authorization: Bearer ${PLACEHOLDER}`, "--checks", CHECKS.join(",")],
        ...["--phases", round === 0 ? "coverage,fuzzing" : "fuzzing", "--max-examples", String(examples)],
        ...["--exclude-operation-id", ENDS_IT_ALL],
        ...[
          "--seed",
          String(seed + round),
          "--continue-on-failure",
          "--no-shrink",
          "--warnings",
          "off",
          "--request-timeout",
          "30",
        ],
      ],
      { cwd: dir, timeoutMs: RUN_MINUTES_MAX * 60_000 }, // it keeps what it finds where it runs
    );
    console.log(
      `seed ${seed + round}: ${watching.requests} requests so far, ${watching.faults.length} faults`,
    );
    if (code === 0) continue;
    faults++;
    console.log(timedOut ? `no end after ${RUN_MINUTES_MAX} minutes` : output);
    break;
  }
  await rm(dir, { recursive: true });
  return faults;
}

const { requests, seed } = readOptions();
const tools = await pythonTools("fuzz-tools", join(import.meta.dirname, "fuzz/requirements.txt"));
if ("unavailable" in tools) throw new Error(`schemathesis needs Python with pip: ${tools.unavailable}`);
process.env.AWS_LAMBDA_LOG_LEVEL = "ERROR";
const system = await startLocalSystem({ log: console.log });
const digests = tableDigest(system.environment);
const watching = await watch({
  apiUrl: system.url,
  tokens: await found(system),
  digest: async () => {
    await system.drain();
    return digests.of();
  },
  refusedMax: REFUSED_REPEATED,
});
const broken = await fuzz(join(tools.bin, "st"), system, watching, requests, seed);
await watching.repeatRefused();
for (const fault of watching.faults.slice(0, 50)) console.log(fault);
const statuses = [...watching.statuses]
  .sort(([a], [b]) => a - b)
  .map(([status, count]) => `${status}: ${count}`);
console.log(
  `${watching.requests} requests, ${watching.faults.length + broken} faults, slowest ${watching.slowestSeconds.toFixed(2)} s; ` +
    `${watching.compared} refused ones sent again beside the tables; ${statuses.join(", ")}`,
);
watching.stop();
digests.stop();
await system.stop();
process.exitCode = watching.faults.length + broken > 0 ? 1 : 0;
