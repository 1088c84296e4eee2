/**
 * CPU of gathering and committing a gradient, from the body of the SQS message by way of the page to the encoded blocks and
 * the log item of the commit, beside what it takes to JSON.parse and copy the body that the client posted: the least that any consumer of JSON would do.
 */

import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { parseGradient } from "../../src/domain/messages/messages.ts";
import { createUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import type { Encoding } from "../../src/domain/messages/value-encoding.ts";
import { applyBatch, type Model } from "../../src/domain/model/apply-batch.ts";
import { rejectionOf } from "../../src/domain/model/judging.ts";
import { countGradients, type SumEntry } from "../../src/domain/model/sum.ts";
import { uniform } from "../../src/domain/random.ts";
import { commitItem } from "../../src/infra/commit-log.ts";
import { gradientMessageBody, readGradientMessages } from "../../src/infra/gradient-queue.ts";
import { decodePage, encodePage } from "../../src/infra/page-objects.ts";
import { senderOf, senderTags } from "../../src/infra/sender-tags.ts";
import { gradientBody } from "./community.ts";
import { ID_PLACEHOLDER } from "./load-generator.ts";
import { median } from "./report.ts";
import { startStores } from "./stores.ts";

const ROWS = 64;
const FACTORS = 32;
const ROW_COUNT = 300;
const BATCH_GRADIENTS = 100;
const ROUNDS = 21;
const BATCHES_PER_ROUND = 40;
/** Ids that a warm consumer knows from its log: some minutes of a busy community. */
const IDS_KNOWN = 10_000;

export interface ConsumerFigures {
  encoding: Encoding;
  postedBytes: number;
  queuedBytes: number;
  /** CPU microseconds a gradient, medians. */
  productUs: number;
  referenceUs: number;
}

interface Batch {
  posted: { text: string; bytes: Buffer }[];
  queued: string[];
}

async function makeBatch(encoding: Encoding, seed: number, nowMs: number): Promise<Batch> {
  const random = uniform(seed);
  const shape = { rowCount: ROW_COUNT, rows: ROWS, factors: FACTORS, encoding };
  const texts = Array.from({ length: BATCH_GRADIENTS }, (_, at) =>
    gradientBody(seed + at, shape).replace(ID_PLACEHOLDER, createUuidV7(nowMs, random)),
  );
  const model = { rowCount: ROW_COUNT, width: FACTORS + 1, modelVersion: 0 };
  const senders = await Promise.all(texts.map((_, at) => senderOf("bench", `member-${at}`)));
  const queued = texts.map((text, at) => {
    const parsed = parseGradient(JSON.parse(text), model, nowMs);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    return gradientMessageBody({
      community: "bench",
      sender: senders[at],
      gradient: parsed.value,
    })!;
  });
  return { posted: texts.map((text) => ({ text, bytes: Buffer.from(text) })), queued };
}

function newModel(): Model {
  const settings = { ...DEFAULT_SETTINGS, factors: FACTORS };
  return {
    modelVersion: 0,
    rowCount: ROW_COUNT,
    memberCount: ROW_COUNT,
    seed: 1,
    factors: FACTORS,
    settings,
    blocks: new Map(),
  };
}

/** What src/handlers/steps/gather.ts does between its reads and its transaction. */
async function gather(queued: readonly string[], model: Model, known: Map<string, number>, nowMs: number) {
  const context = { ...model, nowMs, restoredVersion: 0, staleVersions: new Set<number>() };
  const read = readGradientMessages(queued).map((one) => one!);
  const tags = await senderTags(
    read.map(({ sender }) => sender),
    "bench",
    1,
  );
  const entries = read.map(({ gradient, record }, n): SumEntry => {
    const { id } = gradient;
    if (known.has(id) || rejectionOf(gradient, context)) throw new Error("a gradient was rejected");
    return { id, senderTag: tags[n], rejection: null, bytes: record.length };
  });
  const bytes = encodePage(read.map(({ record }) => record));
  return { bytes, page: { sum: 1, number: 0, entries, objectKey: "page" } };
}

/** Gathers a batch, and does what src/handlers/steps/commit-sums.ts does between its reads and its transaction. */
async function consume(
  queued: readonly string[],
  model: Model,
  known: Map<string, number>,
  nowMs: number,
): Promise<Model> {
  const { bytes, page } = await gather(queued, model, known, nowMs);
  const { applied } = countGradients(page.entries, null);
  const step = applyBatch(model, decodePage(bytes, page, applied).gradients);
  const { modelVersion, gradientNorm } = step;
  const ids = page.entries.map(({ id }) => id);
  const commit = { modelVersion, gradientNorm, committedSum: 1, applied: ids, rejected: [] };
  commitItem("bench", commit, nowMs);
  const blocks = new Map(model.blocks);
  for (const block of step.blocks) blocks.set(block.index, block);
  return { ...model, blocks }; // the version stays, so that the same batch is never stale
}

let sink = 0;
function parseAndCopy({ posted }: Batch): void {
  for (const { text, bytes } of posted) {
    sink += JSON.parse(text).rows.length;
    sink += Uint8Array.prototype.slice.call(bytes).length;
  }
}

async function cpuUsOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let batch = 0; batch < BATCHES_PER_ROUND; batch++) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (BATCHES_PER_ROUND * BATCH_GRADIENTS);
}

/** Product and reference take turns, so that whatever else the machine does meets both. */
async function measureEncoding(encoding: Encoding, seed: number): Promise<ConsumerFigures> {
  const nowMs = Date.now();
  const batch = await makeBatch(encoding, seed, nowMs);
  const random = uniform(~seed);
  const committed = new Map(
    Array.from({ length: IDS_KNOWN }, (_, version) => [createUuidV7(nowMs, random), version]),
  );
  let model = newModel();
  const product: number[] = [];
  const reference: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    product.push(
      await cpuUsOf(async () => {
        model = await consume(batch.queued, model, committed, nowMs);
      }),
    );
    reference.push(await cpuUsOf(() => parseAndCopy(batch)));
  }
  if (sink === 0) throw new Error("nothing was parsed");
  return {
    encoding,
    postedBytes: batch.posted[0].bytes.length,
    queuedBytes: batch.queued[0].length,
    productUs: median(product),
    referenceUs: median(reference),
  };
}

export async function measureConsumer(
  seed: number,
  only: readonly Encoding[] = ["json", "f32", "i8"],
): Promise<ConsumerFigures[]> {
  const stores = await startStores(); // for the deployment's secret
  const figures: ConsumerFigures[] = [];
  for (const encoding of only) figures.push(await measureEncoding(encoding, seed));
  await stores.stop();
  return figures;
}
