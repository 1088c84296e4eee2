/**
 * Federated training through the embedded system: gradients are POSTed, queued, committed and read back as any client's are.
 * What is rated are content items, or in `people` the members themselves; each user posts as a member, under a token of
 * their own. A device reads the model by sinceVersion, and the clients of one batch share that read.
 */
import { LocalModel, readModelAnswer } from "../../src/client/local-model.ts";
import { itemGradients, solveUserFactors } from "../../src/domain/learning/factorization.ts";
import { type ItemKind, ItemSet } from "../../src/domain/learning/item-set.ts";
import { sampleRows } from "../../src/domain/learning/row-sampling.ts";
import { createUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { encodeValues } from "../../src/domain/messages/value-encoding.ts";
import { uniform } from "../../src/domain/random.ts";
import { startLocalSystem } from "../local/system.ts";
import type { Dataset } from "./dataset.ts";
import type { TrainedModel, Training } from "./federated.ts";
import { shuffle } from "./split.ts";

const COMMUNITY = "/communities/evaluation";
const AT_ONCE = 20;
/**
 * A batch goes as soon as it is full, and this long after its first gradient where it is not: the last one of a round. Long
 * enough for the posts of a batch to be in, or they would make two commits.
 */
const WINDOW_SECONDS = 3;

export async function* trainThroughApi(train: Dataset, training: Training): AsyncGenerator<TrainedModel> {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  const gradientBatchSize = Math.min(1000, training.clientsPerCommit, train.users.length);
  const params = { gradientBatchSize, gradientWindowSeconds: WINDOW_SECONDS };
  const system = await startLocalSystem({ params });
  try {
    const call = callerOf(system.url, COMMUNITY);
    const operator = await system.token("operator", "operator");
    const names = Array.from(train.users.keys(), (user) => `user-${user}`);
    const tokens = await Promise.all(names.map((name) => system.token(name)));
    const batchesAreSums = { sumMembersMin: 1, sumSecondsMin: 0 };
    const own = { ...batchesAreSums, gradientsPerHourMax: null, assignmentIntervalSeconds: 900 };
    await call("PUT", "", operator, { settings: { ...training.settings, ...own } });
    // One after the other: the row is the item's number in the dataset, and in `people` the user's.
    if (!training.people)
      for (let n = 0; n < train.itemCount; n++) await call("PUT", `/items/item-${n}`, operator);
    // Paused, so that nobody is grouped: this run is about the model alone.
    for (const token of tokens) await call("PUT", "/members/me", token, { paused: true });
    yield* rounds(train, training, { call, tokens, drain: () => system.drain() });
  } finally {
    await system.stop();
  }
}

interface Received {
  text: string;
  /** As it came over the wire. */
  bytes: number;
}

interface Session {
  call: (method: string, path: string, token: string, body?: unknown) => Promise<Received>;
  /** By user. */
  tokens: string[];
  drain: () => Promise<void>;
}

async function* rounds(train: Dataset, training: Training, session: Session): AsyncGenerator<TrainedModel> {
  const { call, tokens, drain } = session;
  const random = uniform(training.seed);
  const received = { up: 0, down: 0 };
  const read = async (sinceVersion: number | null) => {
    const since = sinceVersion === null ? "" : `&sinceVersion=${sinceVersion}`;
    const { text, bytes } = await call("GET", `/model?encoding=${training.encoding}${since}`, tokens[0]);
    return { bytes, answer: readModelAnswer(JSON.parse(text)) };
  };
  const model = new LocalModel((await read(null)).answer);
  const snapshots = [snapshotOf(model, train)];
  for (let round = 1; round <= training.rounds; round++) {
    const order = shuffle([...train.users.keys()], random);
    for (let from = 0; from < order.length; from += training.clientsPerCommit) {
      const batch = order.slice(from, from + training.clientsPerCommit).map((user) => {
        const isStale = training.staleShare > 0 && random() < training.staleShare;
        const gradient = gradientOf(user, snapshots.at(isStale ? 0 : -1)!, train, training, random);
        return { user, text: JSON.stringify(gradient) };
      });
      for (let n = 0; n < batch.length; n += AT_ONCE) {
        const posted = batch.slice(n, n + AT_ONCE);
        for (const { text } of posted) received.up += text.length;
        await Promise.all(posted.map(({ user, text }) => call("POST", "/gradients", tokens[user], text)));
      }
      await drain();
      const { bytes, answer } = await read(model.modelVersion);
      model.merge(answer);
      received.down += bytes * batch.length;
      snapshots.push(snapshotOf(model, train));
      if (snapshots.length > training.staleCommits + 1) snapshots.shift();
    }
    yield {
      items: snapshots.at(-1)!.items,
      commits: model.modelVersion,
      rounds: round,
      bytesUpPerUser: received.up / order.length,
      bytesDownPerUser: received.down / order.length,
    };
  }
}

/** The rated items as they were at one version; the rows of members, whom nobody rates among films, come after them. */
function snapshotOf({ modelVersion, items, rule: { factors } }: LocalModel, { itemCount }: Dataset) {
  const rated = items.values.slice(0, itemCount * (factors + 1));
  return { modelVersion, items: new ItemSet(rated, factors, (row) => items.kinds[row] as ItemKind) };
}

function gradientOf(
  user: number,
  { modelVersion, items }: ReturnType<typeof snapshotOf>,
  train: Dataset,
  { settings, encoding, rowsAim, people }: Training,
  random: () => number,
) {
  const ratings = people ? { ...train.users[user], ownRow: user } : train.users[user];
  const width = settings.factors + 1;
  const everyRow = Uint32Array.from({ length: items.rowCount }, (_, row) => row);
  const userFactors = solveUserFactors(items, ratings, settings);
  const dense = itemGradients(items, ratings, settings, userFactors, everyRow);
  const { rows, values } = sampleRows(dense, width, rowsAim ?? Number.POSITIVE_INFINITY, random);
  const id = createUuidV7(Date.now(), random);
  return { id, modelVersion, rows: Array.from(rows), ...encodeValues(values, width, encoding) };
}

/** A caller of one server that answers texts and takes nothing but success; a text is posted as it is, all else as JSON. */
export function callerOf(url: string, community: string): Session["call"] {
  return async (method, path, token, body) => {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(url + community + path, { method, headers, body: text });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${answer}`);
    return { text: answer, bytes: Number(response.headers.get("content-length")) };
  };
}
