/**
 * What several lists of recommendations cost where there are many content items: the function from event to answer, warm and cold,
 * against the embedded stores; beside it a plain scan of all items for each list, whose lists must be the same.
 */
import { isDeepStrictEqual } from "node:util";
import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { probability } from "../../src/domain/learning/factorization.ts";
import { learningModel } from "../../src/domain/learning/hosted-learning.ts";
import { CONTENT, PERSON } from "../../src/domain/learning/item-set.ts";
import { learnUserFactors, ratingsIn } from "../../src/domain/learning/learner.ts";
import type { ItemMetadata, ListWish } from "../../src/domain/messages/item.ts";
import { createUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { applyBatch } from "../../src/domain/model/apply-batch.ts";
import { normal, uniform } from "../../src/domain/random.ts";
import { headOf } from "../../tests/fixtures/head.ts";
import { nothingUsed, startMeter, stopMeter } from "./meter.ts";
import { startStores } from "./stores.ts";

const ITEMS = 25_000;
const RATINGS = 100;
const WARM_CALLS = 20;
const FACTORS = 16;
const COMMUNITY = "catalogue";
const DAY_MS = 24 * 3600 * 1000;
const KINDS = ["film", "book", "song", "article", "course"];
const GENRES = ["noir", "western", "comedy", "drama", "science", "history", "travel", "food"];

const LISTS: (ListWish & { name: string })[] = [
  { name: "for you", limit: 25 },
  { name: "films", limit: 25, kind: "film", tags: { any: { genre: ["noir", "drama"] } } },
  { name: "new", limit: 25, maxAgeDays: 30.5 },
  { name: "in French", limit: 25, tags: { all: { language: "fr" }, none: { genre: "food" } } },
];

export interface RecommendationFigures {
  items: number;
  lists: number;
  coldCpuMs: number;
  coldReadUnits: number;
  warmCpuMs: number;
  warmReadUnits: number;
  plainCpuMs: number;
  same: boolean;
}

function metadataOf(row: number, random: () => number, nowMs: number): ItemMetadata {
  const pick = (texts: readonly string[]) => texts[Math.floor(random() * texts.length)];
  return {
    kind: pick(KINDS),
    title: `Number ${row} of the catalogue, and what it is about`,
    url: `https://example.com/catalogue/${row}`,
    createdAt: new Date(nowMs - Math.floor(random() * 1000) * DAY_MS).toISOString(),
    tags: { genre: pick(GENRES), language: pick(["de", "en", "es", "fr"]), level: pick(["1", "2", "3"]) },
  };
}

/** Item `row` is `item-row`; every row has been moved by a commit. */
async function makeCommunity(seed: number, nowMs: number): Promise<ItemMetadata[]> {
  const { createHead } = await import("../../src/infra/head-store.ts");
  const { putBlocks } = await import("../../src/infra/model-store.ts");
  const { dynamodb, names } = await import("../../src/infra/aws.ts");
  const settings = { ...DEFAULT_SETTINGS, factors: FACTORS };
  const next = normal(seed);
  const shape = { rowCount: ITEMS, factors: FACTORS, seed };
  const rows = Uint32Array.from({ length: ITEMS }, (_, row) => row);
  const values = Float32Array.from({ length: ITEMS * (FACTORS + 1) }, () => next());
  const id = createUuidV7(nowMs, Math.random);
  const gradient = { id, modelVersion: 0, rows, width: FACTORS + 1, data: { kind: "f32" as const, values } };
  const model = { ...shape, modelVersion: 0, memberCount: 10, settings, blocks: new Map() };
  const made = await putBlocks(COMMUNITY, applyBatch(model, [gradient]).blocks, 1);
  const head = headOf(COMMUNITY, {
    ...{ modelVersion: 1, rowCount: ITEMS, memberCount: 10, itemCount: ITEMS, seed, settings },
    ...{ createdAtMs: nowMs, committedAtMs: nowMs },
    manifest: new Map(made.map(({ stored }) => [stored.index, stored])),
  });
  await createHead(head);
  const random = uniform(seed);
  const catalogue = Array.from({ length: ITEMS }, (_, row) => metadataOf(row, random, nowMs));
  const community = COMMUNITY;
  for (let at = 0; at < ITEMS; at += 25) {
    const part = catalogue.slice(at, at + 25).map((metadata, n) => ({ row: at + n, metadata }));
    const put = (Item: object) => ({ PutRequest: { Item: marshall(Item) } });
    const entries = part.map(({ row }) => put({ community, row, itemId: `item-${row}`, joinedAtVersion: 0 }));
    const items = part.map(({ row, metadata }) =>
      put({ community, row, itemId: `item-${row}`, change: row + 1, metadata: JSON.stringify(metadata) }),
    );
    for (const [table, requests] of [
      [names.itemsTable, entries],
      [names.catalogueTable, items],
    ] as const)
      await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
  return catalogue;
}

const context = { awsRequestId: "bench", functionName: "bench", getRemainingTimeInMillis: () => 30_000 };

const eventOf = (method: string, path: string, body: object) => ({
  headers: { "content-type": "application/json" },
  routeKey: `${method} /communities/{community}${path}`,
  requestContext: { authorizer: { jwt: { claims: { sub: "ana", scope: "" }, scopes: null } } },
  pathParameters: { community: COMMUNITY },
  body: JSON.stringify(body),
});

async function rateItems(nowMs: number): Promise<{ row: number; value: number }[]> {
  const { handler } = await import("../../src/handlers/apply-ratings.ts");
  const { readMembership } = await import("../../src/infra/membership.ts");
  const { member } = await readMembership(COMMUNITY, "ana");
  const rated = Array.from({ length: RATINGS }, (_, n) => ({ row: n * 211, value: 1 + (n % 5) }));
  const ratings = rated.map((rating) => ({
    ...rating,
    id: createUuidV7(nowMs, Math.random),
    occurredAtMs: nowMs,
  }));
  const body = JSON.stringify({
    community: COMMUNITY,
    userId: "ana",
    ratingsKey: member!.ratings!.key,
    ratings,
  });
  const attributes = { ApproximateReceiveCount: "1" };
  const Records = [{ messageId: "ratings", receiptHandle: "ratings", attributes, body }];
  const { batchItemFailures } = (await handler({ Records } as never, context as never)) as {
    batchItemFailures: object[];
  };
  if (batchItemFailures.length > 0) throw new Error("the ratings were not stored");
  return rated;
}

interface Shown {
  itemId: string;
  score: number;
}

/** As one would do it without thinking of it: for each list all items are scored, filtered and sorted. */
function plainLists(
  items: Float32Array,
  userFactors: Float32Array,
  catalogue: readonly ItemMetadata[],
  rated: ReadonlySet<number>,
  nowMs: number,
): Shown[][] {
  const taken = new Set<number>();
  return LISTS.map(({ limit = 10, kind, tags = {}, maxAgeDays }) => {
    const holds = ([name, allowed]: [string, string | string[]], metadata: ItemMetadata) =>
      [allowed].flat().includes(metadata.tags?.[name] ?? "");
    const candidates = catalogue.map((metadata, row) => {
      let score = items[row * (FACTORS + 1) + FACTORS] + userFactors[FACTORS];
      for (let k = 0; k < FACTORS; k++) score += items[row * (FACTORS + 1) + k] * userFactors[k];
      return { row, score: Math.fround(score), metadata };
    });
    const passing = candidates.filter(
      ({ row, metadata }) =>
        !rated.has(row) &&
        !taken.has(row) &&
        (kind === undefined || metadata.kind === kind) &&
        (maxAgeDays === undefined || Date.parse(metadata.createdAt!) >= nowMs - maxAgeDays * DAY_MS) &&
        Object.entries(tags.all ?? {}).every((condition) => holds(condition, metadata)) &&
        (!tags.any || Object.entries(tags.any).some((condition) => holds(condition, metadata))) &&
        !Object.entries(tags.none ?? {}).some((condition) => holds(condition, metadata)),
    );
    const best = passing.sort((a, b) => b.score - a.score || a.row - b.row).slice(0, limit);
    for (const { row } of best) taken.add(row);
    return best.map(({ row, score }) => ({ itemId: `item-${row}`, score: probability(score) }));
  });
}

function threadCpuMs(work: () => unknown, repeats: number): number {
  work();
  const before = process.threadCpuUsage();
  for (let n = 0; n < repeats; n++) work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000 / repeats;
}

async function measure(seed: number): Promise<RecommendationFigures> {
  const nowMs = Date.now();
  const catalogue = await makeCommunity(seed, nowMs);
  const { handler: join } = await import("../../src/handlers/join-community.ts");
  await join(eventOf("PUT", "/members/me", { learning: "hosted" }) as never, context as never);
  const rated = await rateItems(nowMs);
  const { handler: recommend } = await import("../../src/handlers/recommendations.ts");
  const event = eventOf("POST", "/recommendations/me", { lists: LISTS });
  const run = startMeter();
  const [cold, warm] = [nothingUsed(), nothingUsed()];
  let answer = "";
  const invoke = async () => {
    const { body } = (await recommend(event as never, context as never)) as { body: string };
    answer = body;
  };
  await run(cold, invoke);
  for (let call = 0; call < WARM_CALLS; call++) await run(warm, invoke);
  stopMeter();
  const { modelOf, readSnapshot } = await import("../../src/infra/model-store.ts");
  const model = learningModel(modelOf((await readSnapshot(COMMUNITY))!), (row) =>
    row < ITEMS ? CONTENT : PERSON,
  );
  const userFactors = learnUserFactors(model, ratingsIn(model, rated, ITEMS));
  const ratedRows = new Set(rated.map(({ row }) => row));
  const plain = () => plainLists(model.items.values, userFactors, catalogue, ratedRows, nowMs);
  const lists: { recommendations: Shown[] }[] = JSON.parse(answer).lists;
  const found = lists.map(({ recommendations }) =>
    recommendations.map(({ itemId, score }) => ({ itemId, score })),
  );
  return {
    items: ITEMS,
    lists: LISTS.length,
    coldCpuMs: cold.cpuMs[0],
    coldReadUnits: cold.readUnits,
    warmCpuMs: warm.cpuMs.toSorted((a, b) => a - b)[WARM_CALLS >> 1],
    warmReadUnits: warm.readUnits / WARM_CALLS,
    plainCpuMs: threadCpuMs(plain, 5),
    same: isDeepStrictEqual(found, plain()),
  };
}

export async function measureRecommendations(seed: number): Promise<RecommendationFigures> {
  const stores = await startStores();
  try {
    return await measure(seed);
  } finally {
    await stores.stop();
  }
}
