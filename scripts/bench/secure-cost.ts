/**
 * What a million reports cost beside a million gradients of the same 1,682 rows, 100 a commit: the leader's
 * requests and the helper's as the services report them, by the prices and assumptions of cost.ts. The
 * helper runs in this process; the leader is billed while it waits for it.
 */
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { encodeReport } from "../../src/domain/messages/report.ts";
import { createUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { uniform } from "../../src/domain/random.ts";
import { makeReport } from "../../src/domain/secure/make-report.ts";
import type { MacKey } from "../../src/domain/secure/sealing.ts";
import { openTerms, valueCountOf } from "../../src/domain/secure/terms.ts";
import { headOf } from "../../tests/fixtures/head.ts";
import { addHelper } from "../../tests/stores.ts";
import { readTemplate, type Template } from "../local/template/template.ts";
import { gradientBody } from "./community.ts";
import { poll } from "./cost.ts";
import { type CostLine, dollarsOf } from "./dollars.ts";
import { answered, apiEvent, contextOf, type Handler, loadHandler, queueEvent } from "./invocations.ts";
import { ID_PLACEHOLDER } from "./load-generator.ts";
import { nothingUsed, startMeter, stopMeter, type Usage } from "./meter.ts";
import { AWS_ROUND_TRIP_MS, prices, S3_ROUND_TRIP_MS } from "./prices.ts";
import { type Stores, startStores } from "./stores.ts";

const MEMBERS = 100;
const ROWS = 1_682;
const FACTORS = 16;
const COMMITS_PER_CYCLE = 2;
const CYCLES = 3;
const HELPER_URL = "https://helper.bench";
/** An invocation's messages take no more: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const BATCH_BYTES_MAX = 6_000_000;
const HELPER = readTemplate(fileURLToPath(new URL("../../helper/serverless.yml", import.meta.url)));
const SUMS = ["plain", "secure"] as const;
type Sums = (typeof SUMS)[number];

interface CostOfSums {
  lines: CostLine[];
  /** Dollars a million. */
  total: number;
}
export type SecureCost = Record<Sums, CostOfSums>;

type Meter = ReturnType<typeof startMeter>;
type Post = (member: number) => Promise<object>;

const sumOf = (lines: readonly CostLine[]) =>
  lines.reduce((sum, { dollarsPerMillion }) => sum + dollarsPerMillion, 0);

async function found(community: Sums, seed: number): Promise<void> {
  const { createHead } = await import("../../src/infra/head-store.ts");
  const { DEFAULT_SETTINGS } = await import("../../src/domain/community/settings.ts");
  const items = ROWS - MEMBERS;
  await createHead(
    headOf(community, {
      ...{ rowCount: items, memberCount: 0, itemCount: items, seed, createdAtMs: Date.now() },
      settings: {
        ...DEFAULT_SETTINGS,
        ...{
          sums: community,
          factors: FACTORS,
          sumMembersMin: MEMBERS,
          sumMembersMax: 512,
          sumSecondsMin: 0,
        },
      },
    }),
  );
  const join = await loadHandler("join-community");
  for (let member = 0; member < MEMBERS; member++)
    await answered([201], join(apiEvent({ community, sub: `member-${member}`, body: "{}" }), contextOf()));
}

/** Gradients of all rows in int8, made once. */
function gradients(seed: number): Post {
  const random = uniform(seed);
  const shape = { rowCount: ROWS, rows: ROWS - 1, factors: FACTORS, encoding: "i8" } as const;
  const prebuilt = Array.from({ length: MEMBERS }, (_, member) =>
    gradientBody(seed + member, { ...shape, ownRow: ROWS - MEMBERS + member }),
  );
  return async (member) => {
    const body = prebuilt[member].replace(ID_PLACEHOLDER, createUuidV7(Date.now(), random));
    return apiEvent({ community: "plain", sub: `member-${member}`, body });
  };
}

const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));

/** Reports for the sum that is open then. */
async function reports(seed: number): Promise<Post> {
  const { fixedTerms, readHead } = await import("../../src/infra/head-store.ts");
  const { memberKeyId, registerKey } = await import("../../helper/src/infra/member-key-store.ts");
  const { readPresentKeys } = await import("../../helper/src/infra/sealing-key-store.ts");
  const community = "secure";
  const { publicKey } = await readPresentKeys(Date.now());
  const macKeys: MacKey[] = [];
  for (let member = 0; member < MEMBERS; member++) {
    const [keyId, key] = [await memberKeyId(community, `member-${member}`), randomBytes(32)];
    await registerKey(community, keyId, key, Date.now());
    macKeys.push({ keyId, key });
  }
  const random = uniform(seed);
  return async (member) => {
    const head = (await readHead(community))!;
    const terms = openTerms(head, fixedTerms(head));
    const values = Float32Array.from({ length: valueCountOf(terms) }, () => (random() - 0.5) / 10);
    const id = createUuidV7(Date.now(), random);
    const secrets = { publicKey, macKey: macKeys[member], randomBytes };
    const report = await makeReport({ id, community, modelVersion: 0, terms, values, ...secrets });
    const parameters = { sum: String(terms.sum) };
    return apiEvent({ community, sub: `member-${member}`, octets: encodeReport(report), parameters });
  };
}

type Invoke = (invocation: () => Promise<unknown>) => Promise<void>;

/** Posts of each member, taken in as Lambda's poller hands them on, and the commit that they make. */
async function commit(
  post: Post,
  handlers: { submit: Handler; apply: Handler },
  usage: Record<"submit" | "apply", Usage>,
  invoke: (usage: Usage) => Invoke,
): Promise<void> {
  const { sqs } = await import("../../src/infra/aws.ts");
  for (let member = 0; member < MEMBERS; member++) {
    const event = await post(member);
    await invoke(usage.submit)(() => answered([202], handlers.submit(event, contextOf())));
  }
  const bodies = (await poll(sqs, usage.apply, MEMBERS)).map(({ Body = "" }) => Body);
  const invocations = Math.ceil(bodies.reduce((sum, { length }) => sum + length, 0) / BATCH_BYTES_MAX);
  const size = Math.ceil(bodies.length / invocations);
  for (let at = 0; at < bodies.length; at += size)
    await invoke(usage.apply)(() => handlers.apply(queueEvent(bodies.slice(at, at + size)), contextOf()));
}

/** Answers the leader's `fetch` by the helper's handler, counted as a step of its own, for which the leader waits. */
async function serveHelper(usage: Record<"apply" | "helper", Usage>, invoke: (usage: Usage) => Invoke) {
  const { handler } = (await import("../../helper/src/handlers/sum-masks.ts")) as unknown as {
    handler: Handler;
  };
  const outside = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const path = new URL(String(input)).pathname;
    if (!String(input).startsWith(HELPER_URL)) return outside(input, init);
    const [, , community, , sum] = path.split("/");
    const { headers, body } = init as { headers: Record<string, string>; body: string };
    const event = apiEvent({ community, sub: "", body, headers, parameters: { sum } });
    const { roundTrips, s3RoundTrips } = usage.helper;
    const [cpu, thread] = [process.cpuUsage(), process.threadCpuUsage()];
    let answer: Uint8Array = new Uint8Array(0);
    await invoke(usage.helper)(async () => {
      answer = await answered([200], handler(event, contextOf()));
    });
    // WebCrypto works in other threads; on one vCPU that takes as long.
    const [all, main] = [process.cpuUsage(cpu), process.threadCpuUsage(thread)];
    const cryptoMs = (all.user + all.system - main.user - main.system) / 1000;
    const storesMs =
      (usage.helper.roundTrips - roundTrips) * AWS_ROUND_TRIP_MS +
      (usage.helper.s3RoundTrips - s3RoundTrips) * S3_ROUND_TRIP_MS;
    usage.helper.waitedMs += cryptoMs;
    usage.apply.waitedMs += cryptoMs + storesMs + AWS_ROUND_TRIP_MS;
    return new Response(brotliDecompressSync(answer));
  };
  return () => {
    globalThis.fetch = outside;
  };
}

async function measureSums(sums: Sums, post: Post, { template }: Stores): Promise<CostOfSums> {
  const submitName = sums === "secure" ? "submit-report" : "submit-gradient";
  const handlers = { submit: await loadHandler(submitName), apply: await loadHandler("apply-gradients") };
  const run = async (cycles: number, usage: Record<"submit" | "apply" | "helper", Usage>, meter?: Meter) => {
    const invoke = (used: Usage): Invoke => {
      if (meter) return (invocation) => meter(used, invocation);
      return async (invocation) => void (await invocation());
    };
    const stopHelper = await serveHelper(usage, invoke);
    for (let n = 0; n < cycles * COMMITS_PER_CYCLE; n++) await commit(post, handlers, usage, invoke);
    stopHelper();
  };
  const used = () => ({ submit: nothingUsed(), apply: nothingUsed(), helper: nothingUsed() });
  await run(1, used()); // unmeasured: the first count of an hour writes twice, and imports cost time
  const usage = used();
  await run(CYCLES, usage, startMeter());
  stopMeter();
  await requireAllApplied(sums);
  const memoryOf = ({ functions, provider }: Template, name: string) =>
    functions[name].memorySize ?? provider.memorySize;
  const [submit, apply] = [memoryOf(template, submitName), memoryOf(template, "apply-gradients")];
  const memoryMb: Record<string, number> = { submit, apply, helper: memoryOf(HELPER, "sum-masks") };
  const posted = CYCLES * COMMITS_PER_CYCLE * MEMBERS;
  const { helper, ...ofLeader } = usage;
  const isSecure = helper.cpuMs.length > 0;
  const steps: Record<string, Usage> = isSecure ? usage : ofLeader;
  const lines = dollarsOf(steps, memoryMb, posted, CYCLES);
  const asked = (helper.cpuMs.length / posted) * prices.httpApiRequest * 1e6;
  if (isSecure) lines.push({ what: "helper: HTTP API requests", dollarsPerMillion: asked });
  return { lines, total: sumOf(lines) };
}

/** Rejected ones would be cheaper. */
async function requireAllApplied(community: Sums): Promise<void> {
  const { readHistory } = await import("../../src/infra/commit-log.ts");
  const commits = await readHistory(community, 1, 1_000, Date.now());
  const applied = commits.reduce((sum, { applied }) => sum + applied.length, 0);
  const posted = (1 + CYCLES) * COMMITS_PER_CYCLE * MEMBERS;
  if (applied !== posted)
    console.error(
      JSON.stringify(commits.map(({ applied, rejected }) => [applied.length, rejected.length, rejected[0]])),
    );
  if (applied !== posted) throw new Error(`${community}: posted ${posted}, applied ${applied}`);
}

export async function measureSecureCost(seed: number): Promise<SecureCost> {
  const stores = await startStores();
  try {
    await addHelper(stores.database);
    process.env.HELPER_URL = HELPER_URL;
    for (const sums of SUMS) await found(sums, seed);
    const plain = await measureSums("plain", gradients(seed), stores);
    return { plain, secure: await measureSums("secure", await reports(seed), stores) };
  } finally {
    await stores.stop();
  }
}
