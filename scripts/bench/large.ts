/**
 * A generated community of 250,000 members: what gathering a batch, committing its sum, a device's delta and a draft take of
 * time and memory. The handlers' own steps run against the embedded stores; the people of the draft are generated in memory.
 */
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { createUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { readMatrix } from "../../src/domain/model/item-matrix.ts";
import { normal, uniform } from "../../src/domain/random.ts";
import { composeDraft } from "../../src/domain/rounds/compose-draft.ts";
import type { Head } from "../../src/infra/head-store.ts";
import { headOf } from "../../tests/fixtures/head.ts";
import { startStores } from "./stores.ts";

const MEMBERS = 250_000;
const COMMUNITY = "large";
const ROWS_PER_GRADIENT = 64;
const GRADIENTS = 100;
const SUMS = 3;
/** What an invocation of the assigner has; see serverless.yml. */
const DRAFT_SECONDS = 27;

export interface LargeStep {
  what: string;
  /** The last of several, when the instance is warm. */
  ms: number;
  /** Of the process at its most, until the end of this step. */
  peakMb: number;
}

export interface LargeFigures {
  members: number;
  steps: LargeStep[];
  blocks: number;
  deltaRows: number;
  deltaBytes: number;
  evaluations: number;
}

const context = { awsRequestId: "bench", functionName: "bench", getRemainingTimeInMillis: () => 30_000 };

async function makeHead(seed: number): Promise<Head> {
  const { createHead } = await import("../../src/infra/head-store.ts");
  const rowCount = MEMBERS - 1;
  const head = headOf(COMMUNITY, {
    ...{ rowCount, memberCount: rowCount, itemCount: rowCount, seed, createdAtMs: Date.now() },
    settings: { ...DEFAULT_SETTINGS, factors: 16, sumSecondsMin: 0, gradientsPerSumMax: null },
  });
  await createHead(head);
  return head;
}

async function messagesOf(seed: number): Promise<string[]> {
  const { gradientMessageBody } = await import("../../src/infra/gradient-queue.ts");
  const { senderOf } = await import("../../src/infra/sender-tags.ts");
  const random = uniform(seed);
  const senders = await Promise.all(
    Array.from({ length: GRADIENTS }, (_, n) => senderOf(COMMUNITY, `m-${n}`)),
  );
  return Array.from({ length: GRADIENTS }, (_, n) => {
    const picked = Array.from({ length: ROWS_PER_GRADIENT }, () => Math.floor(random() * (MEMBERS - 1)));
    const rows = Uint32Array.from(new Set(picked)).sort();
    const values = Int8Array.from({ length: rows.length * 17 }, () => 256 * random() - 128);
    const scales = new Float32Array(rows.length).fill(0.01);
    const id = createUuidV7(Date.now(), random);
    const gradient = { id, modelVersion: 0, width: 17, rows, data: { kind: "i8" as const, values, scales } };
    return gradientMessageBody({
      community: COMMUNITY,
      sender: senders[n],
      gradient,
    })!;
  });
}

const apiEvent = (queryStringParameters: object) => ({
  headers: {},
  queryStringParameters,
  requestContext: { authorizer: { jwt: { claims: { sub: "ana", scope: "" }, scopes: null } } },
  pathParameters: { community: COMMUNITY },
});

async function measure(seed: number): Promise<LargeFigures> {
  const steps: LargeStep[] = [];
  const timed = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
    const startedAtMs = performance.now();
    const result = await work();
    const ms = performance.now() - startedAtMs;
    steps.push({ what, ms, peakMb: process.resourceUsage().maxRSS / 1024 });
    return result;
  };
  await makeHead(seed);
  const { handler: join } = await import("../../src/handlers/join-community.ts");
  await join(apiEvent({}) as never, context as never);
  const { gather } = await import("../../src/handlers/steps/gather.ts");
  const { commitSums } = await import("../../src/handlers/steps/commit-sums.ts");
  const { readGradientMessages } = await import("../../src/infra/gradient-queue.ts");
  for (let sum = 1; sum <= SUMS; sum++) {
    const bodies = await messagesOf(seed + sum);
    await timed(`gather ${GRADIENTS} gradients of ${ROWS_PER_GRADIENT} rows`, async () =>
      gather(
        COMMUNITY,
        readGradientMessages(bodies).map((one) => one!),
      ),
    );
    await timed("commit their sum", () => commitSums(COMMUNITY));
  }
  const { handler: getModel } = await import("../../src/handlers/get-model.ts");
  const query = { sinceVersion: String(SUMS - 1), knownRows: String(MEMBERS), encoding: "i8" };
  await timed("a device's delta of the last commit, i8", () =>
    getModel(apiEvent(query) as never, context as never),
  );
  const answer = await timed("a device's delta of the last commit, i8", () =>
    getModel(apiEvent(query) as never, context as never),
  );
  const { modelOf, readSnapshot } = await import("../../src/infra/model-store.ts");
  const snapshot = (await readSnapshot(COMMUNITY))!;
  const next = normal(seed);
  const people = Array.from({ length: MEMBERS }, (_, row) => {
    const userFactors = row % 2 === 0 ? undefined : Float32Array.from({ length: 17 }, () => 0.1 * next());
    return { row, userFactors, tags: {}, blockedRows: [] };
  });
  const model = modelOf(snapshot);
  const draft = await timed(`a draft, stopped after ${DRAFT_SECONDS} s`, () => {
    const endAtMs = performance.now() + DRAFT_SECONDS * 1000;
    const state = {
      settings: model.settings,
      rowCount: MEMBERS,
      items: readMatrix(model, model.blocks),
      people,
    };
    const rest = { pastRounds: [], isHistoryWhole: true, isInformed: true, seed };
    return composeDraft({ ...state, ...rest }, () => performance.now() > endAtMs);
  });
  const body = JSON.parse((answer as { body: string }).body);
  return {
    members: MEMBERS,
    steps: steps.filter((step, at) => steps.findLastIndex(({ what }) => what === step.what) === at),
    blocks: snapshot.blocks.size,
    deltaRows: body.items.length,
    deltaBytes: (answer as { body: string }).body.length,
    evaluations: draft.quality.evaluations,
  };
}

export async function measureLarge(seed: number): Promise<LargeFigures> {
  const stores = await startStores();
  try {
    return await measure(seed);
  } finally {
    await stores.stop();
  }
}
